"""Folders that this program writes: whole or not at all, never over foreign files."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from gpcis_backend.errors import InvalidInput

_DRAFT = ".draft-"  # one may be left over from a process that was killed


@contextmanager
def new_folder(out: Path, marker: str, note: str) -> Iterator[Path]:
    """A draft that becomes the content of ``out``; nothing changes if the block fails.

    The draft lies inside ``out``, which may be a mounted volume, so that its parts
    need only be renamed.

    Args:
        out: Missing, empty, or written under the same ``marker`` before; then its old
            parts of the same names are replaced.
        marker: Name of a file that says whose folder it is.
        note: Content of that file.

    Raises:
        InvalidInput: ``out`` holds something else, which is left alone.
    """
    if not _may_write(out, marker):
        raise InvalidInput(
            f"{out} already holds something else; choose a new or empty folder."
        )
    is_new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=_DRAFT, dir=out))
    is_done = False
    try:
        yield draft
        (draft / marker).write_text(note + "\n", encoding="utf-8")
        _move(draft, out)
        is_done = True
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if is_new and not is_done:
            out.rmdir()


def _may_write(out: Path, marker: str) -> bool:
    """Whether ``out`` holds nothing but what was written under this marker."""
    if not out.is_dir():
        return not out.exists()
    if (out / marker).is_file():
        return True
    return all(path.name.startswith(_DRAFT) for path in out.iterdir())


def _move(draft: Path, out: Path) -> None:
    """Put every part of the draft in its place; old parts leave with the draft."""
    old = draft / ".old"
    old.mkdir()
    for part in sorted(draft.iterdir()):
        if part == old:
            continue
        place = out / part.name
        if place.exists():
            place.rename(old / part.name)
        part.rename(place)
