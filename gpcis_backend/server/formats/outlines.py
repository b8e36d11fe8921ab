"""Masks as polygons along the edges of their pixels, which ``fill`` gives back.

A corner (x, y) is the upper left one of pixel (row y, column x).  Walking along an
outline, the object is on the right, so that outer outlines run clockwise on the screen
and those of holes the other way.  Pixels that touch at a corner only are apart.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.polygons import Points

_Corner = tuple[int, int]
_Edges = dict[tuple[int, int, int], _Corner]  # start and direction to end


def to_polygons(mask: BoolMask) -> list[Points]:
    """One polygon for each part of the mask; holes hang on cuts of no width.  (H, W).

    Filled by the even-odd or the non-zero rule, they give back the mask.
    """
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return []
    top, left = int(rows[0]), int(cols[0])
    part = mask[top : rows[-1] + 1, left : cols[-1] + 1]
    labels, _ = ndimage.label(part)
    rings = defaultdict[int, list[Points]](list)
    for ring in _rings(part):
        rings[int(labels[_pixel_beside(ring)])].append(ring)
    return [
        join(sorted(group, key=_area, reverse=True)) + np.array([left, top])
        for _, group in sorted(rings.items())
    ]


def join(rings: Sequence[Points]) -> Points:
    """One closed walk around all rings, between them there and back on one line."""
    there = [np.vstack([ring, ring[:1]]) for ring in rings]
    back = [ring[:1] for ring in reversed(rings[:-1])]
    walk = np.vstack([*there, *back])
    return walk[:-1] if (walk[0] == walk[-1]).all() and len(walk) > 1 else walk


def _rings(mask: BoolMask) -> Iterator[Points]:
    """All outlines, corner by corner."""
    padded = np.pad(mask, 1).astype(np.int8)
    flat = _segments(padded[1:] - padded[:-1], is_row=True)
    steep = _segments((padded[:, 1:] - padded[:, :-1]).T, is_row=False)
    while flat:
        (x, y, way), corner = flat.popitem()
        ring, first = [(x, y), corner], (x, y)
        is_flat = True
        while corner != first:
            is_flat = not is_flat
            corner, way = _follow(flat if is_flat else steep, corner, way, is_flat)
            ring.append(corner)
        yield np.array(ring[:-1], dtype=np.float64)


def _segments(steps: NDArray[np.int8], *, is_row: bool) -> _Edges:
    """Longest straight edges, from start and direction (+1 or -1) to end.

    Args:
        steps: Between neighbouring rows (columns): +1 where the mask begins.
        is_row: Whether lines of ``steps`` are rows.
    """
    found: _Edges = {}
    changes = np.diff(np.pad(steps, ((0, 0), (1, 1))), axis=1) != 0
    lines, spots = np.nonzero(changes)
    values = np.pad(steps, ((0, 0), (0, 1)))[lines, spots]
    same_line = np.append(lines[1:] == lines[:-1], [False])
    for num in np.flatnonzero((values != 0) & same_line):
        line, begin, end = int(lines[num]), int(spots[num]) - 1, int(spots[num + 1]) - 1
        # rows: the mask below is on the right of who walks to the right;
        # columns: the mask to the right is on the right of who walks up
        way = int(values[num]) if is_row else -int(values[num])
        if way < 0:
            begin, end = end, begin
        start, stop = (
            ((begin, line), (end, line)) if is_row else ((line, begin), (line, end))
        )
        found[(*start, way)] = stop
    return found


def _follow(
    edges: _Edges, corner: _Corner, way: int, is_flat: bool
) -> tuple[_Corner, int]:
    """Turn right where there is a choice: pixels at a corner stay apart.

    Right of down is left, right of right is down.
    """
    right = -way if is_flat else way
    turn = right if (*corner, right) in edges else -right
    return edges.pop((*corner, turn)), turn


def _pixel_beside(ring: Points) -> tuple[int, int]:
    """Row and column of the pixel to the right of the first step, inside the object."""
    (x, y), (next_x, _) = ring[0].astype(int), ring[1].astype(int)
    return (y, x) if next_x > x else (y - 1, x - 1)


def _area(ring: Points) -> float:
    """Positive for outer outlines, in pixels."""
    x, y = ring.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
