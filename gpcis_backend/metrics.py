"""Numbers of a table, from plain masks and curves.

A curve holds the IoU of one object after click 1, 2, ...  A curve shorter than what
is asked for is held constant at its last value: its annotator found nothing left to
correct.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

BoolMask: TypeAlias = NDArray[np.bool_]
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


@dataclass(frozen=True, slots=True)
class ObjectRun:
    """What a run over one object measured; the run never stops at an IoU.

    Args:
        name: Of the sample.
        ious: After click 1, 2, ...
        contradicted: Clicks so far that the mask contradicts, after click 1, 2, ...
        network_seconds: Inside the predictor, in total.
        seconds: Of the whole loop: reading, choosing clicks, predicting, scoring.
        steadiness: Of the soft mask after click 1, 2, ..., where it was measured.
    """

    name: str
    ious: tuple[float, ...]
    contradicted: tuple[int, ...]
    network_seconds: float
    seconds: float
    steadiness: tuple[float, ...] = ()


def table_row(
    runs: Sequence[ObjectRun], budget: int, *, target: float = 0.90
) -> dict[str, Any]:
    """All numbers of one data set, as JSON holds them; IoU in [0, 1].

    Args:
        runs: At least one; all of the same run that never stops early.
        budget: Clicks that an object may take, K.
        target: IoU at which an object ends where incorrect clicks are counted.

    Returns:
        NoC, NoF, IoU&k (None beyond the budget), NoIC where each object ends and
        summed over all steps, seconds per click, number of objects.
    """
    curves = [run.ious for run in runs]
    contradicted = [run.contradicted for run in runs]
    row: dict[str, Any] = {}
    for percent in (85, 90):
        row[f"noc@{percent}"] = number_of_clicks(curves, percent / 100, budget)
        failures = number_of_failures(curves, percent / 100, budget)
        row[f"nof@{percent}"] = asdict(failures)
    for k in (1, 5):
        row[f"iou@{k}"] = iou_at(curves, k) if k <= budget else None
    row["noic"] = number_of_incorrect_clicks(contradicted, curves, target, budget)
    row["noic_all_steps"] = sum(sum(counts) for counts in contradicted)
    row["seconds_per_click"] = seconds_per_click([r.seconds for r in runs], curves)
    network = [run.network_seconds for run in runs]
    row["network_seconds_per_click"] = seconds_per_click(network, curves)
    return {**row, "objects": len(runs)}


def mean_curve(curves: Sequence[Curve], budget: int) -> list[float]:
    """Mean IoU of all objects after click 1 to ``budget``."""
    return [float(mean) for mean in np.mean([held(c, budget) for c in curves], axis=0)]


def iou(pred: BoolMask, truth: BoolMask, void: BoolMask | None = None) -> float:
    """Intersection over union among labelled pixels; 1 if both masks are empty there.

    Args:
        pred: The mask to judge.  (H, W)
        truth: The object.  (H, W)
        void: Pixels without a label.  (H, W)
    """
    labelled = True if void is None else ~void
    union = np.count_nonzero((pred | truth) & labelled)
    if union == 0:
        return 1.0
    return np.count_nonzero(pred & truth & labelled) / union


def clicks_to_target(curve: Curve, target: float, budget: int) -> int | None:
    """The first click after which the IoU is at least ``target``; None if never."""
    reached = np.flatnonzero(np.asarray(curve[:budget]) >= target)
    return int(reached[0]) + 1 if len(reached) else None


def number_of_clicks(curves: Sequence[Curve], target: float, budget: int) -> float:
    """NoC: mean clicks to the target, where an object that misses it counts as budget.

    Args:
        curves: One for each object.
        target: IoU in [0, 1].
        budget: Clicks that an object may take, K.
    """
    needed = [clicks_to_target(curve, target, budget) for curve in curves]
    return float(np.mean([budget if clicks is None else clicks for clicks in needed]))


def number_of_failures(curves: Sequence[Curve], target: float, budget: int) -> Failures:
    """NoF: objects that missed the target; arguments as for ``number_of_clicks``."""
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
    ends = [clicks_to_target(curve, target, budget) or budget for curve in curves]
    pairs = zip(contradicted, ends, strict=True)
    return int(sum(held(counts, end)[-1] for counts, end in pairs))


def seconds_per_click(seconds: Sequence[float], curves: Sequence[Curve]) -> float:
    """SPC: seconds of all objects over their clicks; say if total or network time.

    Args:
        seconds: One sum for each object.
        curves: Of the same objects, with one value for each click.
    """
    return float(sum(seconds) / sum(len(curve) for curve in curves))


def reliability(
    estimated: Sequence[float], actual: Sequence[float], num_bins: int = 10
) -> dict[str, Any]:
    """How far estimates in [0, 1] can be trusted, as JSON holds it.

    Args:
        estimated: At least one.
        actual: What each of them estimates.
        num_bins: Of equal width, each closed below; 1 belongs to the last.

    Returns:
        Mean absolute error, bias (positive: too high), correlation (None if either is
        constant), expected calibration error, and for each bin that is not empty its
        lower end, count and both means.
    """
    guess, real = np.asarray(estimated), np.asarray(actual)
    bins = np.minimum((guess * num_bins).astype(int), num_bins - 1)
    table = [
        {
            "from": number / num_bins,
            "count": int(np.count_nonzero(bins == number)),
            "estimated": float(guess[bins == number].mean()),
            "actual": float(real[bins == number].mean()),
        }
        for number in np.unique(bins).tolist()
    ]
    gaps = [row["count"] * abs(row["estimated"] - row["actual"]) for row in table]
    is_constant = np.ptp(guess) == 0 or np.ptp(real) == 0
    return {
        "count": len(guess),
        "mean_absolute_error": float(np.abs(guess - real).mean()),
        "bias": float((guess - real).mean()),
        "correlation": None if is_constant else float(np.corrcoef(guess, real)[0, 1]),
        "expected_calibration_error": sum(gaps) / len(guess),
        "table": table,
    }


def held(curve: Curve, length: int) -> NDArray[np.float64]:
    """``curve`` cut or held constant to ``length`` clicks.  (length,)."""
    values = np.asarray(curve[:length], dtype=np.float64)
    return np.pad(values, (0, length - len(values)), mode="edge")
