"""A download under way: FILE.part, and a note of the file that it is a part of."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from gpcis_backend.errors import DataNotFound


class NoRoom(DataNotFound):
    """The disk is full or cannot be written, which says nothing about the archive."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a server said about the file when its first byte came.

    Args:
        url: That was asked.
        validator: ETag or date by which the server tells another version; "" if none.
        total: Bytes of the whole file; None if it did not say.
    """

    url: str
    validator: str
    total: int | None


class Partial:
    """The bytes so far of the file ``target``; they outlive this process.

    Args:
        target: What the file is called when it is whole.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def origin(self) -> Origin | None:
        """Of these bytes; None if there are none, or nothing is known about them."""
        try:
            return _to_origin(json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, origin: Origin) -> BinaryIO:
        """A file to be written from its first byte; what was here is dropped."""
        self.path.unlink(missing_ok=True)
        self._note.write_text(json.dumps(asdict(origin)), encoding="utf-8")
        return self.path.open("wb")

    def resume(self) -> BinaryIO:
        """A file to be written after the bytes that are here."""
        return self.path.open("ab")

    def drop(self) -> None:
        """Forget what is here."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give the file its name."""
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> NoRoom:
    """What a full or broken disk means for the user."""
    return NoRoom(
        f"{path} cannot be written ({error.strerror or error}); make room or choose "
        "another place with --root, and call again."
    )


def _to_origin(note: dict[str, object]) -> Origin:
    """The note that ``begin`` wrote.

    Raises:
        TypeError: It is another one.
    """
    url, validator, total = note["url"], note["validator"], note["total"]
    is_ours = isinstance(url, str) and isinstance(validator, str)
    if not is_ours or not (total is None or isinstance(total, int)):
        raise TypeError("no note of a download")
    return Origin(str(url), str(validator), total)
