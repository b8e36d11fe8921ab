"""Regions of an image, their depth found by trying every pixel, and clicks in them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import BoolMask, Click

Shares = NDArray[np.float64]


def box(shape: tuple[int, int], rows: slice, cols: slice) -> BoolMask:
    """A rectangle."""
    mask = np.zeros(shape, bool)
    mask[rows, cols] = True
    return mask


def depth(region: BoolMask) -> Shares:
    """Distance of each pixel to the nearest one outside; the border is outside."""
    padded = np.pad(region, 1)
    gaps = np.argwhere(padded)[:, None] - np.argwhere(~padded)
    found = np.zeros(padded.shape)
    found[padded] = np.sqrt((gaps**2).sum(-1).min(1))
    return found[1:-1, 1:-1]


def even(region: BoolMask) -> Shares:
    """The uniform distribution over a region that is not empty.  (H, W)."""
    shares: Shares = region / np.count_nonzero(region)
    return shares


def deeper(region: BoolMask, divisor: float) -> BoolMask:
    """The pixels deeper than the greatest depth over ``divisor``."""
    found = depth(region)
    inner: BoolMask = found > found.max() / divisor
    return inner


def clicks_per_pixel(
    clicks: Sequence[Click], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """How often each pixel was clicked.  (H, W)."""
    counts = np.zeros(shape, np.int64)
    np.add.at(counts, ([c.row for c in clicks], [c.col for c in clicks]), 1)
    return counts
