"""What the page takes from a click to its mask, in a real browser and from end to end.

Chromium without a window opens a sample, clicks at drawn places and undoes the clicks.
The clock is the browser's own.  Nothing here is a test.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from waitress import create_server

from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.app import create_app
from gpcis_backend.server.codec import Header, from_mask_body
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
_CLICKS_PER_OBJECT = 5
_CELLS = 12  # of a grid over the stage, on each side
_MARGIN = 40  # CSS pixels of the stage that are not clicked
_BAR = 60  # at the stage's foot, with the buttons of the object
_TIMEOUT_MS = 120_000

# Notes when a click ended, when its dot and its mask were painted; the same of keys.
_CLOCK = """
window.__clicks = [];
window.__keys = [];
performance.setResourceTimingBufferSize(5000);
const painted = (then) => requestAnimationFrame(() => setTimeout(() =>
  then(performance.now())));
let lap = null;
addEventListener("pointerup", ({ timeStamp }) => {
  const mine = lap = { pressed: timeStamp };
  painted((now) => { mine.dot = now; });
}, true);
addEventListener("keydown", ({ timeStamp }) => {
  painted((now) => window.__keys.push(now - timeStamp));
}, true);
new MutationObserver(([{ target }]) => {
  const { maskState } = target.dataset;
  if (lap === null || !["preview", "final"].includes(maskState)) return;
  const mine = lap;
  lap = null;
  mine.known = performance.now();
  painted((now) => window.__clicks.push({ ...mine, painted: now }));
}).observe(document, { subtree: true, attributeFilter: ["data-mask-state"] });
"""
_CALLS = """
performance.getEntriesByType("resource")
  .filter(({ name }) => name.endsWith("/segment"))
  .map(({ startTime, responseEnd }) => ({ startTime, responseEnd }))
"""


class ClickCost(NamedTuple):
    """Milliseconds of one click; ``total`` ends when its first mask is painted."""

    dot: float
    network: float
    model: float
    decode: float
    paint: float
    total: float


class PageCost(NamedTuple):
    """All clicks, and the milliseconds of each undo."""

    clicks: list[ClickCost]
    undos: list[float]


def page_costs(
    engine: Engine, num_clicks: int, settings: Settings | None = None
) -> PageCost:
    """What clicks and undos on the first sample take.

    Args:
        engine: Answers the clicks.
        num_clicks: How many.
        settings: Of the server; the default ones if None.

    Raises:
        InvalidInput: There is no browser, no way to steer it, or no page.
    """
    settings = settings or Settings()
    if not (settings.web_dir / "index.html").is_file():
        raise InvalidInput("The page is not built: run `python frontend/build.py`.")
    with _serving(settings, engine) as address, _browsing() as page:
        page.add_init_script(_CLOCK)
        answers: list[Request] = []
        page.on("requestfinished", lambda call: answers.append(call))
        page.goto(address)
        page.get_by_test_id("sample-1").click()
        page.get_by_test_id("undo").wait_for()
        page.get_by_test_id("preparing").wait_for(state="detached")
        _click(page, num_clicks)
        undos = _undo(page, num_clicks)
        laps, calls = page.evaluate("window.__clicks"), page.evaluate(_CALLS)
        headers = [_header(call) for call in answers if call.url.endswith("/segment")]
    return PageCost([_cost(lap, calls, headers) for lap in laps], undos)


def _click(page: Page, num_clicks: int) -> None:
    """Clicks apart from each other, five an object, each once the last is answered."""
    box = page.get_by_test_id("stage").bounding_box()
    assert box is not None
    start = np.array([box["x"], box["y"]]) + _MARGIN
    size = np.array([box["width"], box["height"] - _BAR]) - 2 * _MARGIN
    rng = np.random.default_rng(0)
    cells = np.indices((_CELLS, _CELLS)).reshape(2, -1).T / _CELLS
    for num in range(num_clicks):
        if num % _CLICKS_PER_OBJECT == 0:
            page.keyboard.press("Escape")
            rng.shuffle(cells)
        x, y = start + size * cells[num % _CLICKS_PER_OBJECT]
        page.mouse.click(float(x), float(y))
        page.wait_for_function("(num) => window.__clicks.length === num", arg=num + 1)
        page.wait_for_selector('[data-mask-state="final"]')


def _undo(page: Page, count: int) -> list[float]:
    """Milliseconds from each stroke to its frame."""
    page.evaluate("window.__keys = []")
    for num in range(count):
        page.keyboard.press("Control+z")
        page.wait_for_function("(num) => window.__keys.length > num", arg=2 * num + 1)
    strokes: list[float] = page.evaluate("window.__keys")
    return strokes[1::2]  # Control itself is a stroke too


def _header(call: Request) -> Header:
    answer = call.response()
    assert answer is not None
    return from_mask_body(answer.body())[0]


def _cost(
    lap: dict[str, float], calls: list[dict[str, float]], headers: list[Header]
) -> ClickCost:
    """The parts of one click; its call is the first that began after it."""
    at = next(
        at for at, call in enumerate(calls) if call["startTime"] >= lap["pressed"]
    )
    model = sum(headers[at]["ms"].values())
    sent, received = calls[at]["startTime"], calls[at]["responseEnd"]
    return ClickCost(
        dot=lap["dot"] - lap["pressed"],
        network=received - sent - model,
        model=model,
        decode=lap["known"] - received,
        paint=lap["painted"] - lap["known"],
        total=lap["painted"] - lap["pressed"],
    )


@contextmanager
def _serving(settings: Settings, engine: Engine) -> Iterator[str]:
    """Address of the page on a free port."""
    app = create_app(settings, ModelSlot.holding(engine))
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/"
    finally:
        with suppress(OSError):  # done before the trigger is pulled to the end
            server.trigger.pull_trigger(lambda: _close(server))  # by its own thread
        thread.join(timeout=10)


def _close(server: Any) -> None:  # noqa: ANN401 -- waitress has no types
    server.asyncore.close_all(map=server._map, ignore_all=True)


@contextmanager
def _browsing() -> Iterator[Page]:
    """A window of 1280 x 800 CSS pixels.

    Raises:
        InvalidInput: There is no browser, or nothing that steers it.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise InvalidInput(
            "The page is measured by playwright: run `pip install playwright`."
        ) from None
    binary = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    if binary is None:
        raise InvalidInput(
            "The page is measured in Chromium, which is not on PATH: run "
            "`apt-get install chromium`."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(_TIMEOUT_MS)
        yield page
        browser.close()
