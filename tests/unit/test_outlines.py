from itertools import pairwise
from math import hypot

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.polygons import fill
from gpcis_backend.server.formats.outlines import join, to_polygons

masks = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: arrays(np.bool_, size)
)


@given(mask=masks)
def test_filling_the_polygons_gives_back_the_mask(mask: BoolMask) -> None:
    filled = np.zeros_like(mask)
    for polygon in to_polygons(mask):
        filled |= fill(polygon, *mask.shape)

    np.testing.assert_array_equal(filled, mask)


@given(mask=masks)
def test_one_walk_around_everything_gives_back_the_mask(mask: BoolMask) -> None:
    polygons = to_polygons(mask)
    if polygons:
        np.testing.assert_array_equal(fill(join(polygons), *mask.shape), mask)


@given(mask=masks)
def test_pycocotools_reads_the_same_mask(mask: BoolMask) -> None:
    polygons = [part.ravel().tolist() for part in to_polygons(mask)]
    if polygons:
        read = coco.decode(coco.merge(coco.frPyObjects(polygons, *mask.shape)))
        np.testing.assert_array_equal(read == 1, mask)


def test_parts_that_touch_at_a_corner_are_two_polygons() -> None:
    mask = np.eye(2, dtype=np.bool_)

    assert len(to_polygons(mask)) == 2


def test_a_hole_hangs_on_its_outline() -> None:
    mask = np.ones((5, 5), dtype=np.bool_)
    mask[2, 2] = False

    (polygon,) = to_polygons(mask)

    assert len(polygon) == 4 + 4 + 2


def test_an_empty_mask_has_no_polygon() -> None:
    assert to_polygons(np.zeros((3, 4), dtype=np.bool_)) == []


@given(
    corners=st.lists(
        st.tuples(st.floats(-5, 25), st.floats(-5, 25)), min_size=3, max_size=8
    )
)
def test_polygons_of_others_hold_the_pixels_whose_centre_is_inside(
    corners: list[tuple[float, float]],
) -> None:
    inside = fill(np.array(corners), 18, 20)

    for row, col in np.ndindex(inside.shape):
        x, y = col + 0.5, row + 0.5
        is_on_edge = _gap(x, y, corners) < 1e-6  # where rounding decides
        assert is_on_edge or inside[row, col] == _is_inside(x, y, corners)


def _gap(x: float, y: float, corners: list[tuple[float, float]]) -> float:
    """Distance from a point to the nearest edge."""
    gaps = []
    for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]]):
        along = (x1 - x0, y1 - y0)
        length = along[0] ** 2 + along[1] ** 2
        share = ((x - x0) * along[0] + (y - y0) * along[1]) / length if length else 0
        share = min(max(share, 0), 1)
        gaps.append(hypot(x - x0 - share * along[0], y - y0 - share * along[1]))
    return min(gaps)


def _is_inside(x: float, y: float, corners: list[tuple[float, float]]) -> bool:
    """By the number of edges to the left of a point or right above it."""
    crossings = 0
    for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]]):
        (x0, y0), (x1, y1) = sorted([(x0, y0), (x1, y1)], key=lambda point: point[1])
        if y0 <= y < y1:
            crossings += x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x
    return crossings % 2 == 1
