"""The page in windows of all sizes, in both themes, for eyes of all kinds."""

import re
from pathlib import Path

import pytest

from page.conftest import OpenPage, Theme
from page.models import StagedToy
from page.pictures import BAR, DISC, GROUND, SQUARE, shapes
from page.visit import Visit

_DESKTOPS = [(1280, 800), (1440, 900)]
_WINDOWS = [*_DESKTOPS, (820, 1180), (390, 844)]
_DIALOGS = ["shortcuts", "settings", "export", "import", "classes-edit"]
_SMALLEST, _CANVAS_SHARE = 24, 0.55

_TARGETS = """
() => [...document.querySelectorAll("button, a, [role=option], input, select, summary")]
  .filter((part) => part.checkVisibility({ visibilityProperty: true }))
  .map((part) => {
    const { left, right, width, height } = part.getBoundingClientRect();
    const name = part.dataset.testid ?? part.ariaLabel ?? part.textContent;
    return { name, left, right, width, height, tag: part.tagName };
  })"""
_GROUND = "getComputedStyle(document.body).backgroundColor"
_AXE = """
async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`));
}"""


@pytest.mark.parametrize("size", _WINDOWS)
def test_a3_nothing_scrolls_sideways_and_buttons_can_be_hit(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    visit = open_page(size=size)

    for arrange in (_empty, _editing, _with_messages):
        arrange(visit)

        width = visit.page.evaluate("document.documentElement.scrollWidth")
        targets = visit.page.evaluate(_TARGETS)
        assert width == size[0]
        assert len(targets) > 8
        for it in targets:
            is_button = it["tag"] == "BUTTON"
            smallest = min(it["width"], it["height"])
            assert smallest >= _SMALLEST or not is_button, it
            assert it["left"] >= 0, it
            assert it["right"] <= size[0], it


@pytest.mark.parametrize("size", _DESKTOPS)
def test_a3_most_of_a_desktop_window_is_canvas(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    visit = open_page(size=size)

    visit.open_sample()

    box = visit.canvas.bounding_box()
    assert box is not None
    assert box["width"] * box["height"] >= _CANVAS_SHARE * size[0] * size[1]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a4_axe_finds_nothing_serious(
    open_page: OpenPage, root: Path, theme: Theme
) -> None:
    script = root / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        pytest.skip("no axe-core: run `npm ci` in frontend")
    model = StagedToy()
    visit = open_page(model, theme=theme, bypass_csp=True, reduced_motion="reduce")
    visit.page.add_script_tag(path=script)

    def check(scene: str) -> None:
        assert visit.page.evaluate(_AXE) == [], f"{scene}, {theme}"

    _empty(visit)
    check("empty")
    _editing(visit)
    check("editing")
    for name in _DIALOGS:
        visit.by_id(name).click()
        visit.page.get_by_role("dialog").wait_for()
        check(name)
        visit.press("Escape")
    _with_messages(visit)
    model.failures.append(RuntimeError("for the test"))
    visit.click(*DISC, button="right", wait="error")
    check("toasts")


def _empty(visit: Visit) -> None:
    visit.by_id("empty").wait_for()


def _editing(visit: Visit) -> None:
    """One finished object, one being clicked."""
    visit.open_picture(shapes(), "a rather long name of a picture from a camera.png")
    visit.click(*SQUARE)
    visit.press("Enter")
    visit.click(*BAR)
    visit.click(*GROUND, button="right")


def _with_messages(visit: Visit) -> None:
    visit.add_file("notes.txt", b"only words", "text/plain")
    visit.by_id("toast").wait_for()


@pytest.mark.parametrize("theme", ["dark", "light", "auto"])
def test_a10_a_chosen_theme_survives_a_reload(open_page: OpenPage, theme: str) -> None:
    visit = open_page(theme="light" if theme == "dark" else "dark")
    visit.by_id("settings").click()
    visit.by_id(f"theme-{theme}").click()
    chosen = visit.page.evaluate(_GROUND)

    visit.page.route("**/assets/*.js", lambda route: route.abort())
    visit.page.reload()  # what is shown now is due to the script in the head
    early = visit.page.evaluate(_GROUND)
    visit.page.unroute("**/assets/*.js")
    visit.page.reload()
    visit.by_id("empty").wait_for()

    is_dark = sum(int(part) for part in re.findall(r"\d+", chosen)[:3]) < 200
    assert is_dark is (theme != "light")
    assert early == chosen
    assert visit.page.evaluate(_GROUND) == chosen
