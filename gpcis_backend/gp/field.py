"""GP inputs of one batch: kernel and prior at the clicks and, row by row, at all pixels.

Full form: features are upsampled to every pixel, then normed and projected.  Coarse form
(``GPSettings.coarse``): prior and |x|²/2 are computed at feature resolution and upsampled,
like the products x·x_n, which are linear.  The kernel exp(x·x_n − a(x) − a(x_n)) with the
upsampled norm a stays positive semi-definite, so clicks keep every guarantee.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from gpcis_backend.gp.features import Basis, random_features
from gpcis_backend.gp.grid import sample, upsample_rows
from gpcis_backend.gp.kernels import half_norm, rbf, scale_features


class PriorWeights(NamedTuple):
    """The prior Φ w of one draw: frequencies, phases, weights, basis."""

    freq: Tensor  # (L, D+3)
    phase: Tensor  # (L,)
    weights: Tensor  # (L,)
    basis: Basis

    def at(self, z: Tensor) -> Tensor:
        """Prior at any points.  (B, P, D+3) -> (B, P)."""
        return random_features(z, self.freq, self.phase, self.basis) @ self.weights


class KernelParams(NamedTuple):
    """Log precision λ (D,) and colour weight η₀ ()."""

    log_precision: Tensor
    colour_weight: Tensor


class Rows(NamedTuple):
    """Kernel and prior of a block of pixel rows against the clicks."""

    feature_term: Tensor  # (B, N, R·W)
    colour_term: Tensor  # (B, N, R·W), without η₀
    prior: Tensor  # (B, R·W)
    diagonal: Tensor | None  # (B, R·W), k(p, p), where asked for


class Field:
    """One batch of pixels and its clicks, seen through kernel and prior.

    Args:
        feats: (B, D, h, w)
        colours: (B, 3, H, W)
        coords: Integer (row, col) of the clicks in ``colours``.  (B, N, 2)
        valid: (B, N)
        kernel: λ and η₀.
        prior: Φ w.
        is_coarse: Prior and norms at feature resolution.
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
    ) -> None:
        self.feats, self.colours = feats, colours
        self.kernel, self.prior, self.is_coarse = kernel, prior, is_coarse
        self.height, self.width = colours.shape[2:]
        size = (self.height, self.width)
        x, g = sample(feats, coords, *size), sample(colours, coords, *size)
        self.z_clicks = torch.cat([x, g], -1)  # (B, N, D+3)
        count = valid.sum(-1).clamp(min=1)[:, None, None]  # (B, 1, 1)
        # Distances do not change, products lose fewer digits.
        self.x_centre = (x * valid.unsqueeze(-1)).sum(1, keepdim=True) / count
        self.g_centre = (g * valid.unsqueeze(-1)).sum(1, keepdim=True) / count
        self.x_clicks = self._scale(x)  # (B, N, D)
        self.g_clicks = g - self.g_centre  # (B, N, 3)
        self.x_half = half_norm(self.x_clicks)  # (B, N)
        self.g_half = half_norm(self.g_clicks)  # (B, N)
        self.coarse_maps = self._coarse_maps() if is_coarse else None
        if self.coarse_maps is None:
            self.prior_clicks = prior.at(self.z_clicks)  # (B, N)
        else:
            at_clicks = sample(self.coarse_maps[:, :2], coords, *size)  # (B, N, 2)
            self.x_half, self.prior_clicks = at_clicks.unbind(-1)

    def gram(self) -> Tensor:
        """Kernel between the clicks, in float64.  (B, N, N)."""
        x, g = self.x_clicks.double(), self.g_clicks.double()
        if self.is_coarse:
            x_half, g_half = self.x_half.double(), half_norm(g)
        else:
            x_half, g_half = half_norm(x), half_norm(g)
        features = rbf(x @ x.mT, x_half, x_half)
        colour = rbf(g @ g.mT, g_half, g_half)
        return features + self.kernel.colour_weight.double() * colour

    def blocks(self, chunk_pixels: int) -> Iterator[slice]:
        """Blocks of pixel rows, each at most ``chunk_pixels`` in the whole batch."""
        step = max(1, chunk_pixels // (self.width * len(self.feats)))
        for start in range(0, self.height, step):
            yield slice(start, min(start + step, self.height))

    def rows(self, block: slice, *, with_diagonal: bool = False) -> Rows:
        """Kernel terms and prior of one block of pixel rows."""
        g = self.colours[:, :, block].flatten(2) - self.g_centre.mT  # (B, 3, P)
        colour_term = rbf(self.g_clicks @ g, self.g_half, half_norm(g.mT))
        x = None
        if self.coarse_maps is None or with_diagonal:
            x = upsample_rows(self.feats, block, self.height, self.width).flatten(2)
        if self.coarse_maps is None:
            assert x is not None
            scaled = self._scale(x.mT)  # (B, P, D)
            dot, half = self.x_clicks @ scaled.mT, half_norm(scaled)
            z = torch.cat([x.mT, self.colours[:, :, block].flatten(2).mT], -1)
            prior = self.prior.at(z)
        else:
            maps = upsample_rows(self.coarse_maps, block, self.height, self.width)
            maps = maps.flatten(2)
            half, prior, dot = maps[:, 0], maps[:, 1], maps[:, 2:]
        diagonal = self._diagonal(x, half) if with_diagonal and x is not None else None
        return Rows(rbf(dot, self.x_half, half), colour_term, prior, diagonal)

    def _scale(self, x: Tensor) -> Tensor:
        """(B, P, D) -> (B, P, D)."""
        return scale_features(x, self.x_centre, self.kernel.log_precision)

    def _coarse_maps(self) -> Tensor:
        """|x|²/2, prior, and x·x_n for each click, at feature resolution."""
        shape = self.feats.shape[2:]
        x = self.feats.flatten(2).mT  # (B, h·w, D)
        g = F.adaptive_avg_pool2d(self.colours, shape).flatten(2).mT
        scaled = self._scale(x)
        prior = self.prior.at(torch.cat([x, g], -1))
        dot = self.x_clicks @ scaled.mT  # (B, N, h·w)
        maps = torch.stack([half_norm(scaled), prior], 1)
        return torch.cat([maps, dot], 1).unflatten(2, shape)

    def _diagonal(self, x: Tensor, half: Tensor) -> Tensor:
        """k(p, p): 1 + η₀ in the full form, at most that in the coarse one."""
        exponent = 2 * half_norm(self._scale(x.mT)) - 2 * half  # (B, P)
        return exponent.clamp(max=0).exp() + self.kernel.colour_weight
