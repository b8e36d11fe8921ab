"""H4: every key of the sheet does what it says."""

import re

import pytest

from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.pictures import DISC, SQUARE, png_of, shapes
from page.stored import add_image, open_stored, wait_until_saved
from page.visit import Visit

BESIDE_DOT = (90.5, 90.5)  # in the square


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
