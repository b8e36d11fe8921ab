"""Label Studio's editor in a browser, as an annotator uses it."""

import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from playwright.sync_api import FloatRect, Page, Request, Response
from scipy import ndimage

from gpcis_backend.clicks.click import BoolMask
from label_studio_site import EMAIL, PASSWORD, Project

_ASKS = "/interactive-annotating"
_SELECTED = "window.Htx?.annotationStore?.selected"
_IS_LOADED = f"() => {_SELECTED}?.objects?.[0]?.imageIsLoaded"
_HAS_ONE = f"() => {_SELECTED}.suggestions.size === 1"
_BOXES = """() => {
  const stage = document.querySelector('.konvajs-content').getBoundingClientRect();
  const images = [...document.querySelectorAll('img[src^="blob:"]')];
  const box = images.find(it => it.style.filter).getBoundingClientRect();
  return [stage, box].map(it => [it.x, it.y, it.width, it.height]);
}"""
_KEEP_LABEL = "localStorage['labelStudio:settings'] = '{\"continuousLabeling\": true}'"
_SAVED = "Annotation saved successfully"
_VISIBLE = 10  # difference of a colour between photo and mask, of 255

Box = tuple[float, float, float, float]  # left, top, width, height on the page


class Editor:
    """One task, open in the browser.

    Args:
        page: Of a browser; the editor logs in on it.
        project: Of the task.
        task: Its number.
        shots: Folder for screenshots.
    """

    def __init__(self, page: Page, project: Project, task: int, shots: Path) -> None:
        self.page, self._shots, self._task = page, shots, task
        self.contexts: list[list[dict[str, Any]]] = []
        self._num_answers = 0
        page.on("request", self._record)
        page.on("response", self._count)
        page.goto(f"{project.site.url}/user/login/")
        page.fill("input[name=email]", EMAIL)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
        page.evaluate(_KEEP_LABEL)
        page.goto(f"{project.site.url}/projects/{project.number}/data?task={task}")
        page.wait_for_function(_IS_LOADED)

    def arm(self, label: str) -> None:
        """Switch Auto-Annotation on, take the smart keypoint tool and a label."""
        self.page.get_by_test_id("bottombar-auto-annotation-toggle").check()
        assert not self.page.get_by_test_id("bottombar-auto-accept-toggle").is_checked()
        self.page.click(".lsf-tool_smart")
        self.page.locator(".lsf-label", has_text=label).first.click()
        self.page.wait_for_selector(".lsf-tool_smart.lsf-tool_active")
        self._stage, self._box = self._steady_boxes()
        self._photo = self._pixels()

    def click(self, x: float, y: float, *, is_positive: bool = True) -> None:
        """Click a place in percent of the image and wait for the one suggestion."""
        with self.page.expect_response(_is_answer):
            self.press(x, y, is_positive=is_positive)
        self.page.wait_for_function(_HAS_ONE)

    def press(self, x: float, y: float, *, is_positive: bool = True) -> None:
        """Click a place in percent of the image, with Alt if it does not belong."""
        left, top, width, height = self._box
        if not is_positive:
            self.page.keyboard.down("Alt")
        self.page.mouse.click(left + width * x / 100, top + height * y / 100)
        if not is_positive:
            self.page.keyboard.up("Alt")

    def wait_for_answers(self, num_clicks: int) -> None:
        """Until a request had so many clicks, and all requests are answered."""
        deadline = time.monotonic() + 30
        while (
            not any(len(context) == num_clicks for context in self.contexts)
            or len(self.contexts) > self._num_answers
        ):
            assert time.monotonic() < deadline, self.contexts
            self.page.wait_for_timeout(50)

    def wait_for_mask(self, mask: BoolMask) -> BoolMask:
        """What is painted over the photo, once it looks like ``mask``."""
        expected = self._on_stage(mask)
        deadline = time.monotonic() + 15
        while True:
            painted = self.painted()
            drawn = painted & ~_buttons(painted, expected)
            iou = (drawn & expected).sum() / (drawn | expected).sum()
            if iou > 0.97:
                return painted
            assert time.monotonic() < deadline, f"the screen agrees only to {iou:.3f}"
            self.page.wait_for_timeout(100)

    def painted(self) -> BoolMask:
        """Where the stage does not show the bare photo."""
        difference = np.abs(self._pixels() - self._photo).max(axis=2)
        is_painted: BoolMask = difference > _VISIBLE
        return is_painted

    def accept(self) -> None:
        """Press the green tick."""
        self.page.get_by_test_id("bottombar-accept-suggestions-button").click()
        self.page.wait_for_function(f"() => {_SELECTED}.suggestions.size === 0")

    def submit(self) -> None:
        """Press Submit and wait until it is stored and shown again."""
        path = f"/api/tasks/{self._task}/annotations"
        with self.page.expect_response(lambda it: path in it.url) as answer:
            self.page.get_by_test_id("bottombar-submit-button").click()
        assert answer.value.status == 201
        self.page.get_by_text(_SAVED, exact=True).wait_for()
        self.page.wait_for_function(_IS_LOADED)

    def shoot(self, name: str) -> None:
        """Keep a picture of the page."""
        self.page.screenshot(path=self._shots / f"{name}.png")

    @property
    def regions(self) -> list[str]:
        """Kinds of the regions in the editor's list."""
        kinds: list[str] = self.page.evaluate(
            f"() => {_SELECTED}.regionStore.regions.map(region => region.type)"
        )
        return kinds

    @property
    def num_suggestions(self) -> int:
        number: int = self.page.evaluate(f"() => {_SELECTED}.suggestions.size")
        return number

    def _record(self, request: Request) -> None:
        if request.url.endswith(_ASKS):
            body = json.loads(request.post_data or "{}")
            self.contexts.append(body["context"]["result"])

    def _count(self, response: Response) -> None:
        self._num_answers += _is_answer(response)

    def _steady_boxes(self) -> tuple[Box, Box]:
        """Where stage and image are, once the layout has come to rest."""
        boxes = None
        while boxes != (boxes := self.page.evaluate(_BOXES)):
            self.page.wait_for_timeout(300)
        stage, box = boxes
        return tuple(stage), tuple(box)

    def _pixels(self) -> NDArray[np.int16]:
        """What the stage shows.  (height, width, 3)."""
        left, top, width, height = self._stage
        clip: FloatRect = {"x": left, "y": top, "width": width, "height": height}
        png = self.page.screenshot(clip=clip)
        with pillow.open(io.BytesIO(png)) as picture:
            return np.asarray(picture.convert("RGB")).astype(np.int16)

    def _on_stage(self, mask: BoolMask) -> BoolMask:
        """A mask of the image as the stage would show it."""
        shown = self._photo.shape[:2]
        (left, top, *_), (box_left, box_top, width, height) = self._stage, self._box
        rows = _places(shown[0], top - box_top, mask.shape[0] / height, mask.shape[0])
        cols = _places(shown[1], left - box_left, mask.shape[1] / width, mask.shape[1])
        return mask[np.ix_(rows, cols)]


def _buttons(painted: BoolMask, expected: BoolMask) -> BoolMask:
    """Label Studio's tick and cross below a suggestion, where they lie free of it."""
    labels, _ = ndimage.label(painted)
    found = np.zeros_like(painted)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        part = labels[box] == number
        is_theirs = part.shape[0] < 40 < part.shape[1] < 80 and part.mean() > 0.8
        if is_theirs and not expected[box].any():
            found[box] |= part
    return found


def _places(num: int, start: float, step: float, limit: int) -> NDArray[np.intp]:
    """The image's rows, or columns, under ``num`` pixels of the page."""
    places = np.floor((np.arange(num) + 0.5 + start) * step)
    inside: NDArray[np.intp] = places.clip(0, limit - 1).astype(np.intp)
    return inside


def _is_answer(response: Response) -> bool:
    return response.url.endswith(_ASKS)
