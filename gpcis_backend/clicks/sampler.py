"""Clicks for training: a random first set, then corrections of the model's errors.

The initial set follows RITM (Sofiiuk et al. 2022) with the counts of FocalClick: a
number of clicks with P(k) proportional to γᵏ, the first one near the object's middle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import BoolMask, Click, Prob

_MAX_CLICKS = 24  # of each sign
_FEW = 10  # pixels below which a region is not eroded


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How the initial clicks are drawn.

    Args:
        gamma: Ratio of the probabilities of k+1 and k clicks.
        single_click: Share of samples that get one positive click only.
        first_depth: The first click lies where the depth exceeds max/first_depth.
        anywhere: Share of first clicks that lie anywhere in their region instead.
    """

    gamma: float = 0.8
    single_click: float = 0.0
    first_depth: float = 1.7
    anywhere: float = 0.0


def initial_clicks(
    parts: Sequence[BoolMask],
    others: BoolMask,
    void: BoolMask,
    rng: np.random.Generator,
    settings: SamplerSettings,
) -> list[Click]:
    """Random clicks on a target, positives first.

    Args:
        parts: The objects that make up the target, at least one.  (H, W) each
        others: Labelled objects that do not belong to it.  (H, W)
        void: Pixels without a label; never clicked.  (H, W)
        rng: Source of every draw.
        settings: How many, and where the first one lies.
    """
    truth = np.logical_or.reduce(parts)
    inner = [_eroded(part & ~void, rng) for part in parts]
    clicks = [_first(part, rng, settings) for part in inner if part.any()]
    if rng.random() < settings.single_click:
        return clicks[:1]
    least = 1 if len(parts) == 1 else 0  # a merged target has its first clicks already
    for _ in range(_count(rng, settings.gamma, _MAX_CLICKS - least)):
        region = inner[rng.integers(len(inner))]
        clicks += _uniform(region, rng, is_positive=True)
    for _ in range(_count(rng, settings.gamma, _MAX_CLICKS)):
        region = _negative_region(truth, others, rng) & ~void
        clicks += _uniform(region, rng, is_positive=False)
    return clicks


def correction(
    prob: Prob,
    truth: BoolMask,
    void: BoolMask,
    rng: np.random.Generator,
    threshold: float = 0.49,
    anywhere: float = 0.0,
) -> Click | None:
    """A click inside the deeper error region, uniform over its inner half.

    Args:
        prob: Of the model.  (H, W)
        truth: The object.  (H, W)
        void: Pixels that cannot be wrong.  (H, W)
        rng: Source of the draw.
        threshold: Of the mask.
        anywhere: Share of clicks that lie anywhere in the region instead.

    Returns:
        None if nothing is wrong.
    """
    missed = _depth(truth & (prob < threshold) & ~void)
    spilled = _depth(~truth & (prob > threshold) & ~void)
    is_positive = bool(missed.max() > spilled.max())
    depth = missed if is_positive else spilled
    if depth.max() == 0:
        return None
    region = _deep(depth, 2, anywhere, rng)
    return _uniform(region, rng, is_positive=is_positive)[0]


def _depth(region: BoolMask) -> NDArray[np.float32]:
    """Distance to the region's border, the image border included.  (H, W)."""
    padded = np.pad(region.astype(np.uint8), 1)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # OpenCV's last bit varies from call to call, and decides ties; squares are whole.
    depth: NDArray[np.float32] = np.sqrt(np.rint(np.square(distance[1:-1, 1:-1])))
    return depth


def _count(rng: np.random.Generator, gamma: float, largest: int) -> int:
    """K in 0..largest with P(k) proportional to γᵏ."""
    weights = gamma ** np.arange(largest + 1)
    return int(rng.choice(largest + 1, p=weights / weights.sum()))


def _eroded(region: BoolMask, rng: np.random.Generator) -> BoolMask:
    """The region without its rim, nine times out of ten and if enough is left."""
    if rng.random() >= 0.9:
        return region
    kernel = np.ones((3, 3), np.uint8)
    inner = cv2.erode(region.astype(np.uint8), kernel, iterations=3).astype(bool)
    return inner if np.count_nonzero(inner) > _FEW else region


def _first(
    region: BoolMask, rng: np.random.Generator, settings: SamplerSettings
) -> Click:
    """Near the middle of a region that is not empty."""
    part = _deep(_depth(region), settings.first_depth, settings.anywhere, rng)
    return _uniform(part, rng, is_positive=True)[0]


def _deep(
    depth: NDArray[np.float32],
    divisor: float,
    anywhere: float,
    rng: np.random.Generator,
) -> BoolMask:
    """Where the depth exceeds max/divisor; now and then the whole region.  (H, W)."""
    if anywhere and rng.random() < anywhere:  # 0 draws nothing
        return depth > 0
    part: BoolMask = depth > depth.max() / divisor
    return part


def _uniform(
    region: BoolMask, rng: np.random.Generator, *, is_positive: bool
) -> list[Click]:
    """One click anywhere in the region; none if it is empty."""
    spots = np.flatnonzero(region)
    if len(spots) == 0:
        return []
    row, col = divmod(int(rng.choice(spots)), region.shape[1])
    return [Click(row, col, is_positive)]


def _negative_region(
    truth: BoolMask, others: BoolMask, rng: np.random.Generator
) -> BoolMask:
    """Anywhere outside (.1), other objects (.4), the ring around the target (.5)."""
    draw = rng.random()
    if draw < 0.1 or (draw < 0.5 and not others.any()):
        return ~truth
    if draw < 0.5:
        return others & ~truth
    reach = int(np.ceil(0.1 * np.sqrt(np.count_nonzero(truth))))
    kernel = np.ones((3, 3), np.uint8)
    wide = cv2.dilate(truth.astype(np.uint8), kernel, iterations=reach).astype(bool)
    return wide & ~truth
