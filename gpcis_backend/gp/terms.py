"""The kernel as a sum of weighted terms, each the exponential of an exponent.

    k = kₓ + η₀ k_g                                            (Zhou et al. 2023, Eq. 8)
    k = (1 − α) kₓ + α kₓ k_u(s₁) + η₀ k_g k_u(s₂)             (ours, with places)

kₓ on features, k_g on colours, k_u(s) = exp(−|u − u'|² / 2s²) on places u in [0, 1]².
Products of kernels are sums of exponents; with 0 < α < 1 both stay positive
semi-definite, and k(z, z) = 1 + η₀.
"""

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor


class Places(NamedTuple):
    """How the kernel depends on places.

    Args:
        share: α, of the feature term that fades with distance.  ()
        log_reach: Logarithms of s₁ and s₂, in sides of the image.  (2,)
    """

    share: Tensor
    log_reach: Tensor


class KernelParams(NamedTuple):
    """What the kernel is made with.

    Args:
        log_precision: λ.  (D,)
        colour_weight: η₀, None for inputs without colour.  ()
        places: None for a kernel that does not know them.
    """

    log_precision: Tensor
    colour_weight: Tensor | None
    places: Places | None = None

    @property
    def at_itself(self) -> Tensor:
        """k(z, z), of any point.  ()."""
        one = self.log_precision.new_ones(())
        return one if self.colour_weight is None else one + self.colour_weight


class Exponents(NamedTuple):
    """Log of one kernel term, clicks against points: dot − half_clicks − half.

    A click stands here for each of the N points that it sees.

    Args:
        dot: (B, N, P)
        half_clicks: (B, N)
        half: (B, P)
    """

    dot: Tensor
    half_clicks: Tensor
    half: Tensor

    def faded(self, places: "Exponents", log_reach: Tensor) -> "Exponents":
        """This term times k_u of the given reach."""
        factor = torch.exp(-2 * log_reach)
        pairs = zip(self, places, strict=True)
        return Exponents(*(mine + factor * other for mine, other in pairs))


class Inputs(NamedTuple):
    """Exponents of the inputs that the kernel asks for.

    Args:
        features: In units of their length scales.
        colour: None without colour.
        places: In sides of the image; None where the kernel does not know them.
    """

    features: Exponents
    colour: Exponents | None
    places: Exponents | None


class Term(NamedTuple):
    """One of the terms whose sum is the kernel."""

    exponents: Exponents
    weight: Tensor | None = None  # (), None is 1

    def scaled(self, values: Tensor) -> Tensor:
        """``values`` times the weight of the term."""
        return values if self.weight is None else values * self.weight


def kernel_terms(kernel: KernelParams, inputs: Inputs) -> tuple[Term, ...]:
    """The terms of k between clicks and points."""
    features, colour, places = inputs
    terms = [Term(features)]
    if kernel.places is not None and places is not None:
        share, (near, far) = kernel.places.share, kernel.places.log_reach
        faded = Term(features.faded(places, near), share)
        terms = [Term(features, 1 - share), faded]
        colour = None if colour is None else colour.faded(places, far)
    if colour is not None:
        terms.append(Term(colour, kernel.colour_weight))
    return tuple(terms)


def total(parts: Iterable[Tensor]) -> Tensor:
    """The sum of one tensor or more."""
    return reduce(torch.add, parts)
