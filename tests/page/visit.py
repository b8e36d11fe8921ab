"""One visit to the page: what was done to it, what it shows, what it complained of."""

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image as pillow
from playwright.sync_api import (
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Request,
)

from page.pictures import Pixels, png_of
from page.servers import Site

MaskState = Literal["none", "queued", "preview", "final", "error"]
Modifier = Literal["Alt", "Control", "Meta", "Shift"]
Button = Literal["left", "middle", "right"]

# What the page may not do, noted by the browser itself.
WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
_TWO_FRAMES = """
new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
"""


@dataclass
class Visit:
    """A page, and all that was heard of it.

    Args:
        page: Playwright's.
        site: Whose page it is.
        query: Of the address; ``window.__gpcis`` is there by default.
    """

    page: Page
    site: Site
    query: str = "?debug=1"
    complaints: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    # Coming and going

    def start(self) -> "Visit":
        """Open the page, listen to it, and wait until it has begun to work."""
        self.page.add_init_script(WATCH)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.goto(self.site.url + self.query)
        self.by_id("stage").wait_for(state="attached")
        return self

    def open_sample(self, number: int = 1) -> None:
        """Of the empty page; number 1 is the cat, 451 x 300 pixels."""
        self.by_id(f"sample-{number}").click()
        self.wait_until_open()

    def add_file(self, name: str, data: bytes, mime: str = "image/png") -> None:
        """Choose a file by the system's dialog."""
        payload: FilePayload = {"name": name, "mimeType": mime, "buffer": data}
        self.choose([payload])

    def choose(self, files: Sequence[FilePayload] | Sequence[Path]) -> None:
        """Choose files by the system's dialog, without waiting for them to open."""
        with self.page.expect_file_chooser() as chooser:
            self.by_id("add").click()
        chooser.value.set_files(list(files))  # type: ignore[arg-type]

    def open_picture(self, pixels: Pixels, name: str = "drawn.png") -> None:
        """Add a drawn picture and wait until it is on the stage."""
        self.add_file(name, png_of(pixels))
        self.wait_until_open(name)

    def wait_until_open(self, name: str | None = None) -> None:
        """Until an image is on the stage, fitted and painted."""
        self.until(
            "(name) => { const { image } = __gpcis.state; return image !== null &&"
            " (name === null || image.name === name) && __gpcis.viewport.left !== 0; }",
            name,
        )
        self.settle()

    # Doing

    def by_id(self, name: str) -> Locator:
        """The element with this ``data-testid``."""
        return self.page.get_by_test_id(name)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where an image point lies in the window, in CSS pixels."""
        box = self.canvas.bounding_box()
        assert box is not None
        view = self.page.evaluate("({ ...__gpcis.viewport })")
        left = box["x"] + view["left"] + x * view["scale"]
        return left, box["y"] + view["top"] + y * view["scale"]

    def click(
        self,
        x: float,
        y: float,
        *,
        wait: MaskState | None = "final",
        button: Button = "left",
        modifiers: Sequence[Modifier] = (),
    ) -> None:
        """Click on an image point, and wait for the mask unless told not to."""
        for key in modifiers:
            self.page.keyboard.down(key)
        self.page.mouse.click(*self.place(x, y), button=button)
        for key in modifiers:
            self.page.keyboard.up(key)
        if wait is not None:
            self.wait_for(wait)

    def press(self, *keys: str) -> None:
        """Strike keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button from one image point to another."""
        (left, top), (right, bottom) = self.place(*start), self.place(*end)
        self.page.mouse.move(left, top)
        self.page.mouse.down()
        self.page.mouse.move((left + right) / 2, (top + bottom) / 2)
        self.page.mouse.move(right, bottom)
        self.page.mouse.up()

    def focus_stage(self) -> None:
        """Give the canvas the keyboard."""
        self.canvas.focus()

    # Waiting

    def wait_for(self, *states: MaskState) -> None:
        """Until the mask is in one of these states, and that is painted."""
        names = ", ".join(
            f'[data-testid="stage"][data-mask-state="{state}"]' for state in states
        )
        self.page.wait_for_selector(names)
        self.settle()

    def wait_for_clicks(self, count: int) -> None:
        """Until the open object has so many clicks and a final mask of them."""
        self.until(
            "(count) => { const { objects, open } = __gpcis.state.work;"
            " const object = objects.find(({ id }) => id === open?.id);"
            " return object?.clicks.length === count"
            " && object.phase.kind === 'final'; }",
            count,
        )
        self.settle()

    def until(self, script: str, argument: object = None) -> None:
        """Until a function of the page says yes."""
        self.page.wait_for_function(script, arg=argument)

    def settle(self) -> None:
        """Until all that is known now is painted."""
        self.page.evaluate(_TWO_FRAMES)

    # Looking

    @property
    def canvas(self) -> Locator:
        """The stage's canvas."""
        return self.by_id("stage").locator("canvas")

    @property
    def mask_state(self) -> str | None:
        """none, queued, preview, final or error."""
        return self.by_id("stage").get_attribute("data-mask-state")

    def read(self, expression: str) -> Any:  # noqa: ANN401 -- whatever the page holds
        """An expression of ``window.__gpcis``, such as ``state.work.protect``."""
        return self.page.evaluate(f"window.__gpcis.{expression}")

    @property
    def hash(self) -> str:
        """Equal for equal work."""
        return str(self.read("hash"))

    @property
    def objects(self) -> list[dict[str, Any]]:
        """All objects of the image without their masks."""
        found: list[dict[str, Any]] = self.read(
            "state.work.objects.map(({ shown, init, ...object }) => ({ ...object,"
            " area: shown?.area ?? 0, bbox: shown?.mask.bbox ?? null,"
            " marks: shown?.marks ?? {}, kind: shown?.kind ?? null }))"
        )
        return found

    @property
    def clicks(self) -> list[dict[str, Any]]:
        """Those of the newest object."""
        clicks: list[dict[str, Any]] = self.objects[-1]["clicks"]
        return clicks

    @property
    def sent(self) -> list[dict[str, Any]]:
        """Bodies of all requests for a mask, in order."""
        return [json.loads(it.post_data or "{}") for it in self.asked("/segment")]

    def asked(self, ending: str, method: str = "POST") -> list[Request]:
        """All requests of a method whose path ends like that."""
        return [
            request
            for request in self.requests
            if request.method == method and request.url.split("?")[0].endswith(ending)
        ]

    @property
    def pixels(self) -> Pixels:
        """What the canvas shows, in device pixels.  (H, W, 4)"""
        self.settle()
        data = self.page.evaluate("document.querySelector('canvas').toDataURL()")
        png = base64.b64decode(data.partition(",")[2])
        return np.asarray(pillow.open(io.BytesIO(png)).convert("RGBA"))

    def colour_at(self, x: float, y: float) -> tuple[int, int, int]:
        """Of the canvas over an image point."""
        box = self.canvas.bounding_box()
        assert box is not None
        ratio = self.page.evaluate("devicePixelRatio")
        left, top = self.place(x, y)
        row, col = int((top - box["y"]) * ratio), int((left - box["x"]) * ratio)
        red, green, blue, _ = self.pixels[row, col]
        return int(red), int(green), int(blue)

    @property
    def toasts(self) -> list[str]:
        """Codes of the messages in the corner."""
        found = self.by_id("toast").all()
        return [it.get_attribute("data-code") or "" for it in found]

    @property
    def violations(self) -> list[str]:
        """Of the content security policy."""
        found: list[str] = self.page.evaluate("window.__violations")
        return found

    @property
    def foreign(self) -> list[str]:
        """Requests to anybody but the site."""
        origin = self.site.url.removesuffix(self.site.path)
        ours = (f"{origin}/", f"blob:{origin}/", "data:")
        return [it.url for it in self.requests if not it.url.startswith(ours)]

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")
