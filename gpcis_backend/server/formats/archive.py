"""A zip file whose member names do no harm anywhere."""

import json
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

_RESERVED = {"con", "prn", "aux", "nul"} | {
    f"{name}{num}" for name in ("com", "lpt") for num in range(1, 10)
}
_FORBIDDEN = set('<>:"|?*\\')
_MAX_PART = 120  # characters of one folder or file name
_MAX_BYTES = 200


def to_member(name: str) -> PurePosixPath:
    r"""A relative path that any system can unpack into a folder and nowhere else.

    >>> str(to_member("../..//a/CON.png"))
    'a/_CON.png'
    >>> str(to_member("C:\\x?.jpg"))
    'C_/x_.jpg'
    """
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    kept = [_to_part(part) for part in parts if part not in ("", ".", "..")]
    kept = [part for part in kept if part]
    return PurePosixPath(*kept or ["image"])


def _to_part(part: str) -> str:
    shown = "".join(
        "_" if char in _FORBIDDEN or not char.isprintable() else char for char in part
    )
    shown = shown[:_MAX_PART].strip().rstrip(". ")
    while len(shown.encode()) > _MAX_BYTES:
        shown = shown[:-1]
    is_reserved = shown.partition(".")[0].strip().casefold() in _RESERVED
    return f"_{shown}" if is_reserved else shown


class Archive:
    """A zip file being written; no two members get one name.

    Args:
        path: Of the file.
    """

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._stems: dict[str, PurePosixPath] = {}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def stem(self, name: str) -> PurePosixPath:
        """Path without suffix for the files of an image; another one each time."""
        path = to_member(name).with_suffix("")
        num, stem = 1, path
        while str(stem).casefold() in self._stems:
            num += 1
            stem = path.with_name(f"{path.name}-{num}")
        self._stems[str(stem).casefold()] = stem
        return stem

    def add(self, name: str | PurePosixPath, data: bytes | str) -> None:
        """Write a member."""
        self._zip.writestr(str(name), data)

    def add_json(self, name: str | PurePosixPath, value: Any) -> None:  # noqa: ANN401
        """Write a member of JSON."""
        self.add(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")))
