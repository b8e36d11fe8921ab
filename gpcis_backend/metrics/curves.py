"""Numbers of the IoU curves of all objects of a set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Curve: TypeAlias = Sequence[float]


@dataclass(frozen=True, slots=True)
class Failures:
    """Objects that missed the target, in both conventions that tables use.

    Args:
        release: Objects that needed the whole budget, success at its last click
            included, as the public code counts.
        strict: Objects that never reached the target.
    """

    release: int
    strict: int


def mean_curve(curves: Sequence[Curve], budget: int) -> list[float]:
    """Mean IoU of all objects after click 1 to ``budget``."""
    return [float(mean) for mean in np.mean([held(c, budget) for c in curves], axis=0)]


def clicks_to_target(curve: Curve, target: float, budget: int) -> int | None:
    """The first click after which the IoU is at least ``target``; None if never."""
    reached = np.flatnonzero(np.asarray(curve[:budget]) >= target)
    return int(reached[0]) + 1 if len(reached) else None


def clicks_needed(curves: Sequence[Curve], target: float, budget: int) -> list[int]:
    """Clicks of every object to the target, where a miss counts as the budget.

    Args:
        curves: One for each object.
        target: IoU in [0, 1].
        budget: Clicks that an object may take, K.
    """
    return [clicks_to_target(curve, target, budget) or budget for curve in curves]


def number_of_clicks(curves: Sequence[Curve], target: float, budget: int) -> float:
    """NoC: the mean of ``clicks_needed``, whose arguments it takes."""
    return float(np.mean(clicks_needed(curves, target, budget)))


def number_of_failures(curves: Sequence[Curve], target: float, budget: int) -> Failures:
    """NoF: objects that missed the target; arguments as for ``clicks_needed``."""
    needed = [clicks_to_target(curve, target, budget) for curve in curves]
    return Failures(
        release=sum(clicks in (None, budget) for clicks in needed),
        strict=sum(clicks is None for clicks in needed),
    )


def iou_at(curves: Sequence[Curve], num_clicks: int) -> float:
    """IoU&k: mean IoU after ``num_clicks``, from runs that never stop early."""
    return float(np.mean([held(curve, num_clicks)[-1] for curve in curves]))


def number_of_incorrect_clicks(
    contradicted: Sequence[Sequence[int]],
    curves: Sequence[Curve],
    target: float,
    budget: int,
) -> int:
    """NoIC: clicks that the mask contradicts where each object ends, over all objects.

    An object ends at the first click that reaches ``target``, else at the last one.

    Args:
        contradicted: For each object, contradicted clicks after click 1, 2, ...
        curves: IoU of the same objects after the same clicks.
        target: IoU in [0, 1].
        budget: Clicks that an object may take, K.
    """
    ends = clicks_needed(curves, target, budget)
    pairs = zip(contradicted, ends, strict=True)
    return int(sum(held(counts, end)[-1] for counts, end in pairs))


def seconds_per_click(seconds: Sequence[float], curves: Sequence[Curve]) -> float:
    """SPC: seconds of all objects over their clicks; say if total or network time.

    Args:
        seconds: One sum for each object.
        curves: Of the same objects, with one value for each click.
    """
    return float(sum(seconds) / sum(len(curve) for curve in curves))


def held(curve: Curve, length: int) -> NDArray[np.float64]:
    """``curve`` cut or held constant to ``length`` clicks.  (length,)."""
    values = np.asarray(curve[:length], dtype=np.float64)
    return np.pad(values, (0, length - len(values)), mode="edge")
