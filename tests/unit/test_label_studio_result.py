"""Masks as brush, bitmask and polygon regions, read back as Label Studio draws them."""

import base64
import io
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image as pillow

from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.server.label_studio.brush import from_brush
from gpcis_backend.server.label_studio.labeling import Kind, OutputTag
from gpcis_backend.server.label_studio.result import Regions, to_regions

KINDS: tuple[Kind, ...] = ("brush", "bitmask", "polygon")
masks = arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20)))


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_mask_has_no_region(kind: Kind) -> None:
    assert _regions(np.zeros((4, 5), dtype=np.bool_), kind).items == []


@given(mask=masks)
def test_brush_and_bitmask_keep_every_pixel(mask: BoolMask) -> None:
    if not mask.any():
        return

    (brush,) = _regions(mask, "brush").items
    (bitmask,) = _regions(mask, "bitmask").items

    np.testing.assert_array_equal(from_brush(brush["value"]["rle"], *mask.shape), mask)
    np.testing.assert_array_equal(_alpha(bitmask) == 255, mask)
    assert set(np.unique(_alpha(bitmask))) <= {0, 255}


def test_polygons_enclose_the_parts_of_a_smooth_mask() -> None:
    rows, cols = np.mgrid[:200, :300]
    mask = (rows - 70) ** 2 + (cols - 80) ** 2 < 50**2
    mask |= (rows - 150) ** 2 + (cols - 230) ** 2 < 30**2

    found = _regions(mask, "polygon")
    drawn = np.zeros(mask.shape, dtype=np.bool_)
    for region in found.items:
        drawn |= _inside(region, *mask.shape)

    assert len(found.items) == 2
    assert (found.num_holes, found.num_specks) == (0, 0)
    assert (mask & drawn).sum() / (mask | drawn).sum() > 0.97
    assert all(len(region["value"]["points"]) < 60 for region in found.items)


def test_holes_and_specks_of_polygons_are_counted() -> None:
    mask = np.zeros((60, 60), dtype=np.bool_)
    mask[5:40, 5:40] = True
    mask[10:20, 10:20] = False
    mask[50, 50] = True

    found = _regions(mask, "polygon")

    assert (len(found.items), found.num_holes, found.num_specks) == (1, 1, 1)


def test_a_clicked_speck_becomes_a_polygon() -> None:
    mask = np.zeros((60, 60), dtype=np.bool_)
    mask[50, 50] = True

    found = _regions(mask, "polygon", Click(50, 50, is_positive=True))

    assert len(found.items) == 1
    assert _inside(found.items[0], 60, 60)[50, 50]


@given(mask=masks, data=st.data())
def test_a_polygon_holds_every_positive_click_on_the_mask(
    mask: BoolMask, data: st.DataObject
) -> None:
    places = list(zip(*np.nonzero(mask), strict=True))
    if not places:
        return
    row, col = data.draw(st.sampled_from(places))

    found = _regions(mask, "polygon", Click(int(row), int(col), is_positive=True))

    assert any(_inside(region, *mask.shape)[row, col] for region in found.items)


def test_a_tag_without_labels_gets_none() -> None:
    mask = np.ones((4, 4), dtype=np.bool_)
    tag = OutputTag("b", "image", "brush", (), has_labels=False)

    (region,) = to_regions(mask, (), tag, "", 0.5).items

    assert region["type"] == "brush"
    assert set(region["value"]) == {"format", "rle"}


def _regions(mask: BoolMask, kind: Kind, *clicks: Click) -> Regions:
    tag = OutputTag("out", "image", kind, ("a",), has_labels=True)
    return to_regions(mask, clicks, tag, "a", 0.75)


def _alpha(region: dict[str, Any]) -> np.ndarray:
    """The alpha channel of a bitmask region.  (H, W)."""
    head, _, data = region["value"]["imageDataURL"].partition(",")
    assert head == "data:image/png;base64"
    with pillow.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.mode == "RGBA"
        return np.asarray(picture)[..., 3]


def _inside(region: dict[str, Any], height: int, width: int) -> BoolMask:
    """The pixels whose centre lies in a polygon region.  (height, width)."""
    value = region["value"]
    assert value["closed"] is True
    assert len(value["points"]) >= 3
    points = (np.array(value["points"]) / 100 * (width, height)).astype(np.float32)
    drawn = np.zeros((height, width), dtype=np.bool_)
    for row in range(height):
        for col in range(width):
            centre = (col + 0.5, row + 0.5)
            drawn[row, col] = cv2.pointPolygonTest(points, centre, False) >= 0
    return drawn
