"""How much the numbers depend on where inside the error the annotator clicks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.metrics.curves import clicks_needed
from gpcis_backend.metrics.run import ObjectRun
from gpcis_backend.metrics.table import BUDGET


def robustness(
    base: Sequence[ObjectRun], others: Sequence[Sequence[ObjectRun]], max_clicks: int
) -> dict[str, Any]:
    """NoC@90 of other annotators against that of centre clicks, as JSON holds it.

    Args:
        base: Runs of centre clicks, one for each object.
        others: Runs over the same objects: one sequence for each draw, or for each
            decile of the click map from the least likely, G1, to the most, G10.
        max_clicks: Of every object; the first 20 count.

    Returns:
        ``noc@90`` of every draw; their ``mean`` and ``std`` (of a sample: n - 1; None
        for one draw); ``base``; ``relative_increase`` of the mean over the base;
        ``mean_increase`` and ``spread``, the means over objects of
        (mean of draws - base) / base and of (first - last) / last.
    """
    budget = min(max_clicks, BUDGET)
    needed = np.array([_clicks(runs, budget) for runs in others])  # (draws, objects)
    centre = _clicks(base, budget)
    per_draw = needed.mean(axis=1)
    mean, of_base = float(per_draw.mean()), float(centre.mean())
    return {
        "noc@90": per_draw.tolist(),
        "mean": mean,
        "std": float(per_draw.std(ddof=1)) if len(per_draw) > 1 else None,
        "base": of_base,
        "relative_increase": (mean - of_base) / of_base,
        "mean_increase": float(((needed.mean(axis=0) - centre) / centre).mean()),
        "spread": float(((needed[0] - needed[-1]) / needed[-1]).mean()),
    }


def _clicks(runs: Sequence[ObjectRun], budget: int) -> NDArray[np.float64]:
    needed = clicks_needed([run.ious for run in runs], 0.90, budget)
    return np.asarray(needed, dtype=np.float64)
