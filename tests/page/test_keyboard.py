"""H: hands on the keyboard, eyes closed, or tired of motion."""

import re
from itertools import pairwise

import pytest

from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.models import StagedToy
from page.pictures import DISC, GROUND, SQUARE, png_of, shapes
from page.stored import add_image, exported, open_stored, wait_until_saved
from page.visit import Visit

TWO_CLASSES = Settings(class_names=("cat", "dog"))
BESIDE_DOT = (90.5, 90.5)  # in the square
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


def test_h4_keys_of_clicks(open_page: OpenPage) -> None:
    visit = open_page()
    visit.open_picture(shapes())
    keys = _Keys(visit, "Clicks")
    visit.focus_stage()

    visit.press("ArrowRight")  # the cursor appears in the middle
    for arrow, x, y in (("←", -1, 0), ("→", 1, 0), ("↑", 0, -1), ("↓", 0, 1)):
        for held, step in (("", 1), ("Shift+", 10), ("Ctrl+", 50)):
            column, row = _cursor(visit)
            keys.strike(held + arrow)
            assert _cursor(visit) == (column + step * x, row + step * y)

    keys.strike("P")
    visit.wait_for_clicks(1)
    visit.press("Control+ArrowUp")
    keys.strike("M")
    visit.wait_for_clicks(2)
    assert [click["sign"] for click in visit.clicks] == [1, -1]
    keys.strike("X")
    assert visit.by_id("tool-negative").get_attribute("aria-pressed") == "true"
    keys.strike("Ctrl+Z")
    assert len(visit.clicks) == 1
    keys.strike("Ctrl+Shift+Z")
    assert len(visit.clicks) == 2
    visit.press("Control+z")
    keys.strike("Ctrl+Y")
    assert len(visit.clicks) == 2
    for key in ("Delete", "Backspace"):
        last = visit.clicks[-1]
        visit.page.mouse.move(*visit.place(last["x"], last["y"]))
        keys.strike(key)
        assert last not in (visit.clicks if visit.objects else [])
        visit.press("Control+z")
    keys.strike("R")
    assert visit.clicks == []
    keys.check_all_struck()


def test_h4_keys_of_objects(open_page: OpenPage) -> None:
    names = tuple(f"class {number}" for number in range(1, 10))
    visit = open_page(settings=Settings(class_names=names))
    visit.open_picture(shapes())
    keys = _Keys(visit, "Objects")
    visit.focus_stage()

    visit.click(*SQUARE)
    keys.strike("Enter")
    assert visit.objects[0]["state"] == "finished"
    visit.click(*DISC)
    keys.strike("E")
    assert visit.objects[1]["state"] == "finished"
    keys.strike("W")
    visit.click(*SQUARE)
    assert len(visit.objects) == 3
    keys.strike("Escape")
    assert len(visit.objects) == 2
    keys.strike("J")
    assert visit.read("state.view.selected") == "o1"
    visit.press("j")
    keys.strike("K")
    assert visit.read("state.view.selected") == "o1"
    for number in range(9, 0, -1):
        visit.press(str(number))
        assert visit.objects[0]["class"] == f"class {number}"
    keys.note("1 – 9")
    num_sent = len(visit.sent)
    keys.strike(".")
    visit.until("() => __gpcis.state.work.objects[0].threshold === 0.52")
    visit.wait_for("final")
    keys.strike(",")
    visit.until("() => __gpcis.state.work.objects[0].threshold === 0.5")
    visit.wait_for("final")
    assert len(visit.sent) == num_sent + 2
    keys.strike("L")
    assert not visit.by_id("protect").is_checked()
    keys.strike("0")
    visit.until("() => document.activeElement.type === 'search'")
    visit.page.keyboard.type("class 7")
    visit.press("Enter")
    assert visit.objects[0]["class"] == "class 7"
    keys.check_all_struck()


def test_h4_keys_of_images(visit: Visit) -> None:
    for name, shade in (("a.png", 0), ("b.png", 1), ("c.png", 2)):
        add_image(visit, png_of(shapes() + shade), name)
    open_stored(visit)
    keys = _Keys(visit, "Images")
    visit.page.evaluate("document.activeElement.blur()")

    for key, name in (("D", "b.png"), ("A", "a.png"), ("→", "b.png"), ("←", "a.png")):
        keys.strike(key)
        visit.wait_until_open(name)
    visit.click(*SQUARE)
    keys.strike("G")
    visit.wait_until_open("b.png")
    visit.press("a")
    visit.wait_until_open("a.png")
    assert [each["state"] for each in visit.objects] == ["finished"]
    keys.strike("Shift+Enter")
    assert visit.read("state.status") == "done"
    keys.check_all_struck()


def test_h4_keys_of_the_view(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    keys = _Keys(visit, "View")
    visit.focus_stage()
    fitted = visit.read("viewport")
    masked = visit.colour_at(*BESIDE_DOT)

    keys.strike("Z")
    assert visit.read("viewport.scale") == 1
    for key in ("+", "="):
        before = visit.read("viewport.scale")
        keys.strike(key)
        assert visit.read("viewport.scale") > before
    keys.strike("-")
    assert visit.read("viewport.scale") == pytest.approx(before)
    keys.strike("F")
    assert visit.read("viewport") == fitted

    keys.down("Space")
    visit.drag(SQUARE, DISC)
    keys.up("Space")
    assert visit.read("viewport") != fitted
    visit.press("f")
    assert len(visit.clicks) == 1

    keys.down("H")
    hidden = visit.colour_at(*BESIDE_DOT)
    keys.up("H")
    assert (hidden != masked, visit.colour_at(*BESIDE_DOT)) == (True, masked)
    for key in ("Shift+H", "O"):
        keys.strike(key)
        assert visit.colour_at(*BESIDE_DOT) == hidden
        visit.press(key)
        assert visit.colour_at(*BESIDE_DOT) == masked

    keys.down("U")
    visit.by_id("legend").wait_for()
    keys.up("U")
    visit.by_id("legend").wait_for(state="detached")
    keys.strike("Shift+U")
    visit.by_id("legend").wait_for()
    visit.press("Shift+U")
    visit.by_id("legend").wait_for(state="detached")
    keys.check_all_struck()


def test_h4_keys_of_the_page(visit: Visit) -> None:
    visit.open_picture(shapes())
    keys = _Keys(visit, "Page")
    visit.click(*SQUARE)

    keys.strike("Ctrl+S")
    wait_until_saved(visit)
    keys.strike("Ctrl+E")
    visit.page.wait_for_selector("dialog[open]")
    visit.page.get_by_role("heading", name="Export").wait_for()
    _close_dialog(visit)
    keys.strike("?")
    visit.page.wait_for_selector("dialog[open]")
    visit.page.get_by_role("heading", name="Keys and gestures").wait_for()
    _close_dialog(visit)
    keys.strike("\\")
    visit.by_id("threshold").wait_for(state="detached")
    visit.press("\\")
    visit.by_id("threshold").wait_for()
    keys.check_all_struck()


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


class _Keys:
    """The keys of one part of the sheet, each to be struck."""

    def __init__(self, visit: Visit, part: str) -> None:
        self._visit = visit
        self._open: list[str] = []
        visit.press("?")
        visit.page.wait_for_selector("dialog[open]")
        section = visit.page.locator("dialog section", has_text=re.compile(f"^{part}"))
        self._open = section.locator("kbd").all_inner_texts()
        assert self._open
        _close_dialog(visit)

    def strike(self, key: str) -> None:
        """Press the key, as the sheet writes it."""
        self.note(key)
        self._visit.press(_stroke(key))

    def down(self, key: str) -> None:
        """Hold it."""
        self.note(key)
        self._visit.page.keyboard.down(_stroke(key))

    def up(self, key: str) -> None:
        """Let it go."""
        self._visit.page.keyboard.up(_stroke(key))

    def note(self, key: str) -> None:
        """It has had its turn."""
        assert key in self._open, f"{key} is not on the sheet, or was struck before"
        self._open.remove(key)

    def check_all_struck(self) -> None:
        assert self._open == []


def _stroke(key: str) -> str:
    """A key of the sheet in Playwright's words."""
    arrows = {"←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown"}
    *held, last = key.split("+") if len(key) > 1 else [key]
    last = arrows.get(last, last)
    is_letter = len(last) == 1 and last.isalpha()
    held = ["Control" if it == "Ctrl" else it for it in held]
    return "+".join([*held, last.lower() if is_letter and not held else last])


def _cursor(visit: Visit) -> tuple[int, int]:
    """Where the page says that the cursor is."""
    visit.settle()
    foot = visit.page.get_by_role("contentinfo").inner_text()
    found = re.search(r"x (\d+) y (\d+)", foot)
    assert found is not None, foot
    return int(found[1]), int(found[2])


def _close_dialog(visit: Visit) -> None:
    visit.press("Escape")
    visit.page.wait_for_selector("dialog", state="detached")


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
