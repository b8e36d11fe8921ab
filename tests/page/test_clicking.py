"""Clicks: where they land, what they mean, what becomes of them."""

from collections.abc import Sequence

import numpy as np
import pytest

from page.conftest import OpenPage
from page.dots import body, masks, near
from page.models import StagedToy
from page.pictures import BAR, BLUE, DISC, GREY, GROUND, RED, SQUARE, Pixels, shapes
from page.visit import Button, Modifier, Visit

_WHEEL = 0.0016  # e-folds of zoom for each CSS pixel
_WARNING = (255, 216, 77)  # the yellow of a "!"
_SAME = "These two clicks look the same to the model. Zoom in or remove one."
_MENUS = """
window.__menus = [];
addEventListener("contextmenu", (event) => window.__menus.push(event.defaultPrevented));
"""
_LARGE, _SMALL = ((1000.0, 600.0), 200), ((500.0, 400.0), 40)


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize(
    ("scale", "colour", "centre"),
    [(0.25, RED, _LARGE[0]), (1.0, RED, _LARGE[0]), (3.7, BLUE, _SMALL[0])],
)
def test_b1_a_click_is_sent_from_where_the_picture_shows_it(
    open_page: OpenPage,
    ratio: int,
    scale: float,
    colour: tuple[int, int, int],
    centre: tuple[float, float],
) -> None:
    visit = open_page(ratio=ratio)
    visit.open_picture(_chart())
    _zoom_to(visit, scale, centre, ratio)

    at = _found(visit, colour, ratio)
    visit.page.mouse.click(*at)
    visit.wait_for("final")
    visit.press("Control+z")
    _pan(visit, (57, -33))
    moved = _found(visit, colour, ratio)
    visit.page.mouse.click(moved[0] + 10 * scale, moved[1] - 10 * scale)
    visit.wait_for("final")

    assert np.subtract(moved, at) == pytest.approx([57, -33], abs=0.1)
    (x, y), sent = centre, [body["clicks"] for body in visit.sent]
    assert sent == [[[*near(x, y), 1]], [[*near(x + 10, y - 10), 1]]]


@pytest.mark.parametrize(
    ("button", "modifiers"),
    [("right", []), ("left", ["Shift"]), ("left", ["Alt"])],
)
def test_b3_right_shift_and_alt_clicks_are_negative(
    open_page: OpenPage, button: Button, modifiers: list[Modifier]
) -> None:
    visit = open_page(script=_MENUS)
    visit.open_picture(shapes())
    visit.click(*SQUARE)

    visit.click(*GROUND, wait=None, button=button, modifiers=modifiers)
    visit.wait_for_clicks(2)

    assert [sign for _, _, sign in visit.sent[-1]["clicks"]] == [1, -1]
    menus = visit.page.evaluate("window.__menus")
    assert menus == ([True] if button == "right" else [])


def test_b3_switch_and_key_turn_plain_clicks_negative(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)

    visit.by_id("tool-negative").click()
    visit.click(*GROUND, wait=None)
    visit.wait_for_clicks(2)
    visit.press("x")
    visit.click(*BAR, wait=None)
    visit.wait_for_clicks(3)

    assert [sign for _, _, sign in visit.sent[-1]["clicks"]] == [1, -1, 1]


def test_b4_clicks_made_while_the_image_is_prepared_all_count(
    open_page: OpenPage,
) -> None:
    model = StagedToy()
    model.encode_gate.clear()
    visit = open_page(model)
    visit.open_picture(shapes())
    visit.by_id("preparing").wait_for()

    points: list[tuple[float, float, Button]] = [
        (*SQUARE, "left"),
        (*GROUND, "right"),
        (*BAR, "left"),
        (*DISC, "right"),
    ]
    for x, y, button in points:
        visit.click(x, y, wait=None, button=button)
    during = visit.by_id("preparing").is_visible(), visit.mask_state
    model.encode_gate.set()
    visit.wait_for_clicks(4)

    assert during == (True, "queued")
    assert model.num_encodings == 1
    sent = [click[:2] for click in visit.sent[-1]["clicks"]]
    assert sent == [near(x, y) for x, y, _ in points]
    assert [sign for _, _, sign in visit.sent[-1]["clicks"]] == [1, -1, 1, -1]
    assert visit.objects[-1]["area"] > 60 * 60


def test_b8_every_click_has_a_mark_and_is_obeyed(visit: Visit) -> None:
    visit.open_sample()
    rng = np.random.default_rng(3)

    for num in range(12):
        x, y = rng.uniform((5, 5), (446, 295))
        is_negative = num > 0 and rng.random() < 0.5
        visit.click(x, y, wait=None, button="right" if is_negative else "left")
        visit.wait_for_clicks(num + 1)

    _check_answers(visit, 12)


@pytest.mark.slow
def test_b8_the_shipped_model_obeys_every_click(open_page: OpenPage) -> None:
    from gpcis_backend.inference.load import load_predictor

    visit = open_page(load_predictor(None, None))
    visit.page.set_default_timeout(60_000)
    visit.open_sample()

    points: list[tuple[float, float, Button]] = [
        (230, 180, "left"),
        (20, 30, "right"),
        (300, 120, "left"),
        (430, 280, "right"),
        (232, 184, "right"),  # on the cat: hardly what the model expects
    ]
    for num, (x, y, button) in enumerate(points):
        visit.click(x, y, wait=None, button=button)
        visit.wait_for_clicks(num + 1)

    _check_answers(visit, 5)
    assert 0.1 < visit.objects[-1]["area"] / (451 * 300) < 0.9


def test_b8_clicks_that_look_the_same_are_forced_and_said(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)

    visit.click(*BAR, button="right", wait=None)
    visit.wait_for_clicks(2)
    quiet = visit.page.get_by_text(_SAME).count()
    visit.click(90, 90, button="right", wait=None)
    visit.wait_for_clicks(3)

    marks = visit.objects[-1]["marks"]
    forced = [name for name, mark in marks.items() if mark == "forced"]
    assert quiet == 0
    assert forced
    assert visit.page.get_by_text(_SAME).is_visible()
    for name, mark in marks.items():
        has_mark = "!" in visit.by_id(f"click-{name}").inner_text()
        assert has_mark is (mark == "forced")
    assert (visit.pixels[..., :3] == _WARNING).all(axis=2).any()
    _check_answers(visit, 3)


def test_b8_opposite_clicks_on_one_pixel_are_a_conflict(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    _zoom_to(visit, 25, DISC)

    visit.click(220.2, 80.2, wait=None)
    visit.wait_for_clicks(2)
    visit.click(220.8, 80.8, wait=None, button="right")
    visit.wait_for_clicks(3)

    assert list(visit.objects[-1]["marks"].values())[:2] == ["ok", "conflict"]
    assert visit.page.get_by_text("Two opposite clicks hit the same pixel").is_visible()
    _check_answers(visit, 3)


def _check_answers(visit: Visit, count: int) -> None:
    """One mark per click; the pixel under each that holds is on its side."""
    asked = visit.asked("/segment")
    assert len(asked) == count
    for request, mask in zip(asked, masks(visit), strict=True):
        header, _ = body(request)
        clicks = (request.post_data_json or {})["clicks"]
        assert len(header["marks"]) == len(clicks)
        for (x, y, sign), mark in zip(clicks, header["marks"], strict=True):
            if mark != "conflict":
                assert mask[int(y), int(x)] == (sign > 0)


def _chart() -> Pixels:
    """A large grey picture with a red and a blue square."""
    pixels = np.full((1200, 1600, 3), GREY, dtype=np.uint8)
    for (centre, side), colour in ((_LARGE, RED), (_SMALL, BLUE)):
        left, top = (int(value) - side // 2 for value in centre)
        pixels[top : top + side, left : left + side] = colour
    return pixels


def _zoom_to(
    visit: Visit, scale: float, centre: tuple[float, float], ratio: int = 1
) -> None:
    """To this scale by the wheel, over an image point.

    Chromium's automation divides what a wheel turns by the pixel ratio.
    """
    visit.press("z")
    stage = visit.canvas.bounding_box()
    assert stage is not None
    target = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    place = visit.place(*centre)
    _pan(visit, (target[0] - place[0], target[1] - place[1]))
    visit.page.mouse.move(*visit.place(*centre))
    steps = 8
    for _ in range(steps):
        visit.page.mouse.wheel(0, -np.log(scale) / _WHEEL / steps * ratio)
    visit.until("(scale) => Math.abs(__gpcis.viewport.scale / scale - 1) < 1e-3", scale)
    visit.settle()


def _pan(visit: Visit, by: tuple[float, float]) -> None:
    """With the middle button, from the middle of the stage."""
    box = visit.canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visit.page.mouse.move(x, y)
    visit.page.mouse.down(button="middle")
    visit.page.mouse.move(x + by[0] / 2, y + by[1] / 2)
    visit.page.mouse.move(x + by[0], y + by[1])
    visit.page.mouse.up(button="middle")
    visit.settle()


def _found(visit: Visit, colour: Sequence[int], ratio: int) -> tuple[float, float]:
    """Centre of what the canvas shows in a colour, in CSS pixels of the window."""
    axis = np.subtract(colour, GREY)
    shown = visit.pixels[..., :3].astype(np.float64) - GREY
    share = (shown @ axis / (axis @ axis)).clip(0, 1)  # antialiased pixels count partly
    share[np.linalg.norm(shown - share[..., None] * axis, axis=2) > 12] = 0
    rows, cols = np.mgrid[: share.shape[0], : share.shape[1]] + 0.5
    box = visit.canvas.bounding_box()
    assert box is not None
    x, y = ((share * each).sum() / share.sum() / ratio for each in (cols, rows))
    return box["x"] + x, box["y"] + y
