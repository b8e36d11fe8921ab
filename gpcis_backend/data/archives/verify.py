"""Whether a file is the archive that it should be, before anything is unpacked."""

import hashlib
from pathlib import Path
from typing import Literal, TypeAlias

from gpcis_backend.data.archives.catalogue import Archive
from gpcis_backend.data.archives.download import Watch
from gpcis_backend.errors import DataNotFound

Kind: TypeAlias = Literal["zip", "tar", "tar.gz"]

_PIECE = 2**20
_HEAD = 512  # bytes that tell the kind of a file


def check_archive(path: Path, archive: Archive, watch: Watch) -> Kind:
    """What kind of archive ``path`` is, its size and checksum being as published.

    Raises:
        DataNotFound: They are not, or it is no archive; says found and expected.
    """
    kind, size = _kind_of(path), path.stat().st_size
    if archive.num_bytes is not None and size != archive.num_bytes:
        raise DataNotFound(
            f"{path} has {size} bytes, expected {archive.num_bytes}: it is damaged or "
            "another file. Fetch it again."
        )
    if archive.digest is not None:
        name, _, expected = archive.digest.partition(":")
        found = _digest(path, name, watch)
        if found != expected:
            raise DataNotFound(
                f"{path} has the {name} {found}, expected {expected}: it is damaged "
                "or another file. Fetch it again."
            )
    return kind


def _kind_of(path: Path) -> Kind:
    """Told from the first bytes, whatever the file is called."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "tar.gz"
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return "tar"
    what = "a web page" if head.lstrip()[:1] == b"<" else "another file"
    raise DataNotFound(
        f"{path} is {what}, expected a zip or tar archive. Fetch it again, or pass it "
        "with --archive FILE."
    )


def _is_old_tar(head: bytes) -> bool:
    """Whether this is the header of a tar file from before 1988: its sum fits."""
    if len(head) < _HEAD:
        return False
    try:
        said = int(head[148:156].strip(b" \0") or b"0", 8)
    except ValueError:
        return False
    return said == sum(head[:148]) + sum(head[156:]) + 8 * ord(" ")


def _digest(path: Path, name: str, watch: Watch) -> str:
    """Hexadecimal checksum of a file."""
    state = hashlib.new(name, usedforsecurity=False)
    size, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            state.update(piece)
            done += len(piece)
            watch(f"checking {path.name}", done, size)
    return state.hexdigest()
