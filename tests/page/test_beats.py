"""Two beats: the dot at once, the mask soon, never an older mask over a newer."""

import numpy as np
import pytest
from playwright.sync_api import APIResponse, Route

from page.conftest import OpenPage
from page.models import StagedToy
from page.pictures import DISC, SQUARE, shapes
from page.visit import Visit

# A page that cannot call anything off: whatever the server says arrives.
NO_ABORT = "AbortController.prototype.abort = () => {};"

_STATES = """
window.__states = [];
new MutationObserver((changes) => {
  for (const { target } of changes) window.__states.push(target.dataset.maskState);
}).observe(document, { subtree: true, attributeFilter: ["data-mask-state"] });
"""
# Milliseconds from the end of a press to the frame that shows its mask, click by click.
_STOPWATCH = """
window.__laps = [];
let pressed = null;
addEventListener("pointerup", (event) => { pressed = event.timeStamp; }, true);
new MutationObserver((changes) => {
  const state = changes.at(-1).target.dataset.maskState;
  if (pressed === null || (state !== "preview" && state !== "final")) return;
  const since = pressed;
  pressed = null;
  requestAnimationFrame(() => setTimeout(() =>
    window.__laps.push(performance.now() - since)));
}).observe(document, { subtree: true, attributeFilter: ["data-mask-state"] });
"""
# Milliseconds from the end of a press until the canvas changes under the pointer.
_WATCH_PIXEL = """
([x, y]) => {
  const canvas = document.querySelector("canvas");
  const read = () => canvas.getContext("2d").getImageData(x, y, 1, 1).data.join();
  const before = read();
  window.__dotMs = null;
  addEventListener("pointerup", (event) => {
    const look = () => {
      if (read() === before) return requestAnimationFrame(look);
      window.__dotMs = performance.now() - event.timeStamp;
      window.__stateThen =
        document.querySelector("[data-mask-state]").dataset.maskState;
    };
    requestAnimationFrame(look);
  }, { capture: true, once: true });
}"""
_DOT_HANG_MS, _PREVIEW_HANG_MS = 330, 1500  # ten times what they should take


def test_b2_the_dot_is_there_before_the_server_answers(open_page: OpenPage) -> None:
    model = StagedToy()
    visit = open_page(model)
    visit.open_picture(shapes())
    model.gate.clear()
    box = visit.canvas.bounding_box()
    assert box is not None
    x, y = visit.place(*SQUARE)

    visit.page.evaluate(_WATCH_PIXEL, [int(x - box["x"]), int(y - box["y"])])
    visit.page.mouse.click(x, y)
    visit.until("() => window.__dotMs !== null")
    passes = model.num_passes
    model.gate.set()
    visit.wait_for("final")

    assert passes == 0
    assert visit.page.evaluate("window.__stateThen") == "queued"
    assert visit.page.evaluate("window.__dotMs") <= _DOT_HANG_MS


def test_b5_a_preview_is_dashed_and_becomes_final(open_page: OpenPage) -> None:
    model = StagedToy(has_preview=True)
    model.refine_gate.clear()
    visit = open_page(model, script=_STATES)
    visit.open_picture(shapes())

    visit.click(*SQUARE, wait="preview")
    preview = visit.pixels
    model.refine_gate.set()
    visit.wait_for("final")
    final = visit.pixels

    states = visit.page.evaluate("window.__states")
    assert states[-3:] == ["queued", "preview", "final"]
    assert model.modes == ["preview", "refine"]
    assert [body["mode"] for body in visit.sent] == ["auto", "refine"]
    assert {body["rev"] for body in visit.sent} == {1}
    differing = (preview != final).any(axis=2)
    assert differing.any()
    assert differing[_inside_of_the_square(visit)].sum() == 0


@pytest.mark.parametrize("script", ["", NO_ABORT])
def test_b6_a_late_answer_changes_no_pixel(open_page: OpenPage, script: str) -> None:
    model = StagedToy(pace=lambda num_clicks, _: 0.9 if num_clicks == 1 else 0.1)
    visit = open_page(model, script=script)
    visit.open_picture(shapes())

    visit.click(*SQUARE, wait="queued")
    visit.click(*DISC, wait=None)
    visit.wait_for_clicks(2)
    newest = visit.pixels
    _wait_for_answers(visit, 2 if script else 1)

    assert np.array_equal(visit.pixels, newest)
    assert [body["rev"] for body in visit.sent] == [1, 2]
    assert visit.toasts == []


def test_b6_a_mask_that_comes_late_over_the_wire_is_dropped(
    open_page: OpenPage,
) -> None:
    visit = open_page(script=NO_ABORT)
    visit.open_picture(shapes())
    held: list[tuple[Route, APIResponse]] = []
    visit.page.route(
        "**/segment", lambda route: held.append((route, route.fetch())), times=1
    )

    visit.click(*SQUARE, wait="queued")
    visit.click(*DISC, wait=None)
    visit.wait_for_clicks(2)
    newest, hash_before = visit.pixels, visit.hash
    route, response = held[0]
    route.fulfill(response=response)
    _wait_for_answers(visit, 2)

    assert response.status == 200
    assert np.array_equal(visit.pixels, newest)
    assert visit.hash == hash_before
    assert visit.toasts == []


def test_b7_previews_are_painted_one_by_one_and_soon(open_page: OpenPage) -> None:
    visit = open_page(StagedToy(has_preview=True), script=_STOPWATCH)
    visit.open_sample()
    rng = np.random.default_rng(7)

    for num in range(50):
        if num % 5 == 0 and num > 0:
            visit.press("Escape")
        visit.click(*rng.uniform((5, 5), (446, 295)), wait=None)
        visit.until("(count) => window.__laps.length === count", num + 1)

    laps = visit.page.evaluate("window.__laps")
    assert len(laps) == 50
    assert np.percentile(laps, 95) <= _PREVIEW_HANG_MS


def _wait_for_answers(visit: Visit, count: int) -> None:
    """Until so many calls for masks have ended with an answer that was read."""
    for request in visit.asked("/segment")[-count:]:
        answer = request.response()
        assert answer is not None
        answer.finished()
    visit.settle()


def _inside_of_the_square(visit: Visit) -> tuple[slice, slice]:
    """Where the canvas shows neither its edge nor the dot."""
    box = visit.canvas.bounding_box()
    assert box is not None
    (left, top), (right, bottom) = visit.place(44, 44), visit.place(56, 96)
    rows = slice(int(top - box["y"]), int(bottom - box["y"]))
    return rows, slice(int(left - box["x"]), int(right - box["x"]))
