"""A rectangle drawn around the object, as the clicks and the mask that it stands for.

The model knows clicks and a previous mask only.  DECISIONS.md compares ways to tell it
about a box; none of them is trained.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import Click, Prob
from gpcis_backend.clicks.geometry import Crop

_Pixel = TypeVar("_Pixel", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels; it may reach beyond the image."""

    top: int
    left: int
    height: int
    width: int

    def within(self, height: int, width: int) -> "Box":
        """The part inside an image of this size, at least one pixel of its rim."""
        top, bottom = _span(self.top, self.height, height)
        left, right = _span(self.left, self.width, width)
        return Box(top, left, bottom - top, right - left)

    def holds(self, click: Click) -> bool:
        """Whether the click's pixel lies inside."""
        return Crop(self.top, self.left, self.height, self.width).contains(click)

    def clip(self, mask: NDArray[_Pixel]) -> NDArray[_Pixel]:
        """A copy of a mask or probability that is 0 outside.  (H, W)."""
        box = self.within(*mask.shape)
        inside = (
            slice(box.top, box.top + box.height),
            slice(box.left, box.left + box.width),
        )
        clipped = np.zeros_like(mask)
        clipped[inside] = mask[inside]
        return clipped


def box_clicks(box: Box, height: int, width: int) -> tuple[Click, ...]:
    """The clicks that stand for a box, to be made before the user's own.

    The centre, twice: the second pass starts from the mask of the first and looks at
    the object that it found.

    Args:
        box: Around the object.
        height: Rows of the image.
        width: Columns of the image.
    """
    seen = box.within(height, width)
    row, col = seen.top + seen.height // 2, seen.left + seen.width // 2
    return (Click(row, col, is_positive=True),) * 2


def box_init(box: Box, height: int, width: int) -> Prob:
    """The mask that stands for a box, from which its clicks start.  (height, width).

    Only the corners: the zoom then looks at the box, but nothing inside is claimed.  A
    filled box or ellipse is a mask that the model believes and gives back.

    Args:
        box: Around the object.
        height: Rows of the image.
        width: Columns of the image.
    """
    seen, init = box.within(height, width), np.zeros((height, width), np.float32)
    rows = (seen.top, seen.top + seen.height - 1)
    cols = (seen.left, seen.left + seen.width - 1)
    init[np.ix_(rows, cols)] = 1
    return init


def _span(start: int, length: int, limit: int) -> tuple[int, int]:
    """First pixel and end of a run of pixels, cut to 0..limit but never empty."""
    first = min(max(start, 0), limit - 1)
    return first, max(min(start + length, limit), first + 1)
