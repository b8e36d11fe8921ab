"""A closer look at what the last click changed, after the whole object was seen.

FocalClick (Chen et al., CVPR 2022) refines the part of the mask that a click changed.
Here the same network looks again, at a view of that part: thin things are a few pixels
wide in a view of the whole object, and a GP on a coarse grid cannot draw them there.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import BoolMask, Click, Prob
from gpcis_backend.clicks.geometry import Crop, View

_EXPANSION = 1.6  # of the box around the change
_LEAST, _MOST = 0.25, 0.8  # sides of the closer view, of the wide one's longer side
_RIM = 0.125  # of the closer view's sides, where both looks are mixed


def closer_view(
    before: Prob | None, after: Prob, click: Click, view: View, threshold: float
) -> View | None:
    """The view of what the last click changed; None where it would be little closer.

    None also before there was a mask, and for a click that ``view`` does not show.

    Args:
        before: Soft mask of the step before.  (H, W)
        after: Soft mask after the click, seen through ``view``.  (H, W)
        click: The last one.
        view: The wide one.
        threshold: Of the mask.
    """
    wide = view.crop
    if before is None or not wide.contains(click):
        return None
    changed = (wide.cut(after) > threshold) != (wide.cut(before) > threshold)
    crop = _box(changed, click, wide)
    if max(crop.height, crop.width) >= _MOST * max(wide.height, wide.width):
        return None
    return View(crop, view.height, view.width, view.with_flip)


def mixed(wide: Prob, closer: Prob, crop: Crop, around: Crop) -> Prob:
    """``closer`` inside ``crop`` and ``wide`` around it, with a soft seam.

    Both looks obey the clicks that they see, so their mixture does.

    Args:
        wide: Soft mask.  (H, W)
        closer: The same from a view of ``crop``.  (H, W)
        crop: What it shows.
        around: What the first look showed; at its sides there is no seam.
    """
    rows = _ramp(crop.top - around.top, crop.height, around.height)
    cols = _ramp(crop.left - around.left, crop.width, around.width)
    share = np.minimum(rows[:, None], cols)  # (h, w)
    part = crop.cut(wide)
    found = wide.copy()
    crop.cut(found)[...] = part + share * (crop.cut(closer) - part)
    return found


def _box(changed: BoolMask, click: Click, wide: Crop) -> Crop:
    """A square around the click and the changed region under it, inside ``wide``."""
    row, col = click.row - wide.top, click.col - wide.left
    top, bottom, left, right = row, row, col, col
    if changed[row, col]:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(
            changed.astype(np.uint8), connectivity=4
        )
        left, top, num_cols, num_rows, _ = stats[labels[row, col]]
        bottom, right = top + num_rows - 1, left + num_cols - 1
    least = _LEAST * max(wide.height, wide.width)
    side = max(_EXPANSION * (max(bottom - top, right - left) + 1), least)
    first_row, num_rows = _span((top + bottom) / 2, side, wide.height)
    first_col, num_cols = _span((left + right) / 2, side, wide.width)
    return Crop(wide.top + first_row, wide.left + first_col, num_rows, num_cols)


def _span(centre: float, side: float, length: int) -> tuple[int, int]:
    """First pixel and number of pixels of ``side`` about ``centre``."""
    first = max(0, round(centre - side / 2))
    last = min(length - 1, round(centre + side / 2))
    return first, last - first + 1


def _ramp(first: int, length: int, whole: int) -> NDArray[np.float32]:
    """From 0 at the ends of a side to 1 inside; 1 at the whole's own.  (length,)."""
    places = np.arange(length, dtype=np.float32)
    rim = max(1.0, _RIM * length)
    low = places / rim if first > 0 else np.full(length, 1.0)
    high = places[::-1] / rim if first + length < whole else np.full(length, 1.0)
    ramp: NDArray[np.float32] = np.clip(np.minimum(low, high), 0, 1).astype(np.float32)
    return ramp
