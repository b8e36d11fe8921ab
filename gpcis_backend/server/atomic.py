"""Files that are either the old or the new ones, whenever the power fails."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from gpcis_backend.errors import GpcisError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DiskFull(GpcisError):
    """There is no room for a file; the old one is untouched."""

    code, title, status = "disk_full", "The disk is full", 507


class NotWritable(GpcisError):
    """The server may not write where it should; the old file is untouched."""

    code, title, status = "not_writable", "The server cannot write its files", 507


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``: temporary file, fsync, rename, fsync of the folder.

    Args:
        path: Its folder is made if need be.
        data: The whole file.

    Raises:
        DiskFull: No room; what was at ``path`` is still there.
        NotWritable: The folder or file cannot be written.
    """
    with _in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".gpcis-{token_hex(8)}.tmp")
        try:
            _write_through(draft, data)
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        _sync_folder(path.parent)


def _write_through(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive; not every system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                "There is no room on the server's disk; what was saved before is "
                "still valid. Make room, then save again."
            ) from error
        raise NotWritable(
            f'"{path.name}" cannot be written ({error.strerror}); what was saved '
            "before is still valid. Check the rights of the server's folder."
        ) from error
