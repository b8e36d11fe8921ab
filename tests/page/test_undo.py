"""Undo and redo: pure, local, and nobody's business but the image's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Locator

from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.models import StagedToy
from page.pictures import BAR, DISC, GROUND, SQUARE, Pixels, shapes
from page.test_beats import NO_ABORT
from page.visit import Visit

_HANG_MS = 330  # ten times what a step may take
_APART = 14  # pixels between dots, so that none is touched by accident

# Milliseconds from each stroke to the frame after it.
_STROKES = """
window.__strokes = [];
addEventListener("keydown", (event) => {
  requestAnimationFrame(() => setTimeout(() =>
    window.__strokes.push(performance.now() - event.timeStamp)));
}, true);
"""
_IS_AT_REST = """(depth) => {
  const { log, work } = __gpcis.state;
  const isWaiting = work.objects.some(({ phase }) => phase.kind === "queued");
  return log.past.length === depth && !isWaiting;
}"""


@pytest.mark.parametrize("seed", [1, 2])
def test_c1_undo_and_redo_walk_through_the_same_states(
    open_page: OpenPage, seed: int
) -> None:
    settings = Settings(class_names=("thing", "other"))
    visit = open_page(settings=settings, script=_STROKES)
    visit.open_picture(shapes())
    annotator = _Annotator(visit, np.random.default_rng(seed))

    shots = [_Shot.of(visit)]
    for depth in range(1, 21):
        annotator.act()
        visit.until(_IS_AT_REST, depth)
        shots.append(_Shot.of(visit))
    num_sent = len(visit.sent)
    visit.page.evaluate("window.__strokes = []")
    for at in reversed(range(20)):
        visit.press("Control+z")
        assert _Shot.of(visit) == shots[at], (at, annotator.done)
    for at in range(1, 21):
        visit.press("Control+Shift+z" if at % 2 else "Control+y")
        assert _Shot.of(visit) == shots[at], (at, annotator.done)

    assert len({shot.hash for shot in shots}) > 10
    assert len(visit.sent) == num_sent
    laps = visit.page.evaluate("window.__strokes")
    assert len(laps) >= 40
    assert max(laps) <= _HANG_MS


@pytest.mark.parametrize("script", ["", NO_ABORT])
def test_c2_an_answer_to_what_was_undone_is_ignored(
    open_page: OpenPage, script: str
) -> None:
    model = StagedToy()
    visit = open_page(model, script=script)
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    before = _Shot.of(visit)

    model.gate.clear()
    visit.click(*DISC, wait="queued")
    visit.press("Control+z")
    undone = _Shot.of(visit)
    model.gate.set()
    if script:
        answer = visit.asked("/segment")[-1].response()
        assert answer is not None
        assert answer.status == 200
        answer.finished()

    assert undone == before
    assert _Shot.of(visit) == before
    assert visit.mask_state == "final"
    visit.press("Control+y")
    visit.wait_for_clicks(2)
    assert [len(body["clicks"]) for body in visit.sent] == [1, 2, 2]
    assert visit.toasts == []


def test_c3_undo_brings_a_deleted_object_back_with_its_clicks(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    visit.click(*GROUND, button="right", wait=None)
    visit.wait_for_clicks(2)
    visit.press("Enter")
    visit.click(*BAR)
    visit.press("Enter")
    before, shot = visit.objects, _Shot.of(visit)

    visit.by_id(f"object-{before[0]['id']}").click()
    visit.press("Delete")
    after = visit.objects
    visit.by_id("undo").click()

    assert [it["id"] for it in after] == [before[1]["id"]]
    assert _Shot.of(visit) == shot
    restored = visit.objects[0]
    assert {**restored, "rev": 0} == {**before[0], "rev": 0}
    assert len(visit.sent) == 3


def test_c4_undo_in_a_text_field_is_the_fields(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    hash_before = visit.hash

    visit.press("0")
    search = visit.page.get_by_role("searchbox")
    _type_and_undo(visit, search.input_value)
    visit.press("Escape")
    visit.by_id("classes-edit").click()
    field = visit.by_id("class-name")
    field.click()
    _type_and_undo(visit, field.input_value)

    assert visit.hash == hash_before
    assert len(visit.clicks) == 1


def _type_and_undo(visit: Visit, value: Callable[[], str]) -> None:
    visit.until("() => document.activeElement.matches('input')")
    visit.page.keyboard.type("car")
    typed = value()
    visit.press("Control+z")
    assert typed == "car"
    assert value() != "car"


@dataclass(frozen=True, eq=False)
class _Shot:
    """What is known and what is shown, without what the pointer adds."""

    hash: str
    pixels: Pixels

    @classmethod
    def of(cls, visit: Visit) -> "_Shot":
        visit.page.mouse.move(640, 20)
        if visit.read("state.view.selected") is not None:
            visit.press("Escape")
        return cls(visit.hash, visit.pixels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Shot):
            return NotImplemented
        return self.hash == other.hash and np.array_equal(self.pixels, other.pixels)

    __hash__ = None  # type: ignore[assignment]


@dataclass
class _Annotator:
    """Does something at random; each time one thing that can be undone."""

    visit: Visit
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.done: list[str] = []

    def act(self) -> None:
        actions = dict(self._possible())
        name = str(self.rng.choice(sorted(actions)))
        self.done.append(name)
        actions[name]()

    def _possible(self) -> Iterator[tuple[str, Callable[[], None]]]:
        visit = self.visit
        open_one = visit.read("state.work.open?.id ?? null")
        objects = {it["id"]: it for it in visit.objects}
        if objects:
            yield "protect", lambda: visit.press("l")
        if open_one is None:
            yield "click", self._start
            finished = [it for it in objects.values() if not it["locked"]]
            if finished:
                chosen = str(self.rng.choice([it["id"] for it in finished]))
                row = visit.by_id(f"object-{chosen}")
                yield "delete", lambda: self._delete(row)
                yield "reopen", lambda: row.dblclick()
                yield "lock", visit.by_id(f"lock-{chosen}").click
            return
        present = objects[open_one]
        yield "positive", lambda: self._click("left")
        yield "negative", lambda: self._click("right")
        yield "finish", lambda: visit.press("e")
        yield "cancel", visit.by_id("cancel-object").click
        yield "class", lambda: visit.press("1" if present["class"] != "thing" else "2")
        yield "threshold", lambda: visit.press(".")
        yield "largest", visit.by_id("largest").click
        click = self.rng.choice(present["clicks"])
        place = click["x"], click["y"]
        yield "move", lambda: self._move(place)
        yield "flip", lambda: self._flip(place)
        if len(present["clicks"]) > 1:
            yield "remove", lambda: self._remove(place)

    def _start(self) -> None:
        """A new object, be it on top of a finished one."""
        self.visit.press("w")
        self._click("left")

    def _delete(self, row: Locator) -> None:
        row.click()
        self.visit.press("Delete")

    def _click(self, button: str) -> None:
        at = self._free_point()
        if button == "left":
            self.visit.click(*at, wait=None)
        else:
            self.visit.click(*at, wait=None, button="right")

    def _move(self, place: tuple[float, float]) -> None:
        self._rest()
        self.visit.drag(place, self._free_point())

    def _flip(self, place: tuple[float, float]) -> None:
        self._rest()
        self.visit.page.mouse.dblclick(*self.visit.place(*place))

    def _rest(self) -> None:
        """Until a press is no longer the second half of the last click."""
        self.visit.until(
            "(since) => performance.now() - since > 400",
            self.visit.page.evaluate("performance.now()"),
        )

    def _remove(self, place: tuple[float, float]) -> None:
        self.visit.page.mouse.move(*self.visit.place(*place))
        self.visit.press("Delete")

    def _free_point(self) -> tuple[float, float]:
        """On no dot."""
        dots = [
            (click["x"], click["y"])
            for it in self.visit.objects
            for click in it["clicks"]
        ]
        while True:
            x, y = self.rng.uniform((6, 6), (314, 234))
            if all(np.hypot(x - a, y - b) >= _APART for a, b in dots):
                return float(x), float(y)
