"""Archives to folders: bounded in bytes and files, links left out, damage noticed."""

import gzip
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

from gpcis_backend.data.archives.download import Watch
from gpcis_backend.data.archives.members import Member, members
from gpcis_backend.data.archives.partial import cannot_write
from gpcis_backend.data.archives.verify import Kind
from gpcis_backend.errors import DataNotFound

_PIECE = 2**18
_LEAST_BYTES, _RATIO = 2**26, 20  # photographs and masks shrink much less than that
_MAX_MEMBERS = 10**6
_OF_A_MAC = "__MACOSX"
_DAMAGED = (
    EOFError,
    NotImplementedError,  # a method of compression that Python lacks
    ValueError,  # numbers and names in a header that make no sense
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    struct.error,
    zlib.error,
)


def unpack(path: Path, kind: Kind, into: Path, watch: Watch) -> None:
    """Write what ``path`` holds below ``into``; links and a Mac's notes are left out.

    Args:
        path: Archive.
        kind: Of it.
        into: An empty folder; after an error it holds a part.
        watch: Is told how far it is.

    Raises:
        DataNotFound: The archive is damaged, holds what it should not, or would
            unpack to far more than its size; or the disk is full.
    """
    most = max(_LEAST_BYTES, _RATIO * path.stat().st_size)
    done, number = 0, 0
    try:
        for number, member in enumerate(members(path, kind)):
            if number >= _MAX_MEMBERS or done + member.size > most:
                raise _bomb(path, most)
            if not member.name.startswith(_OF_A_MAC):
                done += _write(member, into, most - done)
            watch(f"unpacking {path.name}", done, None)
    except _DAMAGED as error:
        raise DataNotFound(
            f"{path} is damaged ({error or type(error).__name__}): nothing of it was "
            "kept. Fetch it again."
        ) from None
    except OSError as error:
        raise cannot_write(Path(error.filename or into), error) from None


def _write(member: Member, into: Path, most: int) -> int:
    """Create the file or folder; bytes written."""
    place = into / member.name
    if member.sort == "folder":
        place.mkdir(parents=True, exist_ok=True)
    if member.sort != "file":
        return 0
    place.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    with member.open() as content, place.open("wb") as file:
        while piece := content.read(_PIECE):
            done += len(piece)
            if done > min(most, member.size):
                raise zipfile.BadZipFile(f"{member.name} is longer than declared")
            file.write(piece)
    if done < member.size:
        raise EOFError(f"{member.name} ends after {done} of {member.size} bytes")
    return done


def _bomb(path: Path, most: int) -> DataNotFound:
    return DataNotFound(
        f"{path} would unpack to more than {most / 1e6:.0f} MB or {_MAX_MEMBERS} "
        f"files, from {path.stat().st_size / 1e6:.2f} MB: nothing of it was kept."
    )
