"""The page in headless Chromium against a real server with a model without weights."""

import io
import runpy
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from playwright.sync_api import Browser, FilePayload, Route, sync_playwright

from browser_site import CHROMIUM, FLAGS, Visit, serving
from gpcis_backend.clicks.click import Click, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.predictor import Encoding, Mode, Predictor
from rest_client import square_png
from toy_predictor import ToyPredictor

FUR, BACKGROUND = (230, 180), (20, 30)

OpenPage = Callable[[Predictor | ModelUnavailable], Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def web_dir(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as ``frontend/build.py`` makes it."""
    out = tmp_path_factory.mktemp("dist")
    runpy.run_path(str(root / "frontend" / "build.py"))["build"](out)
    return out


@pytest.fixture
def open_page(browser: Browser, web_dir: Path) -> Iterator[OpenPage]:
    """Opens the page of a server with the model given."""
    servers, pages = [], []

    def open_it(model: Predictor | ModelUnavailable) -> Visit:
        engine = model if isinstance(model, ModelUnavailable) else Engine(model)
        servers.append(serving(engine, web_dir))
        pages.append(browser.new_page(viewport={"width": 1280, "height": 800}))
        return Visit(pages[-1], servers[-1].__enter__()).start()

    yield open_it
    for page in pages:
        page.close()
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def visit(open_page: OpenPage) -> Visit:
    return open_page(ToyPredictor())


def test_two_clicks_on_a_photo_give_a_mask_that_changes(visit: Visit) -> None:
    visit.open_sample()
    photo = visit.picture

    visit.click(*FUR)
    first, covered = visit.picture, visit.status
    visit.click(*BACKGROUND, button="right")

    assert photo != first != visit.picture
    assert "Mask covers" in covered != visit.status
    _check_quiet(visit)


def test_clicks_arrive_where_they_were_made(visit: Visit) -> None:
    visit.open_sample()

    visit.click(100.5, 50.5)
    visit.click(449.5, 298.5)

    clicks = np.array(visit.sent[-1]["clicks"])
    np.testing.assert_allclose(clicks, [[100.5, 50.5, 1], [449.5, 298.5, 1]], atol=0.5)


def test_right_shift_and_alt_clicks_and_the_switch_are_negative(visit: Visit) -> None:
    visit.open_sample()
    visit.click(*FUR)

    visit.click(20, 30, button="right")
    visit.click(30, 30, modifiers=["Shift"])
    visit.click(40, 30, modifiers=["Alt"])
    visit.page.get_by_test_id("tool-negative").click()
    visit.click(50, 30)
    visit.page.keyboard.press("x")
    visit.click(60, 30)

    assert [sign for _, _, sign in visit.sent[-1]["clicks"]] == [1, -1, -1, -1, -1, 1]


def test_undo_and_redo_repaint_without_a_request(visit: Visit) -> None:
    visit.open_sample()
    photo = visit.picture
    visit.click(*FUR)
    first = visit.picture
    visit.click(*BACKGROUND, button="right")
    second, num_sent = visit.picture, len(visit.sent)

    visit.page.keyboard.press("Control+z")
    assert visit.picture == first
    visit.page.get_by_test_id("undo").click()
    assert visit.picture == photo
    visit.page.keyboard.press("Control+y")
    visit.page.get_by_test_id("redo").click()
    assert visit.picture == second
    visit.page.get_by_test_id("clear").click()
    assert visit.picture == photo
    visit.page.keyboard.press("Control+z")
    assert visit.picture == second
    assert len(visit.sent) == num_sent


def test_a_late_answer_never_paints_over_a_newer_one(open_page: OpenPage) -> None:
    visit = open_page(_SlowFirstClick())
    visit.open_sample()

    visit.click(*FUR, wait=False)
    visit.wait_for("queued")
    visit.click(*BACKGROUND, button="right")
    newest = visit.picture
    visit.page.wait_for_timeout(700)

    assert visit.picture == newest
    assert [body["rev"] for body in visit.sent] == sorted(
        body["rev"] for body in visit.sent
    )
    assert len(visit.sent[-1]["clicks"]) == 2
    _check_quiet(visit)


def test_clicks_made_while_the_image_is_on_its_way_all_count(visit: Visit) -> None:
    held: list[Route] = []
    visit.page.route("**/api/v1/images?name=*", lambda route: held.append(route))
    visit.open_sample()

    visit.click(*FUR, wait=False)
    visit.click(*BACKGROUND, button="right", wait=False)
    visit.wait_for("queued")
    held[0].continue_()
    visit.wait_for("final")

    assert len(visit.sent[-1]["clicks"]) == 2


def test_the_downloaded_mask_has_the_size_of_the_image(visit: Visit) -> None:
    visit.open_sample()
    visit.click(*FUR)

    with visit.page.expect_download() as download:
        visit.page.get_by_test_id("export").click()

    mask = np.asarray(pillow.open(download.value.path()).convert("L"))
    assert download.value.suggested_filename == "cat-mask.png"
    assert mask.shape == (300, 451)
    assert np.unique(mask).tolist() == [0, 255]
    assert mask[180, 230] == 255
    assert f"{100 * (mask > 0).mean():.1f} %" in visit.status


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_file_is_shown_even_if_only_the_server_can_read_it(
    visit: Visit, kind: str
) -> None:
    buffer = io.BytesIO()
    pillow.open(io.BytesIO(square_png())).save(buffer, kind)

    _choose(visit, f"<b>.{kind.lower()}", buffer.getvalue())
    visit.page.get_by_test_id("undo").wait_for()

    assert visit.page.get_by_test_id("image-name").inner_text().startswith("<b>.")
    assert "50 × 40" in visit.page.locator("footer").inner_text()
    _check_quiet(visit)


def test_a_file_that_is_no_image_is_told_and_nothing_is_lost(visit: Visit) -> None:
    visit.open_sample()
    visit.click(*FUR)

    _choose(visit, "notes.jpg", b"only words")
    visit.page.get_by_test_id("toast").wait_for()

    assert "not an image" in visit.page.get_by_test_id("toast").inner_text()
    assert visit.page.get_by_test_id("image-name").inner_text() == "cat.jpg"
    assert "1 click" in visit.page.get_by_role("toolbar").inner_text()


def test_a_lost_connection_keeps_the_clicks_and_retry_works(visit: Visit) -> None:
    visit.open_sample()
    visit.click(*FUR)
    visit.page.route("**/segment", lambda route: route.abort())
    visit.click(*BACKGROUND, button="right", wait=False)
    visit.wait_for("error")
    words = visit.page.get_by_test_id("toast").inner_text()

    visit.page.unroute("**/segment")
    visit.page.get_by_test_id("retry").click()
    visit.wait_for("final")

    assert "Your clicks are kept" in words
    assert visit.page.get_by_test_id("toast").is_hidden()


def test_an_image_that_the_server_has_forgotten_is_sent_again(visit: Visit) -> None:
    visit.open_sample()
    visit.click(*FUR)
    problem = {"status": 404, "body": "{}", "content_type": "application/problem+json"}
    visit.page.route("**/segment", lambda route: route.fulfill(**problem), times=1)

    visit.click(*BACKGROUND, button="right")

    uploads = [it for it in visit.requests if "images?name=" in it.url]
    assert len(uploads) == 2


def test_a_missing_model_is_said_with_what_fixes_it(open_page: OpenPage) -> None:
    visit = open_page(ModelUnavailable("No weights at x."))

    visit.page.get_by_test_id("toast").wait_for()

    words = visit.page.get_by_test_id("toast").inner_text()
    assert "No weights at x." in words
    assert "gpcis serve --checkpoint FILE" in words


@pytest.mark.parametrize("size", [(1280, 800), (820, 1180), (390, 844)])
def test_nothing_scrolls_sideways_and_buttons_can_be_hit(
    visit: Visit, size: tuple[int, int]
) -> None:
    visit.page.set_viewport_size({"width": size[0], "height": size[1]})
    visit.open_sample()
    visit.click(*FUR)

    width = visit.page.evaluate("document.documentElement.scrollWidth")
    boxes = [it.bounding_box() for it in visit.page.get_by_role("button").all()]
    assert width == size[0]
    for box in (box for box in boxes if box):
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]


@pytest.mark.slow
def test_the_shipped_model_answers_two_clicks(open_page: OpenPage) -> None:
    from gpcis_backend.inference.load import load_predictor

    visit = open_page(load_predictor(None, None))
    visit.open_sample()
    visit.click(*FUR)
    first = visit.picture
    visit.click(*BACKGROUND, button="right")

    assert visit.picture != first
    _check_quiet(visit)


class _SlowFirstClick(ToyPredictor):
    """Takes its time for the first click, so that a second one overtakes it."""

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        if len(clicks) == 1:
            time.sleep(0.4)
        return super().predict(encoding, clicks, prev_mask, view=view, mode=mode)


def _choose(visit: Visit, name: str, data: bytes) -> None:
    payload: FilePayload = {"name": name, "mimeType": "image/*", "buffer": data}
    visit.page.set_input_files('[data-testid="file"]', payload)


def _check_quiet(visit: Visit) -> None:
    """No complaint of the browser, no request that leaves the machine."""
    assert visit.complaints == []
    assert all(it.url.startswith((visit.url, "blob:")) for it in visit.requests)
