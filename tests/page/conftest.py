"""Browser, built page and servers for the acceptance tests of the page.

Each test carries the number of its point in its name (``test_b3_...``); the run ends
with a line that says which numbers have passed.
"""

import os
import re
import runpy
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from chromium import CHROMIUM, FLAGS
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.predictor import Predictor
from gpcis_backend.server.settings import Settings
from page.models import StagedToy
from page.servers import Site, Wrapping, unwrapped
from page.visit import Visit

POINTS = [
    *(f"A{number}" for number in range(1, 11)),
    *(f"B{number}" for number in range(1, 10)),
    *(f"C{number}" for number in range(1, 5)),
    *("D1", "D2", "D3", "D4", "D5", "D6", "E1", "E2", "E5"),
    *("F1", "F2", "F3", "F4", "F5", "F7"),
    *(f"G{number}" for number in range(1, 5)),
    *(f"H{number}" for number in range(1, 6)),
    *(f"S{number}" for number in range(1, 5)),
]
_NUMBER = re.compile(r"test_([a-hs]\d+)_")
_TIMEOUT_MS = 10_000

Theme = Literal["dark", "light"]


class OpenPage(Protocol):
    """Opens the page of a new server, or of one that runs already."""

    def __call__(
        self,
        model: Predictor | ModelUnavailable | None = None,
        *,
        site: Site | None = None,
        settings: Settings | None = None,
        wrapping: Wrapping = unwrapped,
        path: str = "/",
        query: str = "?debug=1",
        size: tuple[int, int] = (1280, 800),
        ratio: float = 1,
        theme: Theme = "dark",
        script: str = "",
        **context: Any,
    ) -> Visit:
        """A visit whose page is loaded.

        Args:
            model: Of a new server; the toy without preview by default.
            site: A running server to visit instead.
            settings: Of a new server.
            wrapping: Around a new server's application.
            path: Where the wrapping shows the page.
            query: Of the address.
            size: Of the window, width and height in CSS pixels.
            ratio: Device pixels for each of them.
            theme: What the system prefers.
            script: Runs before the page's own.
            context: More options of Playwright's ``new_context``.
        """
        ...


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    binary = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if binary is None:
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def web_dir(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as ``frontend/build.py`` makes it, built anew if it is out of date.

    Another one, such as that of an unpacked wheel, is tested by GPCIS_TEST_PAGE.
    """
    if named := os.environ.get("GPCIS_TEST_PAGE"):
        return Path(named)
    builder = runpy.run_path(str(root / "frontend" / "build.py"))
    if builder["is_current"]():
        dist: Path = builder["DIST"]
        return dist
    out = tmp_path_factory.mktemp("dist")
    try:
        builder["build"](out)
    except builder["NoNode"] as reason:
        pytest.skip(f"the page cannot be built here: {reason}")
    except SystemExit as reason:
        pytest.fail(f"the page cannot be built: {reason}")
    return out


@pytest.fixture
def open_page(browser: Browser, web_dir: Path) -> Iterator[OpenPage]:
    """Opens pages; at the end none of them may have thrown anything (G2)."""
    sites: list[Site] = []
    visits: list[Visit] = []

    def open_it(
        model: Predictor | ModelUnavailable | None = None,
        *,
        site: Site | None = None,
        settings: Settings | None = None,
        wrapping: Wrapping = unwrapped,
        path: str = "/",
        query: str = "?debug=1",
        size: tuple[int, int] = (1280, 800),
        ratio: float = 1,
        theme: Theme = "dark",
        script: str = "",
        **context: Any,
    ) -> Visit:
        if site is None:
            chosen = replace(settings or Settings(), web_dir=web_dir)
            site = Site(model or StagedToy(), chosen, wrapping, path).start()
            sites.append(site)
        opened = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=ratio,
            color_scheme=theme,
            **context,
        )
        page = opened.new_page()
        page.set_default_timeout(_TIMEOUT_MS)
        if script:
            page.add_init_script(script)
        visit = Visit(page, site, query)
        visits.append(visit)
        return visit.start()

    yield open_it
    for visit in visits:
        visit.page.context.close()
    for site in sites:
        site.stop()
    assert [error for visit in visits for error in visit.errors] == []


@pytest.fixture
def visit(open_page: OpenPage) -> Visit:
    """The page of a toy model that answers at once."""
    return open_page()


class _Tally:
    """Which numbers have passed, failed or were skipped."""

    def __init__(self) -> None:
        self._outcomes: dict[str, set[str]] = {}

    def note(self, report: pytest.TestReport) -> None:
        found = _NUMBER.match(report.nodeid.partition("::")[2])
        is_told = report.when == "call" or report.outcome != "passed"
        if found and is_told:
            self._outcomes.setdefault(found[1].upper(), set()).add(report.outcome)

    def line(self) -> str:
        """E.g. ``acceptance: A1 A2 passed; failed: B1; missing: ...``."""
        passed = [it for it in POINTS if self._outcomes.get(it) == {"passed"}]
        failed = [it for it in POINTS if "failed" in self._outcomes.get(it, ())]
        missing = [it for it in POINTS if it not in {*passed, *failed}]
        parts = [
            f"{' '.join(passed) or 'none'} passed",
            f"failed: {' '.join(failed)}" if failed else "",
            f"missing: {' '.join(missing) or 'none'}",
        ]
        return "acceptance: " + "; ".join(part for part in parts if part)

    @property
    def is_empty(self) -> bool:
        return not self._outcomes


_tally = _Tally()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how each point has fared."""
    _tally.note(report)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it at the end."""
    if not _tally.is_empty:
        terminalreporter.write_line(_tally.line())
