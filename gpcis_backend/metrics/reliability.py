"""How far a model's own estimates of its masks can be trusted."""

from collections.abc import Sequence
from typing import Any

import numpy as np


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
