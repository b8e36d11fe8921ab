"""Files that a task names by ``/data/local-files/?d=``, read below one folder only."""

import os
import stat
from pathlib import Path, PureWindowsPath
from urllib.parse import parse_qs

from gpcis_backend.errors import FetchFailed, InvalidInput, TooLarge
from gpcis_backend.server.label_studio.fetching.urls import shortened

_SAME_ROOT = (
    "The folder given by --local-files must be the one that Label Studio has as "
    "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT."
)
# A link put there after the check is not followed, a pipe does not block.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def checked_root(root: Path) -> Path:
    """The real path of the folder to read from.

    Raises:
        InvalidInput: It is no folder, or the root of the file system.
    """
    real = root.resolve()
    if not real.is_dir() or real == Path(real.anchor):
        raise InvalidInput(
            f"The folder of local files must be an existing one below /, not {root}."
        )
    return real


def read_local_file(root: Path, query: str, max_bytes: int) -> bytes:
    """The file that ``query`` names.

    Args:
        root: From ``checked_root``.
        query: Of the task's address, such as ``d=cats/1.jpg``; decoded once.
        max_bytes: Of the file.

    Raises:
        FetchFailed: Nothing readable is there, or it lies outside ``root``.
        TooLarge: The file exceeds ``max_bytes``.
    """
    name = local_name(query)
    if name.startswith("/") or "\\" in name or PureWindowsPath(name).drive:
        raise _outside(name)
    try:
        real = Path(os.path.realpath(root / name, strict=True))
        if not real.is_relative_to(root):
            raise _outside(name)
        with os.fdopen(os.open(real, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _unreadable(name, "not a file")
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise _unreadable(name, (why or "not a file name").lower()) from None
    if len(data) > max_bytes:
        raise TooLarge(
            f'The local file "{shortened(name)}" has more than {max_bytes / 1e6:g} MB.'
        )
    return data


def local_name(query: str) -> str:
    """The path in ``d``, decoded once; Label Studio may know it, too.

    Raises:
        FetchFailed: There is none, or it climbs.
    """
    try:
        names = parse_qs(query, errors="strict", max_num_fields=8).get("d", [])
    except ValueError:
        names = []
    if len(names) != 1:
        raise FetchFailed(
            "The task's address of a local file does not name one file.",
            "It must look like /data/local-files/?d=folder/image.jpg.",
        )
    name = names[0]
    if "\0" in name or ".." in PureWindowsPath(name).parts:  # splits at / and \
        raise _outside(name)
    return name


def _outside(name: str) -> FetchFailed:
    return FetchFailed(
        f'The local file "{shortened(name)}" is outside the folder of local files.',
        _SAME_ROOT,
    )


def _unreadable(name: str, why: str) -> FetchFailed:
    return FetchFailed(
        f'The local file "{shortened(name)}" cannot be read: {why}.', _SAME_ROOT
    )
