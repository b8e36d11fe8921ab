"""B9: dots can be dragged, flipped, removed and muted."""

import numpy as np

from page.dots import masks, near
from page.pictures import BAR, DISC, GROUND, SQUARE, shapes
from page.visit import Visit


def test_b9_dragging_a_dot_changes_that_click_only(visit: Visit) -> None:
    _three_clicks(visit)
    before, depth = visit.clicks, visit.read("state.log.past.length")

    visit.drag(BAR, DISC)
    visit.wait_for_clicks(3)

    after = visit.clicks
    assert [after[0], after[2]] == [before[0], before[2]]
    assert after[1] == before[1] | dict(zip("xy", near(*DISC), strict=True))
    assert visit.read("state.log.past.length") == depth + 1
    assert len(visit.sent) == 4
    visit.press("Control+z")
    assert visit.clicks == before


def test_b9_a_double_click_on_a_dot_flips_it(visit: Visit) -> None:
    _three_clicks(visit)
    before = visit.clicks

    visit.page.mouse.dblclick(*visit.place(*BAR))
    visit.until("() => __gpcis.state.work.objects[0].clicks[1].sign === -1")
    visit.wait_for_clicks(3)

    assert visit.clicks == [before[0], before[1] | {"sign": -1}, before[2]]
    assert visit.objects[-1]["area"] == 60 * 60


def test_b9_delete_removes_the_click_under_the_pointer(visit: Visit) -> None:
    _three_clicks(visit)
    before = visit.clicks

    visit.page.mouse.move(*visit.place(*BAR))
    visit.press("Delete")
    visit.wait_for_clicks(2)

    assert visit.clicks == [before[0], before[2]]


def test_b9_a_muted_click_counts_as_little_as_an_absent_one(visit: Visit) -> None:
    _three_clicks(visit)
    with_all = visit.objects[-1]["area"]

    visit.page.mouse.move(*visit.place(*GROUND))
    visit.page.mouse.click(*visit.place(*BAR), button="right")
    visit.page.get_by_role("menuitem", name="Mute").click()
    visit.wait_for_clicks(3)
    muted = visit.sent[-1]["clicks"], masks(visit)[-1]
    visit.press("Control+z")
    visit.page.mouse.move(*visit.place(*BAR))
    visit.press("Delete")
    visit.wait_for_clicks(2)
    absent = visit.sent[-1]["clicks"], masks(visit)[-1]

    assert muted[0] == absent[0]
    assert np.array_equal(muted[1], absent[1])
    assert muted[1].sum() < with_all


def _three_clicks(visit: Visit) -> None:
    """On square, bar and, negative, on the ground."""
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    visit.click(*BAR, wait=None)
    visit.wait_for_clicks(2)
    visit.click(*GROUND, button="right", wait=None)
    visit.wait_for_clicks(3)
