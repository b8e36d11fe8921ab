"""Do draws follow a distribution?  Tests that a right sampler fails once in a million.

Seeds are fixed, so a test that passes goes on passing until the sampler changes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

ONE_IN_A_MILLION = 1e-6
SIGMAS = 4.9  # two-sided, of a normal distribution


def assert_follows(counts: ArrayLike, shares: ArrayLike) -> None:
    """Chi-square test of counts per cell; no count where the share is 0.

    Cells that expect fewer than five are joined.
    """
    found, wanted = np.ravel(counts).astype(float), np.ravel(shares).astype(float)
    np.testing.assert_allclose(wanted.sum(), 1)
    assert not found[wanted == 0].any(), "draws where there may be none"
    expected = wanted * found.sum()
    rare = expected < 5
    found = np.append(found[~rare], found[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    keep = expected > 0
    assert keep.sum() > 1, "one cell proves nothing"
    result = stats.chisquare(found[keep], expected[keep])
    assert result.pvalue > ONE_IN_A_MILLION, (found[keep], expected[keep].round(1))


def assert_share(hits: ArrayLike, share: float) -> None:
    """As many of the independent ``hits`` are true as a share of them should be."""
    found = np.ravel(hits).astype(bool)
    error = SIGMAS * np.sqrt(share * (1 - share) / len(found))
    assert abs(found.mean() - share) < error, f"{found.mean()}, not {share} +- {error}"


def assert_mean(values: ArrayLike, mean: float) -> None:
    """The independent ``values`` have this mean."""
    found = np.ravel(values).astype(float)
    error = SIGMAS * found.std() / np.sqrt(len(found))
    assert abs(found.mean() - mean) < error, f"{found.mean()}, not {mean} +- {error}"


def assert_continuous(
    values: ArrayLike, distribution: "stats.rv_continuous | stats.rv_frozen"
) -> None:
    """Kolmogorov-Smirnov test."""
    result = stats.kstest(np.ravel(values), distribution.cdf)
    assert result.pvalue > ONE_IN_A_MILLION, result


def assert_normal(values: ArrayLike, deviation: float) -> None:
    """Normal around 0: shape, mean and deviation."""
    found = np.ravel(values).astype(float)
    assert_continuous(found, stats.norm(0, deviation))
    error = SIGMAS * deviation / np.sqrt(2 * len(found))
    assert abs(found.std() - deviation) < error, f"{found.std()} +- {error}"
    assert abs(found.mean()) < SIGMAS * deviation / np.sqrt(len(found))


def truncated_geometric(gamma: float, largest: int) -> NDArray[np.float64]:
    """P(k) proportional to gamma^k for k = 0 .. largest."""
    weights = np.array([gamma**k for k in range(largest + 1)])
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares
