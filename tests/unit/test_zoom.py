"""The view of each step, protocol by protocol (method.md, section 7)."""

import numpy as np
import pytest

from gpcis_backend.clicks.click import Click, Prob
from gpcis_backend.clicks.geometry import Crop, View, whole_image
from gpcis_backend.clicks.zoom import CropZoom, ZoomFlip, object_box, policy
from gpcis_backend.errors import InvalidInput

INSIDE = Click(14, 30, is_positive=True)


def test_box_is_enlarged_about_its_centre_with_halves_to_even() -> None:
    prob = _rectangle(100, 100, (10, 19), (20, 39))

    box = object_box((INSIDE,), prob, 0.5, 10)

    assert box == Crop(8, 16, 22 - 8 + 1, 44 - 16 + 1)


def test_box_is_clamped_to_the_image() -> None:
    prob = _rectangle(21, 42, (10, 19), (20, 39))

    box = object_box((INSIDE,), prob, 0.5, 10)

    assert box == Crop(8, 16, 20 - 8 + 1, 41 - 16 + 1)


def test_small_object_gets_the_least_side() -> None:
    prob = _rectangle(100, 100, (50, 50), (50, 50))

    box = object_box((Click(50, 50, is_positive=True),), prob, 0.5, 10)

    assert box == Crop(45, 45, 11, 11)


def test_positive_clicks_widen_the_box_and_negative_ones_do_not() -> None:
    prob = _rectangle(100, 100, (10, 19), (20, 39))
    far = Click(70, 30, is_positive=False)

    without = object_box((INSIDE, far), prob, 0.5, 10)
    with_positive = object_box((INSIDE, Click(70, 30, is_positive=True)), prob, 0.5, 10)

    assert without == object_box((INSIDE,), prob, 0.5, 10)
    assert with_positive is not None
    assert with_positive.contains(Click(70, 30, is_positive=True))


def test_box_threshold_is_exceeded_strictly() -> None:
    prob = np.full((20, 20), 0.5, dtype=np.float32)

    assert object_box((), prob, 0.5, 10) is None
    assert object_box((), prob, 0.49, 10) == whole_image(20, 20)


def test_first_click_sees_the_whole_image() -> None:
    square = CropZoom(384).view(90, 160, (INSIDE,), None, None)
    flipped = ZoomFlip(400).view(90, 160, (INSIDE,), None, None)

    assert square == View(whole_image(90, 160), 384, 384)
    assert flipped == View(whole_image(90, 160), 90, 160, with_flip=True)


def test_initial_mask_zooms_in_from_the_first_click_on() -> None:
    init = _rectangle(100, 100, (10, 19), (20, 39))

    view = CropZoom().view(100, 100, (INSIDE,), init, None)

    assert view.crop == Crop(8, 16, 15, 29)


def test_crop_forgets_the_held_box() -> None:
    prob = _rectangle(100, 100, (10, 19), (20, 39))
    held = View(Crop(7, 16, 15, 29), 384, 384)

    view = CropZoom().view(100, 100, (INSIDE, INSIDE), prob, held)

    assert view == View(Crop(8, 16, 15, 29), 384, 384)


def test_empty_mask_goes_back_to_the_whole_image_despite_positive_clicks() -> None:
    empty = np.zeros((500, 700), dtype=np.float32)
    held = View(Crop(10, 10, 300, 300), 400, 400, with_flip=True)
    clicks = (INSIDE, INSIDE)

    square = CropZoom().view(500, 700, clicks, empty, held)
    flipped = ZoomFlip().view(500, 700, clicks, empty, held)

    assert square == View(whole_image(500, 700), 384, 384)
    assert flipped == View(whole_image(500, 700), 500, 700, with_flip=True)


def test_zoom_flip_keeps_the_aspect_ratio_of_the_box() -> None:
    prob = _rectangle(900, 900, (300, 599), (400, 549))  # 300 x 150, times 1.4

    view = ZoomFlip(400).view(900, 900, (Click(400, 450, True),) * 2, prob, None)

    assert (view.crop.height, view.crop.width) == (421, 211)
    assert (view.height, view.width) == (400, round(211 * 400 / 421))
    assert view.with_flip


def test_zoom_flip_enlarges_a_small_box() -> None:
    prob = _rectangle(900, 900, (440, 459), (440, 459))

    view = ZoomFlip(400).view(900, 900, (Click(450, 450, True),) * 2, prob, None)

    assert (view.crop.height, view.crop.width) == (201, 201)
    assert (view.height, view.width) == (400, 400)


def test_zoom_flip_holds_a_box_that_is_much_the_same() -> None:
    held = _flip_view(_rectangle(900, 900, (300, 599), (300, 599)))
    smaller = _rectangle(900, 900, (300, 559), (300, 559))

    view = ZoomFlip().view(900, 900, (Click(450, 450, True),) * 3, smaller, held)

    assert view == held


def test_zoom_flip_drops_a_box_that_overlaps_less_than_half() -> None:
    held = _flip_view(_rectangle(900, 900, (300, 599), (300, 599)))
    smaller = _rectangle(900, 900, (400, 599), (400, 599))

    view = ZoomFlip().view(900, 900, (Click(450, 450, True),) * 3, smaller, held)

    assert view == _flip_view(smaller)


def test_zoom_flip_drops_a_box_that_a_positive_click_left() -> None:
    prob = _rectangle(900, 900, (300, 599), (300, 599))
    held = _flip_view(prob)
    outside = held.crop.top + held.crop.height

    left = ZoomFlip().view(900, 900, (Click(outside, 450, True),), prob, held)
    stayed = ZoomFlip().view(900, 900, (Click(outside - 1, 450, True),), prob, held)
    negative = ZoomFlip().view(900, 900, (Click(outside, 450, False),), prob, held)

    assert left.crop.contains(Click(outside, 450, True))
    assert stayed == held
    assert negative == held


def test_zoom_flip_does_not_hold_the_whole_image() -> None:
    prob = _rectangle(300, 300, (50, 249), (50, 249))
    whole = ZoomFlip().view(300, 300, (INSIDE,), None, None)

    view = ZoomFlip().view(300, 300, (Click(100, 100, True),) * 2, prob, whole)

    assert view == View(Crop(10, 10, 281, 281), 400, 400, with_flip=True)


def test_thin_box_keeps_at_least_one_pixel() -> None:
    prob = np.ones((1, 5000), dtype=np.float32)

    view = ZoomFlip(400).view(1, 5000, (Click(0, 9, True),) * 2, prob, None)

    assert (view.height, view.width) == (1, 400)


def test_policies_are_found_by_name_with_their_thresholds() -> None:
    assert policy("crop") == CropZoom(384, 0.50)
    assert policy("zoom-flip") == ZoomFlip(400, 0.49)
    assert policy("crop", 256, 0.49) == CropZoom(256, 0.49)
    assert policy("zoom-flip", 600).name == "zoom-flip"


@pytest.mark.parametrize(
    ("name", "size", "threshold"),
    [
        pytest.param("zoom", None, None, id="unknown name"),
        pytest.param("crop", 0, None, id="no pixels"),
        pytest.param("crop", None, 0.0, id="threshold zero"),
        pytest.param("zoom-flip", None, 1.0, id="threshold one"),
    ],
)
def test_bad_policy_is_a_user_error(
    name: str, size: int | None, threshold: float | None
) -> None:
    with pytest.raises(InvalidInput):
        policy(name, size, threshold)


def _rectangle(
    height: int, width: int, rows: tuple[int, int], cols: tuple[int, int]
) -> Prob:
    """A certain object in an empty image, edges inclusive."""
    prob = np.zeros((height, width), dtype=np.float32)
    prob[rows[0] : rows[1] + 1, cols[0] : cols[1] + 1] = 1
    return prob


def _flip_view(prob: Prob) -> View:
    """What zoom-flip sees of an object when it holds no box."""
    height, width = prob.shape
    return ZoomFlip().view(height, width, (), prob, None)


def test_late_clicks_are_seen_larger() -> None:
    """From the fifth on, when thin things are what is left."""
    zoom, prob = CropZoom(64, late_size=96), np.ones((100, 100), np.float32)

    sides = [
        zoom.view(100, 100, (INSIDE,) * count, prob, None).height
        for count in range(1, 8)
    ]

    assert sides == [64, 64, 64, 64, 96, 96, 96]
    assert CropZoom(64).view(100, 100, (INSIDE,) * 7, prob, None).height == 64
