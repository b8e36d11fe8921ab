"""E: the threshold's slider; zoom, fit and pan."""

import json
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import FloatRect
from pycocotools import mask as coco

from gpcis_backend.clicks.click import BoolMask
from page.masks import shown_mask, slope
from page.pictures import DISC, SQUARE, shapes
from page.stored import exported
from page.visit import Visit

Floats = npt.NDArray[np.float64]
BRIGHT = (44, 120)


def test_e1_the_slider_repaints_at_once_and_asks_once(visit: Visit) -> None:
    visit.open_picture(slope())
    visit.click(*BRIGHT)
    left, middle = _slider(visit)
    num_sent, frames = len(visit.sent), visit.read("counters.frames")
    pictures, times = [visit.pixels], []

    visit.page.mouse.move(left + 0.5 * middle["width"], middle["y"])
    visit.page.mouse.down()
    for share in (0.6, 0.7, 0.8):
        visit.page.mouse.move(left + share * middle["width"], middle["y"])
        pictures.append(visit.pixels)
        times.append(visit.read("counters.lastMs"))
    num_dragging = len(visit.sent)
    visit.page.mouse.up()
    visit.wait_for("final")

    assert num_dragging == num_sent
    assert visit.read("counters.frames") > frames
    for one, other in pairwise(pictures):
        assert (one != other).any()
    assert max(times) <= 330  # ms: ten times the wish
    assert len(visit.sent) == num_sent + 1
    threshold = visit.objects[0]["threshold"]
    assert visit.sent[-1]["threshold"] == threshold == pytest.approx(0.8, abs=0.05)


def test_e1_what_is_exported_is_what_is_shown(visit: Visit) -> None:
    visit.open_picture(slope())
    visit.click(*BRIGHT)
    before = visit.objects[0]["area"]
    slider = visit.by_id("threshold")
    slider.focus()
    slider.press("PageUp")
    visit.until("(area) => __gpcis.state.work.objects[0].shown.area < area", before)
    visit.wait_for("final")
    visit.press("e")
    visit.wait_for("none")
    visit.press("z")

    body = json.loads(exported(visit, "coco")["annotations.json"])
    shown = shown_mask(visit, "o1")

    (annotation,) = body["annotations"]
    np.testing.assert_array_equal(coco.decode(annotation["segmentation"]) == 1, shown)
    assert 0 < shown.sum() < before
    _check_painted(visit, shown)


def test_e5_the_pixel_under_the_pointer_stays(visit: Visit) -> None:
    visit.open_picture(shapes())
    left, top = (round(each) for each in visit.place(*DISC))  # as wheels tell it
    point = _point_under(visit, left, top)
    visit.page.mouse.move(left, top)

    drifts, scales = [], []
    for step in range(30):
        visit.page.mouse.wheel(0, -70 if step < 17 else 130)
        visit.settle()
        drifts.append(np.abs(_point_under(visit, left, top) - point).max())
        scales.append(visit.read("viewport.scale"))

    assert max(drifts) <= 0.5
    assert max(scales) > 4 * min(scales)
    visit.page.mouse.click(left, top)
    visit.wait_for("final")
    np.testing.assert_allclose(visit.sent[-1]["clicks"][0][:2], point, atol=0.5)


def test_e5_fit_full_size_and_limits(visit: Visit) -> None:
    visit.open_picture(shapes())
    fitted = visit.read("viewport")
    visit.by_id("tool-100").click()
    full = visit.read("viewport.scale")
    visit.page.mouse.move(*visit.place(160, 120))
    for _ in range(40):
        visit.page.mouse.wheel(0, -400)
    visit.settle()
    most = visit.read("viewport.scale")
    for _ in range(60):
        visit.page.mouse.wheel(0, 400)
    visit.settle()
    least = visit.read("viewport.scale")
    visit.by_id("tool-fit").click()

    assert (full, most, least) == (1, 32, 0.05)
    assert visit.read("viewport") == fitted
    box = visit.canvas.bounding_box()
    assert box is not None
    for corner in ((0, 0), (320, 240)):
        left, top = visit.place(*corner)
        assert box["x"] <= left <= box["x"] + box["width"]
        assert box["y"] <= top <= box["y"] + box["height"]


def test_e5_dragging_with_space_pans_and_places_no_click(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.focus_stage()
    before = visit.read("viewport")
    left, top = visit.place(*SQUARE)

    visit.page.keyboard.down("Space")
    visit.page.mouse.move(left, top)
    visit.page.mouse.down()
    visit.page.mouse.move(left + 30, top + 20)
    visit.page.mouse.move(left + 60, top + 40)
    visit.page.mouse.up()
    visit.page.mouse.click(left, top)  # held, a mere press is none either
    visit.page.keyboard.up("Space")

    after = visit.read("viewport")
    assert (after["left"] - before["left"], after["top"] - before["top"]) == (60, 40)
    assert after["scale"] == before["scale"]
    assert visit.objects == []
    visit.click(*SQUARE)
    assert len(visit.clicks) == 1


def _point_under(visit: Visit, left: float, top: float) -> Floats:
    """Image point at a place of the window."""
    origin, scale = np.array(visit.place(0, 0)), visit.read("viewport.scale")
    point: Floats = (np.array([left, top]) - origin) / scale
    return point


def _slider(visit: Visit) -> tuple[float, FloatRect]:
    """Left end of the threshold's slider, and its box with ``y`` in the middle."""
    box = visit.by_id("threshold").bounding_box()
    assert box is not None
    return box["x"], {**box, "y": box["y"] + box["height"] / 2}


def _check_painted(visit: Visit, mask: BoolMask) -> None:
    """At 100 % and away from the outline, just the mask's pixels are tinted."""
    view = visit.read("viewport")
    left, top = round(view["left"]), round(view["top"])
    height, width = mask.shape
    part = visit.pixels[top : top + height, left : left + width, :3].astype(int)
    visit.page.keyboard.down("h")
    bare = visit.pixels[top : top + height, left : left + width, :3].astype(int)
    visit.page.keyboard.up("h")
    tinted = np.abs(part - bare).sum(axis=2) > 12
    steps = range(-2, 3)
    edges = np.any(
        [mask != np.roll(mask, (y, x), (0, 1)) for y in steps for x in steps], axis=0
    )
    np.testing.assert_array_equal(tinted[~edges], mask[~edges])
    assert (mask & ~edges).any()
