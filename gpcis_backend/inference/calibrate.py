"""Fit the estimated IoU of a model to what ``gpcis eval`` measured on held-out objects.

The map has two parameters, so that a few hundred objects are plenty.  Its error is
cross-validated: each half of the photographs is estimated by the map that was fitted to
the other half.  The map that is kept is fitted to all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from gpcis_backend.data.benchmarks import HELD_OUT
from gpcis_backend.data.instance_folder import photograph
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.quality import Calibration, logit
from gpcis_backend.metrics import reliability

_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was measured after every click of every object.

    Args:
        steadiness: Of the soft mask.  (P,)
        iou: Of the mask with the truth.  (P,)
        is_first_half: Which half of the photographs it belongs to.  (P,)
    """

    steadiness: _Values
    iou: _Values
    is_first_half: NDArray[np.bool_]


def to_pairs(results: Mapping[str, Any]) -> Pairs:
    """The pairs of all held-out sets of a results file of ``gpcis eval``.

    Raises:
        InvalidInput: The file holds something else, or too few photographs.
    """
    try:
        curves = [
            curve
            for name, result in results["datasets"].items()
            if name.startswith(f"{HELD_OUT}/")
            for curve in result["curves"]
        ]
        rows = [
            (steady, iou, _half(curve["name"]) == 0)
            for curve in curves
            for steady, iou in zip(curve["steadiness"], curve["iou"], strict=True)
        ]
        steadiness, ious, halves = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise InvalidInput("This is no results file of gpcis eval.") from error
    if len(np.unique(halves)) < 2:
        raise InvalidInput(
            "A calibration needs held-out photographs in both halves: evaluate with "
            "--dataset held-out=DIR on more pictures."
        )
    return Pairs(steadiness, ious, halves.astype(bool))


def fit(steadiness: _Values, iou: _Values) -> Calibration:
    """The map of greatest likelihood, an IoU counting as a probability.

    Args:
        steadiness: Of masks.  (P,)
        iou: Of the same masks with the truth.  (P,)
    """
    odds = logit(steadiness)

    def loss(weights: _Values) -> tuple[float, _Values]:
        scores = weights[0] + weights[1] * odds
        error = 1 / (1 + np.exp(-scores)) - iou
        gradient = np.array([error.mean(), (error * odds).mean()])
        return float((np.logaddexp(0, scores) - iou * scores).mean()), gradient

    free, monotone = (None, None), (0, None)
    found = minimize(loss, [0.0, 1.0], jac=True, bounds=[free, monotone])
    offset, slope = found.x
    return Calibration(float(offset), float(slope))


def cross_validated(pairs: Pairs) -> dict[str, Any]:
    """``metrics.reliability`` of maps that never saw the photographs they judge."""
    estimated = np.empty_like(pairs.iou)
    for seen in (pairs.is_first_half, ~pairs.is_first_half):
        calibration = fit(pairs.steadiness[seen], pairs.iou[seen])
        estimated[~seen] = [calibration(steady) for steady in pairs.steadiness[~seen]]
    return reliability(estimated.tolist(), pairs.iou.tolist())


def _half(name: str) -> int:
    """Which half an object belongs to, by the photograph in its name."""
    picture = name.partition("#")[0].rpartition("/")[2]
    return photograph(picture) // 10 % 2  # held-out ones are all divisible by ten
