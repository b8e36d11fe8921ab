"""Copy-paste of cut-outs: pictures of things with transparency around them.

A simple form of Ghiasi et al. (CVPR 2021), whose pasted objects come from other
training pictures.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS
from numpy.typing import NDArray

from gpcis_backend.data.pictures import VOID_ID
from gpcis_backend.data.root import data_root as data_part
from gpcis_backend.errors import DataNotFound

Results = dict[str, Any]

_SIZES = (0.25, 0.75)  # longest side of a stamp over the picture's shortest
_OPAQUE = 128  # of 255, from which on a pixel belongs to the stamp


@TRANSFORMS.register_module()
class PasteStamp(BaseTransform):
    """Pastes a cut-out at a random place, an instance like the others from then on.

    Args:
        probability: Of a stamp in a picture.
        folder: Of RGBA files, inside train/ of the data.
        data_root: Of all data; see ``data.root``.
    """

    def __init__(
        self,
        probability: float = 0.1,
        folder: str = "stamps_rgba",
        data_root: str | None = None,
    ) -> None:
        self.probability = probability
        place = data_part(data_root, "train") / folder
        self.files = sorted(place.glob("*.png"))
        if not self.files:
            raise DataNotFound(f"No PNG files of cut-outs in {place}.")

    def transform(self, results: Results) -> Results:
        """Replaces ``image`` and ``ids``."""
        rng, ids = results["rng"], results["ids"]
        if rng.random() >= self.probability:
            return results
        free = np.setdiff1d(np.arange(1, VOID_ID), ids)
        if not len(free):
            return results
        whole = _stamp(self.files[rng.integers(len(self.files))])
        longest = rng.uniform(*_SIZES) * min(ids.shape)
        scale = longest / max(whole.shape[:2])
        size = [max(1, round(scale * side)) for side in whole.shape[1::-1]]
        stamp = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:
            stamp = stamp[:, ::-1]
        height, width = stamp.shape[:2]
        top = rng.integers(ids.shape[0] - height + 1)
        left = rng.integers(ids.shape[1] - width + 1)
        place = np.s_[top : top + height, left : left + width]
        image, ids = results["image"].copy(), ids.copy()
        share = stamp[..., 3:] / np.float32(255)
        mixed = image[place] * (1 - share) + stamp[..., :3] * share
        image[place] = np.rint(mixed).astype(np.uint8)
        ids[place][stamp[..., 3] >= _OPAQUE] = free[0]
        return {**results, "image": image, "ids": ids}


@lru_cache(maxsize=512)
def _stamp(file: Path) -> NDArray[np.uint8]:
    """RGBA.  (H, W, 4).

    Raises:
        DataNotFound: It cannot be read, or has no transparency.
    """
    found = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    if found is None or found.ndim != 3 or found.shape[2] != 4:
        raise DataNotFound(f"{file} is no PNG file with red, green, blue and alpha.")
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGRA2RGBA), dtype=np.uint8)
