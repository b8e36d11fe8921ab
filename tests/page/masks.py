"""Masks as the page holds them, as the server keeps them, and drawn for tests."""

import base64
from typing import Any

import numpy as np
import numpy.typing as npt

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.server.rle import MaskRuns, from_runs
from page.pictures import Pixels
from page.visit import Visit

LEFT, RIGHT = (70, 60), (150, 60)  # inside the two halves of ``two_halves``

_READ = """(id) => {
  const { image, work } = __gpcis.state;
  const { mask } = work.objects.find((object) => object.id === id).shown;
  return [[...mask.bbox], [...mask.runs], image.height, image.width];
}"""


def shown_mask(visit: Visit, name: str) -> BoolMask:
    """The mask of an object as the page has it.  (H, W)."""
    bbox, runs, height, width = visit.page.evaluate(_READ, name)
    return from_runs(MaskRuns(tuple(bbox), bytes(runs)), height, width)


def stored_mask(each: dict[str, Any], height: int, width: int) -> BoolMask:
    """The mask of a document's object.  (H, W)."""
    left, top, across, down = each["bbox"]
    runs = MaskRuns((left, top, across, down), base64.b64decode(each["runs"]))
    return from_runs(runs, height, width)


def two_halves(width: int = 320, height: int = 240) -> Pixels:
    """A box of two reds on grey: a click on either takes both, one on each parts them.

    Columns 40 to 109 and 110 to 179 of rows 30 to 89.
    """
    pixels = np.full((height, width, 3), 120, dtype=np.uint8)
    pixels[30:90, 40:110] = (220, 30, 30)
    pixels[30:90, 110:180] = (200, 70, 30)
    return pixels


def half(side: int) -> BoolMask:
    """The left (0) or right (1) half of ``two_halves``.  (240, 320)."""
    mask = np.zeros((240, 320), dtype=np.bool_)
    mask[30:90, 40 + 70 * side : 110 + 70 * side] = True
    return mask


def slope() -> Pixels:
    """Red that fades to grey from left to right: the threshold moves the edge."""
    pixels = np.full((240, 320, 3), 120, dtype=np.uint8)
    share = np.linspace(0, 1, 240)[:, np.newaxis]
    red, grey = np.array([220, 30, 30]), np.array([120, 120, 120])
    faded: npt.NDArray[np.float64] = red * (1 - share) + grey * share
    pixels[40:200, 40:280] = faded.round().astype(np.uint8)
    return pixels
