"""A box as clicks and a mask."""

import numpy as np
import pytest

from gpcis_backend.clicks.box import Box, box_clicks, box_init
from gpcis_backend.clicks.click import Click
from gpcis_backend.clicks.geometry import Crop
from gpcis_backend.clicks.zoom import CropZoom, ZoomFlip, ZoomPolicy


def test_box_clicks_its_centre_twice() -> None:
    centre = Click(12, 23, is_positive=True)

    assert box_clicks(Box(10, 20, 5, 7), 100, 100) == (centre, centre)


def test_clicks_of_a_box_beyond_the_image_lie_inside() -> None:
    assert box_clicks(Box(-90, 95, 100, 50), 100, 100)[0] == Click(5, 97, True)
    assert box_clicks(Box(500, 500, 5, 5), 100, 100)[0] == Click(99, 99, True)


@pytest.mark.parametrize("zoom", [CropZoom(), ZoomFlip()])
def test_first_pass_looks_at_the_box_and_some_more(zoom: ZoomPolicy) -> None:
    box = Box(1000, 1200, 500, 400)

    init = box_init(box, 2000, 2000)
    view = zoom.view(2000, 2000, box_clicks(box, 2000, 2000), init, None)

    assert view.crop == Crop(900, 1120, 701, 561)
    assert np.count_nonzero(init) == 4


def test_init_of_a_single_pixel_is_that_pixel() -> None:
    init = box_init(Box(3, 4, 1, 1), 6, 8)

    assert np.argwhere(init == 1).tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        pytest.param(Box(-5, -5, 10, 10), Box(0, 0, 5, 5), id="beyond the corner"),
        pytest.param(Box(15, 25, 10, 10), Box(15, 25, 5, 5), id="beyond the end"),
        pytest.param(Box(-9, -9, 3, 3), Box(0, 0, 1, 1), id="outside, above"),
        pytest.param(Box(90, 90, 3, 3), Box(19, 29, 1, 1), id="outside, below"),
        pytest.param(Box(4, 4, 0, 0), Box(4, 4, 1, 1), id="without area"),
    ],
)
def test_box_is_cut_to_the_image_and_keeps_a_pixel(box: Box, inside: Box) -> None:
    assert box.within(20, 30) == inside


def test_clipped_mask_is_empty_outside_and_unchanged_inside() -> None:
    mask = np.ones((6, 8), dtype=np.bool_)

    clipped = Box(2, 3, 2, 4).clip(mask)

    assert clipped[2:4, 3:7].all()
    assert clipped.sum() == 2 * 4
    assert mask.all()


def test_probability_is_clipped_alike() -> None:
    prob = np.full((4, 4), 0.7, dtype=np.float32)

    clipped = Box(-1, -1, 3, 3).clip(prob)

    assert clipped.dtype == np.float32
    assert np.count_nonzero(clipped) == 4
