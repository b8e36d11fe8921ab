"""Where the public data sets lie below a folder, as their archives unpack."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gpcis_backend.errors import DataNotFound


class SetNotFound(DataNotFound):
    """A data set is not there at all, which is not the same as incomplete."""


def find_place(
    name: str,
    root: Path,
    places: Sequence[str],
    is_there: Callable[[Path], bool],
    expected: str,
) -> Path:
    """The first of some folders below ``root`` that holds a data set.

    Args:
        name: Of the set, for the message.
        root: Where to look.
        places: Accepted folders below it, the usual one first; "" is the root itself.
        is_there: Whether a folder holds the set.
        expected: What such a folder holds, for the message.

    Raises:
        SetNotFound: No such folder exists.
        DataNotFound: One exists, but does not hold the set.
    """
    folders = [root / place for place in places]
    for folder in folders:
        if is_there(folder):
            return folder
    for folder, place in zip(folders, places, strict=True):
        if place and folder.is_dir():
            raise DataNotFound(
                f"{folder} does not hold the {name} set: expected {expected} there."
            )
    raise SetNotFound(
        f"The {name} set was not found in {root}; expected {expected} there or in "
        f"{root / next(filter(None, places))}."
    )
