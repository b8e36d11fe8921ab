"""D: objects one after the other, their class, protection, number and looks."""

import numpy as np

from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.masks import LEFT, RIGHT, half, shown_mask, two_halves
from page.pictures import DISC, SQUARE, shapes
from page.visit import Visit

TWO_CLASSES = Settings(class_names=("cat", "dog"))


def test_d1_enter_finishes_and_the_class_sticks_to_the_next_object(
    open_page: OpenPage,
) -> None:
    visit = open_page(settings=TWO_CLASSES)
    visit.open_picture(shapes())
    visit.press("2")
    visit.click(*SQUARE)

    visit.press("Enter")
    visit.wait_for("none")
    visit.click(*DISC)

    first, second = visit.objects
    assert (first["state"], first["class"]) == ("finished", "dog")
    assert (second["state"], second["class"]) == ("open", "dog")
    assert [len(each["clicks"]) for each in (first, second)] == [1, 1]


def test_d1_a_digit_relabels_the_selected_object_only(open_page: OpenPage) -> None:
    visit = open_page(settings=TWO_CLASSES)
    visit.open_picture(shapes())
    _finish(visit, SQUARE)
    _finish(visit, DISC)
    visit.click(*SQUARE)
    num_sent = len(visit.sent)

    visit.press("2")

    assert [each["class"] for each in visit.objects] == ["dog", "cat"]
    assert visit.by_id("class-dog").get_attribute("aria-pressed") == "true"
    assert "dog" in visit.by_id("object-o1").inner_text()
    assert len(visit.sent) == num_sent


def test_d2_a_reopened_object_has_its_clicks_and_a_negative_one_shrinks_it(
    visit: Visit,
) -> None:
    visit.open_picture(two_halves())
    _finish(visit, LEFT)
    clicks = visit.clicks
    np.testing.assert_array_equal(shown_mask(visit, "o1"), half(0) | half(1))

    visit.click(*RIGHT)
    visit.press("Enter")
    visit.until("() => __gpcis.state.work.open?.id === 'o1'")
    reopened = visit.clicks
    visit.click(*RIGHT, button="right", wait=None)
    visit.wait_for_clicks(2)

    assert reopened == clicks
    assert [click["sign"] for click in visit.clicks] == [1, -1]
    np.testing.assert_array_equal(shown_mask(visit, "o1"), half(0))


def test_d4_a_finished_mask_is_neither_covered_nor_changed(visit: Visit) -> None:
    visit.open_picture(two_halves())
    _finish_left_half(visit)

    visit.press("w")
    visit.click(*RIGHT)
    shown = visit.colour_at(*LEFT)
    visit.press("Enter")
    visit.wait_for("none")

    np.testing.assert_array_equal(shown_mask(visit, "o1"), half(0))
    np.testing.assert_array_equal(shown_mask(visit, "o2"), half(1))
    assert shown == visit.colour_at(*LEFT)


def test_d4_without_protection_masks_may_overlap(visit: Visit) -> None:
    visit.open_picture(two_halves())
    _finish_left_half(visit)
    visit.by_id("protect").uncheck()

    visit.press("w")
    visit.click(*RIGHT)
    visit.press("Enter")
    visit.wait_for("none")

    np.testing.assert_array_equal(shown_mask(visit, "o1"), half(0))
    np.testing.assert_array_equal(shown_mask(visit, "o2"), half(0) | half(1))


def test_d4_a_click_inside_a_finished_object_says_why_it_is_not_obeyed(
    visit: Visit,
) -> None:
    visit.open_picture(two_halves())
    _finish_left_half(visit)

    visit.press("w")
    visit.click(LEFT[0] + 10, LEFT[1])

    bar = visit.page.get_by_role("toolbar", name="Object")
    assert "Inside a finished object; switch off protect." in bar.inner_text()
    assert "!" in visit.by_id(f"click-{visit.clicks[0]['id']}").inner_text()
    visit.press("l")
    visit.settle()
    assert "Inside a finished object" not in bar.inner_text()


def test_d6_masks_hide_while_h_is_held_and_until_shift_h(visit: Visit) -> None:
    visit.open_picture(shapes())
    photo = visit.colour_at(*DISC)
    _finish(visit, SQUARE)
    _finish(visit, DISC)
    masked = visit.colour_at(*DISC)

    visit.page.keyboard.down("h")
    held = visit.colour_at(*DISC)
    visit.page.keyboard.up("h")
    released = visit.colour_at(*DISC)
    visit.press("Shift+H")
    hidden = visit.colour_at(*DISC)
    visit.press("Shift+H")

    assert photo != masked
    assert (held, released, hidden) == (photo, masked, photo)
    assert visit.colour_at(*DISC) == masked


def test_d6_outline_only_takes_the_fill_and_leaves_the_edge(visit: Visit) -> None:
    visit.open_picture(shapes())
    photo, ground = visit.colour_at(*SQUARE), visit.pixels
    _finish(visit, SQUARE)
    masked = visit.colour_at(*SQUARE)

    visit.press("o")

    assert visit.colour_at(*SQUARE) == photo != masked
    changed = (visit.pixels != ground).any(axis=2)
    assert changed.any()
    assert visit.by_id("outline-only").is_checked()
    visit.press("o")
    assert visit.colour_at(*SQUARE) == masked


def test_d6_opacity_goes_from_the_photo_to_the_colour_and_back(visit: Visit) -> None:
    visit.open_picture(shapes())
    photo = visit.colour_at(*SQUARE)
    _finish(visit, SQUARE)
    masked = visit.colour_at(*SQUARE)
    slider, was = visit.by_id("opacity"), visit.by_id("opacity").input_value()

    slider.fill("0")
    clear = visit.colour_at(*SQUARE)
    slider.fill("1")
    full = visit.colour_at(*SQUARE)
    slider.fill(was)

    assert clear == photo
    distance = [_apart(colour, photo) for colour in (clear, masked, full)]
    assert distance == sorted(distance)
    assert distance[0] < distance[1] < distance[2]
    assert visit.colour_at(*SQUARE) == masked


def test_d6_a_locked_object_is_neither_selected_by_click_nor_changed(
    open_page: OpenPage,
) -> None:
    visit = open_page(settings=TWO_CLASSES)
    visit.open_picture(shapes())
    _finish(visit, SQUARE)
    (before,) = visit.objects

    visit.by_id("lock-o1").click()
    visit.click(SQUARE[0] + 5, SQUARE[1])
    second = visit.objects[-1]["id"]
    visit.by_id("cancel-object").click()
    visit.by_id("object-o1").click()
    visit.press("2", "Delete", ".", "Enter")

    assert second == "o2"
    (locked,) = visit.objects
    same = ("class", "clicks", "threshold", "bbox", "area", "state", "rev")
    assert {key: locked[key] for key in same} == {key: before[key] for key in same}
    assert visit.by_id("delete-o1").is_disabled()

    visit.by_id("lock-o1").click()
    visit.press("2")
    assert visit.objects[0]["class"] == "dog"
    visit.press("Escape")
    visit.click(*SQUARE)
    assert visit.read("state.view.selected") == "o1"


def test_d6_the_eye_hides_one_object_and_brings_it_back(visit: Visit) -> None:
    visit.open_picture(shapes())
    photo = visit.colour_at(*SQUARE)
    _finish(visit, SQUARE)
    _finish(visit, DISC)
    red, green = visit.colour_at(*SQUARE), visit.colour_at(*DISC)

    visit.by_id("visible-o1").click()
    hidden = visit.colour_at(*SQUARE), visit.colour_at(*DISC)
    visit.by_id("visible-o1").click()

    assert hidden == (photo, green)
    assert visit.colour_at(*SQUARE) == red != photo


def _finish(visit: Visit, point: tuple[float, float]) -> None:
    visit.click(*point)
    visit.press("Enter")
    visit.wait_for("none")


def _finish_left_half(visit: Visit) -> None:
    visit.click(*LEFT)
    visit.click(*RIGHT, button="right", wait=None)
    visit.wait_for_clicks(2)
    visit.press("Enter")
    visit.wait_for("none")


def _apart(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
