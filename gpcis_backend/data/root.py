"""Where the data lies: an explicit folder, else GPCIS_DATA, else ./data."""

import os
from pathlib import Path

from gpcis_backend.errors import DataNotFound


def data_folder(explicit: str | None) -> Path:
    """Where all data are looked up, which may not exist; as for ``data_root``."""
    return Path(explicit or os.environ.get("GPCIS_DATA") or "data")


def data_root(explicit: str | None, part: str) -> Path:
    """The folder ``part`` (train or eval) of the data.

    Args:
        explicit: The folder that holds train/ and eval/; None or empty to look it up.
        part: ``train`` or ``eval``.

    Raises:
        DataNotFound: There is no such folder; says where it looked.
    """
    source = "data_root" if explicit else "GPCIS_DATA"
    base = data_folder(explicit)
    if (base / part).is_dir():
        return base / part
    if not explicit and not os.environ.get("GPCIS_DATA"):
        source = "the default, as GPCIS_DATA is not set"
    raise DataNotFound(
        f"No folder {part}/ in {base.absolute()} ({source}). Set GPCIS_DATA to the "
        "folder that holds train/ and eval/, or make a toy set with: "
        "gpcis data toy --out DIR"
    )
