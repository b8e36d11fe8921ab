"""Clicks: where they land, what they mean, what becomes of them."""

import numpy as np
import pytest

from page.conftest import OpenPage
from page.models import StagedToy
from page.pictures import BAR, BLUE, DISC, GREY, GROUND, RED, SQUARE, Pixels, shapes
from page.visit import Button, Modifier, Visit
from page.zooming import found, near_to, pan, zoom_to

_MENUS = """
window.__menus = [];
addEventListener("contextmenu", (event) => window.__menus.push(event.defaultPrevented));
"""

# Where the marks of ``_chart`` are, and how large.
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
    zoom_to(visit, scale, centre, ratio)

    at = found(visit, colour, ratio)
    visit.page.mouse.click(*at)
    visit.wait_for("final")
    visit.press("Control+z")
    pan(visit, (57, -33))
    moved = found(visit, colour, ratio)
    visit.page.mouse.click(moved[0] + 10 * scale, moved[1] - 10 * scale)
    visit.wait_for("final")

    assert np.subtract(moved, at) == pytest.approx([57, -33], abs=0.1)
    (x, y), sent = centre, [body["clicks"] for body in visit.sent]
    assert sent == [[[*near_to(x, y), 1]], [[*near_to(x + 10, y - 10), 1]]]


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
    assert sent == [near_to(x, y) for x, y, _ in points]
    assert [sign for _, _, sign in visit.sent[-1]["clicks"]] == [1, -1, 1, -1]
    assert visit.objects[-1]["area"] > 60 * 60


def _chart() -> Pixels:
    """A large grey picture with a red and a blue square."""
    pixels = np.full((1200, 1600, 3), GREY, dtype=np.uint8)
    for (centre, side), colour in ((_LARGE, RED), (_SMALL, BLUE)):
        left, top = (int(value) - side // 2 for value in centre)
        pixels[top : top + side, left : left + side] = colour
    return pixels
