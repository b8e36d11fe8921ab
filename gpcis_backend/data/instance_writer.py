"""Labelled pictures to files: the instance folders that ``instance_folder`` reads."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from gpcis_backend.data.pictures import VOID_ID
from gpcis_backend.data.sample import BoolMask, Image

_QUALITY = 95  # of JPEG, with colours at full resolution


class InstanceWriter:
    """Writes one set: SET/img/NAME and SET/inst/NAME.png, NAME.1.png, ...

    Args:
        folder: SET; made if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.num_objects = 0
        self._annotations: Counter[str] = Counter()
        for part in ("img", "inst"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    @property
    def num_pictures(self) -> int:
        """So far, counted once for all their annotations."""
        return len(self._annotations)

    def add(
        self, name: str, image: Image, masks: Iterable[BoolMask], *, is_lossless: bool
    ) -> None:
        """Write one annotation, and its picture when it comes for the first time.

        Args:
            name: Of the picture, without dots; the same for all its annotations.
            image: RGB, upright.  (H, W, 3)
            masks: One object each, any number of them, which may overlap.  (H, W)
            is_lossless: PNG instead of JPEG.
        """
        if name not in self._annotations:
            self._write_picture(name, image, is_lossless)
        for ids in to_ids(masks):
            number = self._annotations[name]
            file = f"{name}.{number}.png" if number else f"{name}.png"
            PillowImage.fromarray(ids).save(self.folder / "inst" / file)
            self._annotations[name] += 1
            self.num_objects += int(ids.max())

    def _write_picture(self, name: str, image: Image, is_lossless: bool) -> None:
        path = self.folder / "img" / name
        picture = PillowImage.fromarray(image)
        if is_lossless:
            picture.save(path.with_suffix(".png"))
        else:
            picture.save(path.with_suffix(".jpg"), quality=_QUALITY, subsampling=0)


def to_ids(masks: Iterable[BoolMask]) -> list[NDArray[np.uint8]]:
    """Instance ids 1, 2, ... of masks; further maps hold what would be lost in one.

    A mask that covers part of another one, and every 255th, goes to the next map, so
    that each mask can be read back as it was.

    Args:
        masks: (H, W)

    Returns:
        uint8 maps.  (H, W)
    """
    maps: list[NDArray[np.uint8]] = []
    counts: list[int] = []
    for mask in masks:
        for number, ids in enumerate(maps):
            if counts[number] < VOID_ID - 1 and not ids[mask].any():
                break
        else:
            number = len(maps)
            maps.append(np.zeros(mask.shape, dtype=np.uint8))
            counts.append(0)
        counts[number] += 1
        maps[number][mask] = counts[number]
    return maps
