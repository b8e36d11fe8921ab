"""Which picture a sample is made from: a function of its index and its generator."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Spot = tuple[int, int]
"""Number of the source, number of the picture in it."""


class PictureOrder(Protocol):
    """Picks pictures."""

    def pick(self, index: int, attempt: int, rng: np.random.Generator) -> Spot:
        """The picture for a sample.

        Args:
            index: Of the sample.
            attempt: How many pictures gave no usable object before.
            rng: Of the sample.
        """


class WeightedSets:
    """A source by its weight, then any of its pictures.

    Args:
        sizes: Pictures of each source.
        weights: Shares of the samples.
    """

    def __init__(self, sizes: Sequence[int], weights: Sequence[float]) -> None:
        self.sizes = tuple(sizes)
        self.shares = np.array(weights, dtype=float) / np.sum(weights)

    def pick(self, index: int, attempt: int, rng: np.random.Generator) -> Spot:
        """Independent of the index."""
        number = int(rng.choice(len(self.sizes), p=self.shares))
        return number, int(rng.integers(self.sizes[number]))


class ShuffledPasses:
    """Every picture once, then every picture once again in another order, and so on.

    Args:
        sizes: Pictures of each source.
        seed: Of the orders.
    """

    def __init__(self, sizes: Sequence[int], seed: int) -> None:
        self.ends, self.seed = np.cumsum(sizes), seed
        self._latest = (-1, np.zeros(0, np.int64))  # a pass and its order

    def pick(self, index: int, attempt: int, rng: np.random.Generator) -> Spot:
        """The picture whose turn it is, any other one in its stead."""
        total = int(self.ends[-1])
        turn = int(self._shuffled(index // total)[index % total])
        return self._spot(turn if attempt == 0 else int(rng.integers(total)))

    def _shuffled(self, number: int) -> NDArray[np.int64]:
        """Order of pass ``number``; that of the latest is kept."""
        if number != self._latest[0]:
            rng = np.random.default_rng([self.seed, number, int(self.ends[-1])])
            self._latest = number, rng.permutation(int(self.ends[-1]))
        return self._latest[1]

    def _spot(self, picture: int) -> Spot:
        source = int(np.searchsorted(self.ends, picture, side="right"))
        return source, picture - int(self.ends[source - 1] if source else 0)


class HardExamples:
    """Pictures by their own weights, drawn anew for every sample.

    Args:
        spots: The pictures.
        weights: One each, not all zero.
    """

    def __init__(self, spots: Sequence[Spot], weights: Sequence[float]) -> None:
        self.spots = tuple(spots)
        self.shares = np.array(weights, dtype=float) / np.sum(weights)

    def pick(self, index: int, attempt: int, rng: np.random.Generator) -> Spot:
        """Independent of the index."""
        return self.spots[int(rng.choice(len(self.spots), p=self.shares))]
