"""GP inputs of one batch: kernel and prior at the clicks and, row by row, everywhere.

The GP lives on a raster of points: the pixels of the picture, to which features are
upsampled block by block, or the cells of the feature grid (``GPSettings.on_grid``).
What a click sees of the raster is told by an ``Observation``; everything that leaves
here is per click.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gpcis_backend.gp.features import Basis, prior_at
from gpcis_backend.gp.grid import sample, upsample_rows
from gpcis_backend.gp.kernels import half_norm, rbf, scale_features, weighted_rbf
from gpcis_backend.gp.observation import Observation
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
    """A block of the raster's rows against the clicks, P points.

    Args:
        terms: Of the kernel, against the points that the clicks see.
        prior: Φ w.  (B, P)
        seen: What the clicks see.
    """

    terms: tuple[Term, ...]
    prior: Tensor
    seen: Observation

    def kernel(self) -> Tensor:
        """Kernel between clicks and points.  (B, N, P)."""
        values = (term.scaled(rbf(*term.exponents)) for term in self.terms)
        return self.seen.fold(total(values))

    def update(self, v: Tensor) -> Tensor:
        """``Kₚₙ v``, without that kernel in memory.  (B, N) -> (B, P)."""
        spread = self.seen.spread(v).to(self.prior)  # float64 until here
        return total(
            weighted_rbf(term.scaled(spread), *term.exponents) for term in self.terms
        )


class Field:
    """One batch of rasters and their clicks, seen through kernel and prior.

    Args:
        feats: (B, D, h, w)
        colours: Of the raster's points.  (B, 3, H, W)
        seen: What the clicks see of the raster.
        valid: False for padded clicks.  (B, N)
        kernel: λ, η₀ and the rest.
        prior: Φ w.
        chunk_pixels: Points of the whole batch that are handled at once.
    """

    def __init__(
        self,
        feats: Tensor,
        colours: Tensor,
        seen: Observation,
        valid: Tensor,
        *,
        kernel: KernelParams,
        prior: PriorWeights,
        chunk_pixels: int,
    ) -> None:
        self.feats, self.colours, self.seen = feats, colours, seen
        self.kernel, self.prior, self.chunk_pixels = kernel, prior, chunk_pixels
        self.height, self.width = colours.shape[2:]
        x, g = self._look_at(feats), self._look_at(colours)  # of the points seen
        x_clicks, g_clicks = seen.fold(x), seen.fold(g)
        self.z_clicks = self._inputs(x_clicks, g_clicks)  # (B, N, D+3)
        # Distances do not change, products lose fewer digits.
        self.x_centre, self.g_centre = _mean(x_clicks, valid), _mean(g_clicks, valid)
        self.x_seen = self._scale(x)  # (B, N·K, D)
        self.g_seen = g - self.g_centre  # (B, N·K, 3)
        self.u_seen = self._places(seen.coords)  # (B, N·K, 2)
        prior_seen = prior.at(self._inputs(x, g))
        self.prior_clicks = seen.fold(prior_seen.double())  # (B, N) float64

    def gram(self) -> Tensor:
        """Kernel between the clicks, in float64.  (B, N, N)."""
        inputs = self.x_seen.double(), self.g_seen.double(), self.u_seen.double()
        points = total(
            term.scaled(rbf(*term.exponents)) for term in self._terms(*inputs)
        )
        return self.seen.fold(self.seen.fold(points).mT)

    def blocks(self) -> Iterator[slice]:
        """Blocks of rows, each at most ``chunk_pixels`` in the whole batch."""
        step = max(1, self.chunk_pixels // (self.width * len(self.feats)))
        for start in range(0, self.height, step):
            yield slice(start, min(start + step, self.height))

    def rows(self, block: slice) -> Rows:
        """Kernel and prior of one block of rows."""
        maps = upsample_rows(self.feats, block, self.height, self.width)
        x = maps.flatten(2).mT  # (B, P, D)
        g = self.colours[:, :, block].flatten(2).mT  # (B, P, 3)
        prior = self.prior.at(self._inputs(x, g))
        inputs = self._scale(x), g - self.g_centre, self._places_of(block)
        return Rows(self._terms(*inputs), prior, self.seen)

    def _terms(self, x: Tensor, g: Tensor, u: Tensor) -> tuple[Term, ...]:
        """Kernel terms between the points seen and others.

        Args:
            x: Features in units of their length scales.  (B, P, D)
            g: Colours less their centre.  (B, P, 3)
            u: In sides of the image.  (B, P, 2)
        """
        features = _exponents(self.x_seen, x)
        with_colour = self.kernel.colour_weight is not None
        colour = _exponents(self.g_seen, g) if with_colour else None
        places = _exponents(self.u_seen, u) if self.kernel.places is not None else None
        return kernel_terms(self.kernel, Inputs(features, colour, places))

    def _look_at(self, maps: Tensor) -> Tensor:
        """Values at the points seen.  (B, C, h, w) -> (B, N·K, C)."""
        return sample(maps, self.seen.coords, self.height, self.width)

    def _places(self, coords: Tensor) -> Tensor:
        """(row, col) -> the same in sides of the image, [0, 1].  (..., 2)."""
        sides = coords.new_tensor([self.height - 1, self.width - 1]).clamp(min=1)
        return coords.to(self.feats) / sides.to(self.feats)

    def _places_of(self, block: slice) -> Tensor:
        """Places of the points of some rows.  (B, P, 2)."""
        device = self.feats.device
        rows = torch.arange(block.start, block.stop, device=device)
        cols = torch.arange(self.width, device=device)
        grid = torch.stack(torch.meshgrid(rows, cols, indexing="ij"), -1)  # (R, W, 2)
        return self._places(grid.flatten(0, 1)).expand(len(self.feats), -1, -1)

    def _inputs(self, x: Tensor, g: Tensor) -> Tensor:
        """GP inputs of features and colours.  (B, P, D+3), or (B, P, D)."""
        return x if self.kernel.colour_weight is None else torch.cat([x, g], -1)

    def _scale(self, x: Tensor) -> Tensor:
        """(B, P, D) -> (B, P, D)."""
        return scale_features(x, self.x_centre, self.kernel.log_precision)


def _mean(values: Tensor, valid: Tensor) -> Tensor:
    """Over the valid clicks.  (B, N, C), (B, N) -> (B, 1, C)."""
    count = valid.sum(-1).clamp(min=1)[:, None, None]  # (B, 1, 1)
    return (values * valid.unsqueeze(-1)).sum(1, keepdim=True) / count


def _exponents(seen: Tensor, points: Tensor) -> Exponents:
    """Of exp(−½ |a − b|²) between points seen (B, N·K, C) and others (B, P, C)."""
    seen = seen.to(points)
    return Exponents(seen @ points.mT, half_norm(seen), half_norm(points))
