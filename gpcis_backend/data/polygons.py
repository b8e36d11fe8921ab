"""Polygons as masks."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.data.sample import BoolMask
from gpcis_backend.errors import InvalidInput

Points: TypeAlias = NDArray[np.float64]
"""Corners of a polygon, (x, y) in pixels.  (N, 2)."""


def fill(points: Points, height: int, width: int) -> BoolMask:
    """Pixels whose centre lies inside a polygon, by the even-odd rule.  (H, W)."""
    inside = np.zeros((height, width), dtype=np.bool_)
    left, top = np.clip(np.floor(points.min(axis=0)), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(points.max(axis=0)), 0, (width, height)).astype(int)
    part = inside[top:bottom, left:right]
    part[...] = _crossings(points - (left, top), *part.shape) & 1 == 1
    return inside


def _crossings(points: Points, height: int, width: int) -> NDArray[np.uint8]:
    """How often one meets the polygon on the way to each pixel, modulo 256.  (H, W)."""
    start, end = points, np.roll(points, -1, axis=0)
    is_up = (start[:, 1] > end[:, 1])[:, None]  # so that there and back are equal
    start, end = np.where(is_up, end, start), np.where(is_up, start, end)
    first = np.clip(np.ceil(start[:, 1] - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(end[:, 1] - 0.5), 0, height).astype(np.int64)
    counts = last - first
    edge = np.repeat(np.arange(len(points)), counts)
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    row = first[edge] + np.arange(len(edge)) - begins
    slope = (end[:, 0] - start[:, 0])[edge] / (end[:, 1] - start[:, 1])[edge]
    x = start[edge, 0] + (row + 0.5 - start[edge, 1]) * slope
    col = np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64)
    turns = np.zeros((height, width + 1), dtype=np.uint8)
    np.add.at(turns, (row, col), 1)
    return np.cumsum(turns, axis=1, dtype=np.uint8)[:, :-1]


def to_points(numbers: object) -> Points:
    """Corners of a flat list of numbers.  (N, 2).

    Raises:
        InvalidInput: Not at least three finite corners.
    """
    try:
        points = np.array(numbers, dtype=np.float64).reshape(-1, 2)
    except (ValueError, TypeError):
        raise InvalidInput("A polygon is not a list of numbers x, y, ...") from None
    if len(points) < 3 or not (np.abs(points) < 1e9).all():
        raise InvalidInput("A polygon needs three corners with finite coordinates.")
    return points
