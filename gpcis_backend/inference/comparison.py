"""Two models on the same objects: mean difference, and how sure it is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_DRAWS = 10_000


class Difference(NamedTuple):
    """A mean difference, with its 95 % bootstrap interval over objects.

    Args:
        mean: Of all objects.
        low: Lower end of the interval.
        high: Upper end.
    """

    mean: float
    low: float
    high: float


def paired_difference(
    ours: Sequence[float], reference: Sequence[float], seed: int = 0
) -> Difference:
    """Mean of ``ours`` minus ``reference``; the interval knows objects, not seeds.

    Objects are drawn with replacement and keep both their values, so that hard objects
    disturb both models alike (Efron, Tibshirani 1993, chapter 13: percentiles).

    Args:
        ours: One value of each object.
        reference: Of the same objects.
        seed: Of the draws.
    """
    gaps: NDArray[np.float64] = np.subtract(ours, reference, dtype=np.float64)
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(gaps), size=(_DRAWS, len(gaps)))
    low, high = np.percentile(gaps[picks].mean(axis=1), (2.5, 97.5))
    return Difference(float(gaps.mean()), float(low), float(high))
