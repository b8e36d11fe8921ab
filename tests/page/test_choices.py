"""A10, E2: a theme for good, and the layer that shows what the model does not know."""

from typing import get_args

import pytest

from page.conftest import OpenPage, Theme
from page.models import StagedToy
from page.pictures import BAR, DISC, SQUARE, shapes
from page.visit import Visit

BACKGROUND = {"dark": "rgb(20, 22, 26)", "light": "rgb(246, 247, 249)"}
BESIDE_DOT = (90.5, 90.5)  # in the square


class _Sure(StagedToy):
    """A model that cannot say how sure it is."""

    has_latent = False


@pytest.mark.parametrize("system", get_args(Theme))
def test_a10_the_theme_outlives_a_reload(open_page: OpenPage, system: Theme) -> None:
    visit = open_page(theme=system)
    assert _background(visit) == BACKGROUND[system]

    for chosen in ("dark", "light"):
        visit.by_id("theme").click()
        assert _background(visit) == BACKGROUND[chosen]
        visit.page.reload()
        visit.by_id("empty").wait_for()
        assert _background(visit) == BACKGROUND[chosen]
        assert chosen in (visit.by_id("theme").get_attribute("aria-label") or "")

    visit.by_id("theme").click()
    visit.page.reload()
    visit.by_id("empty").wait_for()
    assert _background(visit) == BACKGROUND[system]


def test_a10_the_theme_is_there_before_the_page_s_script(open_page: OpenPage) -> None:
    visit = open_page(theme="dark")
    visit.by_id("theme").click()
    visit.by_id("theme").click()

    visit.page.route("**/assets/*.js", lambda route: route.abort())
    visit.page.reload()

    assert visit.page.locator("#page").inner_text() == ""
    assert _background(visit) == BACKGROUND["light"]
    scripts = visit.page.locator("script:not([src])").count()
    assert scripts == 0


def test_e2_doubt_is_shown_while_u_is_held_with_a_legend_in_numbers(
    visit: Visit,
) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    before = visit.pixels
    legend = visit.by_id("legend")

    visit.page.keyboard.down("u")
    legend.locator("li").first.wait_for()
    numbers = [float(text) for text in legend.locator("li").all_inner_texts()]
    colours = legend.locator("rect").evaluate_all(
        "(all) => all.map((at) => at.getAttribute('fill'))"
    )
    near, far = visit.colour_at(*BESIDE_DOT), visit.colour_at(300, 220)
    held = visit.pixels
    visit.page.keyboard.up("u")
    legend.wait_for(state="detached")

    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[-1]
    assert len(set(colours)) == len(numbers) >= 3
    assert near != far
    assert (held != before).any()
    assert (visit.pixels == before).all()
    wishes = [body["want"] for body in visit.sent]
    assert [want for want in wishes if "var" in want] == [wishes[-1]]


def test_e2_doubt_that_stays_on_follows_the_clicks(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)

    visit.press("Shift+U")
    visit.by_id("legend").locator("li").first.wait_for()
    for count, point in enumerate((DISC, BAR), start=2):
        visit.click(*point, wait=None)
        visit.wait_for_clicks(count)
        visit.by_id("legend").locator("li").first.wait_for()

    asked = [len(body["clicks"]) for body in visit.sent if "var" in body["want"]]
    assert asked == [1, 2, 3]
    visit.press("Shift+U")
    visit.by_id("legend").wait_for(state="detached")


def test_e2_a_model_without_variance_says_so(open_page: OpenPage) -> None:
    visit = open_page(_Sure())
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    num_sent = len(visit.sent)

    visit.page.keyboard.down("u")
    visit.by_id("toast").wait_for()
    visit.page.keyboard.up("u")

    assert visit.toasts == ["no-doubt"]
    assert "cannot say how unsure" in visit.by_id("toast").inner_text()
    assert visit.by_id("legend").count() == 0
    assert len(visit.sent) == num_sent


def _background(visit: Visit) -> str:
    colour: str = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour
