"""GP inputs of one batch: kernel and prior at the clicks and, row by row, at pixels.

Full form: features are upsampled to every pixel, then normed and projected.  Coarse
form (``GPSettings.coarse``): prior and |x|²/2 are computed at feature resolution and
upsampled, like the products x·x_n, which are linear.  The kernel
exp(x·x_n − a(x) − a(x_n)) with the upsampled norm a stays positive semi-definite, so
clicks keep every guarantee.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gpcis_backend.gp.features import Basis, prior_at
from gpcis_backend.gp.grid import sample, upsample_rows
from gpcis_backend.gp.kernels import half_norm, rbf, scale_features
from gpcis_backend.gp.terms import (
    Exponents,
    Inputs,
    KernelParams,
    Term,
    kernel_terms,
    total,
)


class PriorWeights(NamedTuple):
    """The prior Φ w of one draw: frequencies, phases, weights, basis."""

    freq: Tensor  # (L, D+3)
    phase: Tensor  # (L,)
    weights: Tensor  # (L,)
    basis: Basis

    def at(self, z: Tensor) -> Tensor:
        """Prior at any points.  (B, P, D+3) -> (B, P)."""
        return prior_at(z, self.freq, self.phase, self.basis, self.weights)


class Rows(NamedTuple):
    """Kernel and prior of a block of pixel rows against the clicks, P = R·W."""

    terms: tuple[Term, ...]
    prior: Tensor  # (B, P)
    diagonal: Tensor | None  # (B, P), k(p, p), where asked for


class _CoarseMaps(NamedTuple):
    """What the coarse form computes at feature resolution."""

    dot: Tensor  # x·x_n (B, N, h, w)
    half_and_prior: Tensor  # |x|²/2 and Φ w (B, 2, h, w)


class Field:
    """One batch of pixels and its clicks, seen through kernel and prior.

    Args:
        feats: (B, D, h, w)
        colours: (B, 3, H, W)
        coords: Integer (row, col) of the clicks in ``colours``.  (B, N, 2)
        valid: (B, N)
        kernel: λ, η₀ and the rest.
        prior: Φ w.
        is_coarse: Prior and norms at feature resolution.
        chunk_pixels: Pixels of the whole batch that are handled at once.
    """

    def __init__(
        self,
        feats: Tensor,
        colours: Tensor,
        coords: Tensor,
        valid: Tensor,
        *,
        kernel: KernelParams,
        prior: PriorWeights,
        is_coarse: bool,
        chunk_pixels: int,
    ) -> None:
        self.feats, self.colours = feats, colours
        self.kernel, self.prior, self.is_coarse = kernel, prior, is_coarse
        self.height, self.width = colours.shape[2:]
        self.chunk_pixels = chunk_pixels
        size = (self.height, self.width)
        x, g = sample(feats, coords, *size), sample(colours, coords, *size)
        self.z_clicks = self._inputs(x, g)  # (B, N, D+3)
        count = valid.sum(-1).clamp(min=1)[:, None, None]  # (B, 1, 1)
        # Distances do not change, products lose fewer digits.
        self.x_centre = (x * valid.unsqueeze(-1)).sum(1, keepdim=True) / count
        self.g_centre = (g * valid.unsqueeze(-1)).sum(1, keepdim=True) / count
        self.x_clicks = self._scale(x)  # (B, N, D)
        self.g_clicks = g - self.g_centre  # (B, N, 3)
        self.u_clicks = self._places(coords)  # (B, N, 2)
        self.x_half = half_norm(self.x_clicks)  # (B, N)
        self.coarse = self._coarse_maps() if is_coarse else None
        if self.coarse is None:
            self.prior_clicks = prior.at(self.z_clicks)  # (B, N)
        else:
            at_clicks = sample(self.coarse.half_and_prior, coords, *size)  # (B, N, 2)
            self.x_half, self.prior_clicks = at_clicks.unbind(-1)

    def gram(self) -> Tensor:
        """Kernel between the clicks, in float64.  (B, N, N)."""
        x = self.x_clicks.double()
        half = self.x_half.double() if self.is_coarse else half_norm(x)
        features = Exponents(x @ x.mT, half, half)
        terms = self._terms(features, self.g_clicks.double(), self.u_clicks.double())
        return total(term.scaled(rbf(*term.exponents)) for term in terms)

    def blocks(self) -> Iterator[slice]:
        """Blocks of pixel rows, each at most ``chunk_pixels`` in the whole batch."""
        step = max(1, self.chunk_pixels // (self.width * len(self.feats)))
        for start in range(0, self.height, step):
            yield slice(start, min(start + step, self.height))

    def rows(self, block: slice, *, with_diagonal: bool = False) -> Rows:
        """Kernel terms and prior of one block of pixel rows."""
        colours = self.colours[:, :, block].flatten(2)  # (B, 3, P)
        x = None
        if self.coarse is None or with_diagonal:
            x = self._upsample(self.feats, block)  # (B, D, P)
        if self.coarse is None:
            assert x is not None
            scaled = self._scale(x.mT)  # (B, P, D)
            dot, half = self.x_clicks @ scaled.mT, half_norm(scaled)
            prior = self.prior.at(self._inputs(x.mT, colours.mT))
        else:
            dot = self._upsample(self.coarse.dot, block)
            half, prior = self._upsample(self.coarse.half_and_prior, block).unbind(1)
        diagonal = self._diagonal(x, half) if with_diagonal and x is not None else None
        features = Exponents(dot, self.x_half, half)
        g, u = colours.mT - self.g_centre, self._places_of(block)
        return Rows(self._terms(features, g, u), prior, diagonal)

    def _terms(self, features: Exponents, g: Tensor, u: Tensor) -> tuple[Term, ...]:
        """Kernel terms against points of given colours (B, P, 3) and places (B, P, 2).

        Args:
            features: Of the points.
            g: Less the centre.
            u: In sides of the image.
        """
        with_colour = self.kernel.colour_weight is not None
        colour = _exponents(self.g_clicks.to(g), g) if with_colour else None
        knows = self.kernel.places is not None
        places = _exponents(self.u_clicks.to(u), u) if knows else None
        return kernel_terms(self.kernel, Inputs(features, colour, places))

    def _places(self, coords: Tensor) -> Tensor:
        """(row, col) -> the same in sides of the image, [0, 1].  (..., 2)."""
        sides = coords.new_tensor([self.height - 1, self.width - 1]).clamp(min=1)
        return coords.to(self.feats) / sides.to(self.feats)

    def _places_of(self, block: slice) -> Tensor:
        """Places of the pixels of some rows.  (B, P, 2)."""
        device = self.feats.device
        rows = torch.arange(block.start, block.stop, device=device)
        cols = torch.arange(self.width, device=device)
        grid = torch.stack(torch.meshgrid(rows, cols, indexing="ij"), -1)  # (R, W, 2)
        return self._places(grid.flatten(0, 1)).expand(len(self.feats), -1, -1)

    def _inputs(self, x: Tensor, g: Tensor) -> Tensor:
        """GP inputs of features and colours.  (B, P, D+3), or (B, P, D)."""
        return x if self.kernel.colour_weight is None else torch.cat([x, g], -1)

    def _upsample(self, maps: Tensor, block: slice) -> Tensor:
        """(B, C, h, w) -> (B, C, P)."""
        return upsample_rows(maps, block, self.height, self.width).flatten(2)

    def _scale(self, x: Tensor) -> Tensor:
        """(B, P, D) -> (B, P, D)."""
        return scale_features(x, self.x_centre, self.kernel.log_precision)

    def _coarse_maps(self) -> "_CoarseMaps":
        shape = (self.feats.shape[2], self.feats.shape[3])
        g = F.adaptive_avg_pool2d(self.colours, shape).flatten(2)  # (B, 3, h·w)
        step = max(1, self.chunk_pixels // len(self.feats))
        pairs = zip(self.feats.flatten(2).split(step, 2), g.split(step, 2), strict=True)
        parts = [self._coarse_part(x.mT, g.mT) for x, g in pairs]
        dot, half, prior = (torch.cat(maps, -1) for maps in zip(*parts, strict=True))
        half_and_prior = torch.stack([half, prior], 1)  # (B, 2, h·w)
        return _CoarseMaps(dot.unflatten(2, shape), half_and_prior.unflatten(2, shape))

    def _coarse_part(self, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x·x_n (B, N, P), |x|²/2 (B, P) and Φ w (B, P) of some feature pixels."""
        scaled = self._scale(x)  # (B, P, D)
        prior = self.prior.at(self._inputs(x, g))
        return self.x_clicks @ scaled.mT, half_norm(scaled), prior

    def _diagonal(self, x: Tensor, half: Tensor) -> Tensor:
        """k(p, p): 1 + η₀ in the full form, at most that in the coarse one."""
        exponent = 2 * half_norm(self._scale(x.mT)) - 2 * half  # (B, P)
        features = exponent.clamp(max=0).exp()
        if self.kernel.colour_weight is None:
            return features
        return features + self.kernel.colour_weight


def _exponents(clicks: Tensor, points: Tensor) -> Exponents:
    """Of exp(−½ |a − b|²) between clicks (B, N, C) and points (B, P, C)."""
    return Exponents(clicks @ points.mT, half_norm(clicks), half_norm(points))
