"""A real server for browser tests, and what is to be kept of a page's doings."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request
from waitress import create_server

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.app import create_app
from gpcis_backend.server.library.memory import ImageStore
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_HEAD, _BAR, _EDGE = 48, 84, 12  # CSS pixels: header; what the page keeps free


@dataclass
class Visit:
    """A page, its complaints on the console, its errors and its requests."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def start(self) -> "Visit":
        """Open the page and listen to it."""
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.goto(self.url)
        return self

    def open_sample(self) -> None:
        """The cat, 451 x 300 pixels."""
        self.page.get_by_test_id("sample-1").click()
        self.page.get_by_test_id("undo").wait_for()

    def click(self, x: float, y: float, *, wait: bool = True, **options: Any) -> None:
        """Click on a position of the cat, in its pixels."""
        size = self.page.viewport_size
        assert size is not None
        width, height = size["width"], size["height"] - _HEAD - 24
        scale = min((width - 2 * _EDGE) / 451, (height - _BAR) / 300)
        left = width / 2 + (x - 451 / 2) * scale
        top = _HEAD + _EDGE + (height - _BAR) / 2 + (y - 300 / 2) * scale
        modifiers = options.pop("modifiers", [])
        for key in modifiers:
            self.page.keyboard.down(key)
        self.page.mouse.click(left, top, **options)
        for key in modifiers:
            self.page.keyboard.up(key)
        if wait:
            self.wait_for("final")

    def wait_for(self, state: str) -> None:
        """Until the mask is in this state."""
        self.page.wait_for_selector(f'[data-testid="stage"][data-mask-state="{state}"]')

    @property
    def sent(self) -> list[dict[str, Any]]:
        """Bodies of all requests for a mask, in order."""
        asked = [it for it in self.requests if it.url.endswith("/segment")]
        return [json.loads(it.post_data or "{}") for it in asked]

    @property
    def picture(self) -> str:
        """What the canvas shows."""
        shown: str = self.page.evaluate("document.querySelector('canvas').toDataURL()")
        return shown

    @property
    def status(self) -> str:
        """The line at the foot of the page."""
        return self.page.get_by_test_id("live-region").inner_text()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@contextmanager
def serving(engine: Engine | ModelUnavailable, web_dir: Path) -> Iterator[str]:
    """Address of a server on a free port, in a thread of its own."""
    settings = Settings(web_dir=web_dir)
    slot = ModelSlot.holding(engine)
    app = create_app(settings, slot, ImageStore(settings.store_bytes))
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/"
    finally:
        server.close()
        thread.join(timeout=10)
