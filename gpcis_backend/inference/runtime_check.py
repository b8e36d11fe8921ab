"""Whether another runtime draws the same masks, and how soon: measured, not believed.

Real clicks on photographs that ship with the weights (see ``weights/check/NOTICE``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean, median
from time import perf_counter
from typing import NamedTuple, TypeAlias

import numpy as np

from gpcis_backend.clicks.click import BoolMask, Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.rollout import RolloutState, advance
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.inference.images import read_image

LEAST_AGREEMENT = 0.995  # mean IoU with torch's masks

_FOLDER = Path(__file__).parents[1] / "weights" / "check"
_SCENES: dict[str, tuple[tuple[tuple[int, int, bool], ...], ...]] = {
    "cat": (
        ((140, 180, True), (60, 350, False), (60, 100, True), (180, 340, False)),
        ((98, 146, True), (98, 185, False), (70, 146, False), (110, 128, True)),
    ),
    "coffee": (
        ((90, 184, True), (200, 130, False), (30, 190, True), (172, 144, True)),
        ((200, 120, True), (60, 330, False), (180, 232, True), (90, 184, True)),
    ),
    "rocket": (
        ((150, 192, True), (150, 150, False), (95, 192, True), (250, 190, False)),
        ((150, 35, True), (150, 70, False), (30, 38, True), (220, 190, False)),
    ),
}

NUM_CLICKS = sum(len(row) for rows in _SCENES.values() for row in rows)

Look: TypeAlias = Callable[[Image, tuple[Click, ...], Prob | None, View], Prob]


class Given(NamedTuple):
    """What a ``Look`` is given once."""

    image: Image
    clicks: tuple[Click, ...]
    prev: Prob | None
    view: View


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a candidate.

    Args:
        agreement: Mean IoU of its masks with the reference's.
        lowest: The lowest of those.
        speed: Time of the reference's click over that of the candidate's.
    """

    agreement: float
    lowest: float
    speed: float

    @property
    def is_same(self) -> bool:
        """Whether the masks agree well enough to be served instead."""
        return self.agreement >= LEAST_AGREEMENT


def compare(reference: Look, candidate: Look, zoom: CropZoom) -> Trial:
    """How a candidate does against the reference, on the same steps of each scene.

    Args:
        reference: What the masks must agree with.
        candidate: Another runtime.
        zoom: Where both look.
    """
    overlaps: list[float] = []
    theirs: list[float] = []
    ours: list[float] = []
    for image, clicks, prev, view in steps(reference, zoom):
        masks = []
        for look, seconds in ((reference, theirs), (candidate, ours)):
            start = perf_counter()
            masks.append(look(image, clicks, prev, view) > zoom.threshold)
            seconds.append(perf_counter() - start)
        overlaps.append(mask_iou(*masks))
    speed = median(theirs) / median(ours)
    return Trial(fmean(overlaps), min(overlaps), speed)


def worst(trials: Sequence[Trial]) -> Trial:
    """The least of each, of trials of one candidate."""
    columns = zip(*map(astuple, trials), strict=True)
    return Trial(*map(min, columns))


def steps(look: Look, zoom: CropZoom) -> Iterator[Given]:
    """All that is looked at in each step of each scene, along the masks of ``look``."""
    for name, rows in _SCENES.items():
        image = read_image(_FOLDER / f"{name}.jpg")
        for row in rows:
            clicks = [Click(*click) for click in row]
            for looks in click_by_click(look, zoom, image, clicks):
                yield from looks


def click_by_click(
    look: Look, zoom: CropZoom, image: Image, clicks: Sequence[Click]
) -> Iterator[list[Given]]:
    """What ``look`` is given at each click: one look, and a closer one with focus."""
    state = RolloutState()
    for click in clicks:
        looks: list[Given] = []

        def predict(
            so_far: tuple[Click, ...],
            prev: Prob | None,
            view: View,
            looks: list[Given] = looks,
        ) -> Prob:
            looks.append(Given(image, so_far, prev, view))
            return look(*looks[-1])

        state = advance(state, click, predict, zoom, *image.shape[:2])
        yield looks


def mask_iou(first: BoolMask, second: BoolMask) -> float:
    """IoU of two masks (H, W); 1 if both are empty."""
    either = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / either if either else 1.0
