"""H: hands on the keyboard, eyes closed, or tired of motion."""

from itertools import pairwise

import pytest

from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.models import StagedToy
from page.pictures import DISC, GROUND, SQUARE, png_of, shapes
from page.stored import exported
from page.visit import Visit

TWO_CLASSES = Settings(class_names=("cat", "dog"))
MOST_TABS = 80
NO_MOUSE = """
window.__pointers = 0;
addEventListener("pointerdown", () => { window.__pointers += 1; }, true);
"""
_NAME = """(at) => at === document.body ? "body"
  : at.dataset.testid || at.id || at.getAttribute("aria-label") || at.tagName"""
_FOCUSED = f"() => ({_NAME})(document.activeElement)"
_FOCUSABLE = f"""() => [...document.querySelectorAll(
    "button, input, select, a[href], canvas, [tabindex='0']")]
  .filter((at) => !at.disabled && at.checkVisibility() && at.tabIndex >= 0)
  .map({_NAME})"""
_SAID = """
window.__said = [];
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
  const text = document.querySelector("[data-testid=live-region]")?.textContent ?? "";
  const last = window.__said.at(-1)?.[0] ?? "";
  if (text !== last) window.__said.push([text, performance.now()]);
}).observe(document, { subtree: true, childList: true, characterData: true }));
"""
_MOVING = """() => [...document.querySelectorAll("*")].flatMap((at) => {
  const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(at);
  const moves = /[1-9]/.test(transitionDuration) || animationName !== "none"
    || scrollBehavior === "smooth";
  return moves ? [at.className || at.tagName] : [];
})"""


def test_h1_the_whole_task_needs_no_mouse(open_page: OpenPage) -> None:
    visit = open_page(settings=TWO_CLASSES, script=NO_MOUSE)
    _tab_to(visit, "sample-1")
    visit.press("Enter")
    visit.wait_until_open()

    assert visit.page.evaluate("document.activeElement.tagName") == "CANVAS"
    visit.press("ArrowUp", "Shift+ArrowUp", "p")
    visit.wait_for("final")
    visit.press(*["Control+ArrowLeft"] * 4, "m")
    visit.wait_for_clicks(2)
    visit.press("Enter")
    visit.wait_for("none")
    visit.press("j", "2")
    visit.press("Control+e")
    _tab_to(visit, "export-start")
    with visit.page.expect_download() as download:
        visit.press("Enter")

    assert download.value.suggested_filename.endswith(".zip")
    (only,) = visit.objects
    assert (only["class"], only["state"]) == ("dog", "finished")
    first, second = only["clicks"]
    assert (first["sign"], second["sign"]) == (1, -1)
    assert (first["x"] - second["x"], first["y"] - second["y"]) == (200, 0)
    assert visit.page.evaluate("window.__pointers") == 0


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_h2_tab_goes_everywhere_and_out_again(visit: Visit, key: str) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    visit.press("Enter")
    visit.click(*DISC)
    everywhere = set(visit.page.evaluate(_FOCUSABLE))
    _until_out(visit, key)

    seen = _until_out(visit, key)

    assert everywhere - set(seen) == set()


def test_h2_the_focus_is_never_lost(open_page: OpenPage) -> None:
    visit = open_page(settings=TWO_CLASSES)
    visit.open_picture(shapes())
    for point in (SQUARE, DISC):
        visit.click(*point)
        visit.press("Enter")
        visit.wait_for("none")

    for opener in ("shortcuts", "export", "import", "settings", "classes-edit"):
        visit.by_id(opener).focus()
        visit.press("Enter")
        visit.page.wait_for_selector("dialog[open]")
        inside = visit.page.evaluate("!!document.activeElement.closest('dialog')")
        visit.press("Escape")
        visit.page.wait_for_selector("dialog", state="detached")
        assert (inside, visit.page.evaluate(_FOCUSED)) == (True, opener)

    visit.by_id("delete-o2").focus()
    visit.press("Enter")
    visit.until("() => __gpcis.state.work.objects.length === 1")
    visit.settle()
    assert visit.page.evaluate(_FOCUSED) != "body"
    visit.press("Control+z", "0")
    visit.until("() => document.activeElement.type === 'search'")
    visit.press("Escape")
    visit.settle()
    assert visit.page.evaluate(_FOCUSED) != "body"


def test_h3_what_happens_is_said_a_sentence_a_second(open_page: OpenPage) -> None:
    visit = open_page(script=_SAID)
    region = visit.by_id("live-region")
    visit.open_picture(shapes())

    visit.click(*SQUARE)
    _heard(visit, "Positive click 1 at 70, 70. Mask covers 5%.")
    visit.click(*GROUND, button="right")
    _heard(visit, "Negative click 2 at 20, 20. Mask covers 5%.")
    visit.press("Enter")
    _heard(visit, "Object 1 is finished.")
    visit.press("Control+z")
    _heard(visit, "Undone: finishing.")
    visit.press("Control+Shift+z")
    _heard(visit, "Redone: finishing.")
    for key in ("Control+z", "Control+z", "Control+z", "Control+y"):
        visit.press(key)
    _heard(visit, "Redone: click.")

    assert region.get_attribute("aria-live") == "polite"
    said = visit.page.evaluate("window.__said")
    times = [time for _, time in said]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 950  # ms; timers may be early by a little


def test_h5_who_wants_less_motion_sees_none(open_page: OpenPage) -> None:
    model = StagedToy()
    lively, calm = (
        open_page(model, reduced_motion=wish) for wish in ("no-preference", "reduce")
    )
    model.encode_gate.clear()

    for visit in (lively, calm):
        assert visit is lively or visit.page.evaluate(_MOVING) == []
        visit.add_file("a.png", png_of(shapes()))
        visit.wait_until_open()
        visit.click(*SQUARE, wait="queued")
    frames = calm.read("counters.frames")
    lively_frames = lively.read("counters.frames")
    lively.until("(frames) => __gpcis.counters.frames > frames + 2", lively_frames)

    assert calm.read("counters.frames") == frames  # dots do not pulse
    assert calm.page.evaluate(_MOVING) == []
    model.encode_gate.set()
    calm.wait_for("final")
    exported(calm, "coco")
    calm.by_id("toast").wait_for()
    assert calm.page.evaluate(_MOVING) == []


def _until_out(visit: Visit, key: str) -> list[str]:
    """Press Tab until the focus leaves the page; what had it on the way."""
    seen = []
    for _ in range(MOST_TABS):
        visit.press(key)
        seen.append(visit.page.evaluate(_FOCUSED))
        if seen[-1] == "body":
            return seen
    raise AssertionError(f"Tab is trapped: {seen}")


def _tab_to(visit: Visit, name: str) -> None:
    for _ in range(MOST_TABS):
        visit.press("Tab")
        if visit.page.evaluate(_FOCUSED) == name:
            return
    raise AssertionError(f"Tab never reached {name}")


def _heard(visit: Visit, sentence: str) -> None:
    """Wait until the live region has said it."""
    visit.until("(text) => window.__said.some(([said]) => said === text)", sentence)
