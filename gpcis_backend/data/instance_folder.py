"""Instance folders: SET/img/NAME.jpg with SET/inst/NAME.png, the layout for training.

``inst`` holds uint8 ids: 0 background, 1..254 instances, 255 without label.  A picture
may have more than one annotation (NAME.png, NAME.1.png, ...).
"""

import re
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from gpcis_backend.data.image_pairs import DAMAGED, by_stem
from gpcis_backend.data.pictures import Pictures
from gpcis_backend.errors import DataNotFound

Part = Literal["all", "train", "val"]


def open_instance_folder(
    root: Path, name: str, part: Part = "all", val_every: int = 10
) -> Pictures:
    """The set ``name`` below ``root``.

    Args:
        root: Holds one folder for each set.
        name: Of the set.
        part: ``val`` are the pictures whose photograph falls in one of ``val_every``
            hash classes, ``train`` the others; one photograph never lies in both.
        val_every: One photograph of so many is for validation.

    Raises:
        DataNotFound: The folder is missing, empty, or an image has no annotation.
    """
    folder = root / name
    if not (folder / "img").is_dir() or not (folder / "inst").is_dir():
        raise DataNotFound(
            f"No training set at {folder}: expected the folders img and inst there. "
            "Set GPCIS_DATA to the folder that holds train/ and eval/, or make a toy "
            "set with: gpcis data toy --out DIR"
        )
    images = by_stem(folder / "img")
    pairs, used = [], set()
    for ids_path in sorted((folder / "inst").glob("*.png")):
        stem = ids_path.stem if ids_path.stem in images else _without_count(ids_path)
        if stem not in images:
            raise DataNotFound(f"{ids_path} has no image {stem}.* in {folder / 'img'}")
        used.add(stem)
        is_val = photograph(stem) % val_every == 0
        if part == "all" or is_val == (part == "val"):
            pairs.append((images[stem], ids_path))
    for stem in sorted(images.keys() - used):
        raise DataNotFound(f"{images[stem]} has no ids {stem}.png in {folder / 'inst'}")
    if not pairs:
        raise DataNotFound(f"No annotation in {folder / 'inst'} (part {part!r})")
    return Pictures(name, tuple(pairs), read_png)


def photograph(stem: str) -> int:
    """A hash that all pictures made from one photograph share."""
    numbers = re.findall(r"\d+", stem)
    return zlib.crc32((numbers[-1] if numbers else stem).encode())


def _without_count(path: Path) -> str:
    return re.sub(r"\.\d+$", "", path.stem)


def read_png(path: Path) -> NDArray[np.uint8]:
    """Instance ids of an 8-bit PNG file, grey or palette indices.  (H, W).

    Raises:
        DataNotFound: The file is missing, damaged, or of another kind.
    """
    try:
        with PillowImage.open(path) as file:
            ids = np.asarray(file)
    except DAMAGED as error:
        raise DataNotFound(f"{path} cannot be read as an image: {error}") from error
    if ids.ndim != 2 or ids.dtype != np.uint8:
        raise DataNotFound(f"{path} must hold one 8-bit id a pixel, found {ids.dtype}")
    return ids
