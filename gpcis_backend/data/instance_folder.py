"""Instance folders: SET/img/NAME.jpg with SET/inst/NAME.png, the layout for training.

``inst`` holds uint8 ids: 0 background, 1..254 instances, 255 without label.  A picture
may have more than one annotation (NAME.png, NAME.1.png, ...).
"""

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from gpcis_backend.data.image_pairs import read_rgb
from gpcis_backend.data.sample import Image
from gpcis_backend.errors import DataNotFound

VOID_ID = 255
Part = Literal["all", "train", "val"]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A picture with the ids of its instances.

    Args:
        name: Set and file stem.
        image: RGB.  (H, W, 3)
        ids: 0 background, 255 without label, else the instance.  (H, W)
    """

    name: str
    image: Image
    ids: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class InstanceFolder:
    """The annotated pictures of one set, in the order of their names.

    Args:
        name: Of the set.
        pairs: Image and annotation file.
    """

    name: str
    pairs: tuple[tuple[Path, Path], ...]

    def __len__(self) -> int:
        """Number of annotations."""
        return len(self.pairs)

    def __getitem__(self, index: int) -> Annotated:
        """Read one annotation from disk.

        Raises:
            DataNotFound: A file is damaged, or image and ids differ in size.
        """
        image_path, ids_path = self.pairs[index]
        image, ids = read_rgb(image_path), _read_ids(ids_path)
        if image.shape[:2] != ids.shape:
            raise DataNotFound(
                f"{ids_path} has {ids.shape[0]}x{ids.shape[1]} pixels, but its image "
                f"{image_path.name} {image.shape[0]}x{image.shape[1]}. Save both alike."
            )
        return Annotated(f"{self.name}/{ids_path.stem}", image, ids)

    def ids(self, index: int) -> NDArray[np.uint8]:
        """Read the instance ids of one annotation, without its image.  (H, W).

        Raises:
            DataNotFound: The file is damaged.
        """
        return _read_ids(self.pairs[index][1])


def open_instance_folder(
    root: Path, name: str, part: Part = "all", val_every: int = 10
) -> InstanceFolder:
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
    images = {path.stem: path for path in sorted((folder / "img").iterdir())}
    pairs = []
    for ids_path in sorted((folder / "inst").glob("*.png")):
        stem = ids_path.stem if ids_path.stem in images else _without_count(ids_path)
        if stem not in images:
            raise DataNotFound(f"{ids_path} has no image {stem}.* in {folder / 'img'}")
        is_val = photograph(stem) % val_every == 0
        if part == "all" or is_val == (part == "val"):
            pairs.append((images[stem], ids_path))
    if not pairs:
        raise DataNotFound(f"No annotation in {folder / 'inst'} (part {part!r})")
    return InstanceFolder(name, tuple(pairs))


def photograph(stem: str) -> int:
    """A hash that all pictures made from one photograph share."""
    numbers = re.findall(r"\d+", stem)
    return zlib.crc32((numbers[-1] if numbers else stem).encode())


def _without_count(path: Path) -> str:
    return re.sub(r"\.\d+$", "", path.stem)


def _read_ids(path: Path) -> NDArray[np.uint8]:
    try:
        with PillowImage.open(path) as file:
            ids = np.asarray(file)
    except (OSError, ValueError, SyntaxError) as error:
        raise DataNotFound(f"{path} cannot be read as an image: {error}") from error
    if ids.ndim != 2 or ids.dtype != np.uint8:
        raise DataNotFound(f"{path} must hold one 8-bit id a pixel, found {ids.dtype}")
    return ids
