"""The GP classifier: calls features, kernels, posterior and targets.

    f = Φₚ w + Kₚₙ v,     v = (Kₙₙ + ε²I)⁻¹ (fₙ − Φₙ w),     p = s(f)

Zhou et al. 2023, Eq. 11.  z = [x ; g]: unit-norm features at stride 4, upsampled
without re-normalisation, and normalised colours.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from gpcis_backend.gp.field import Field, PriorWeights
from gpcis_backend.gp.grid import local_median
from gpcis_backend.gp.kernels import rbf, weighted_rbf
from gpcis_backend.gp.noise import Noise, Source
from gpcis_backend.gp.parameters import GPParameters
from gpcis_backend.gp.posterior import (
    drop_contradicted,
    factorise,
    posterior_variance,
    solve,
)
from gpcis_backend.gp.terms import KernelParams, total
from gpcis_backend.gp.variational import sample_targets, vi_loss

_TINY = 1e-30  # keeps 0/0 of a padded slot at 0
_EXACT_BELOW = 1e-4  # ε² from which float32 rows are too coarse at the clicks


class Clicks(NamedTuple):
    """Padded clicks of a batch, in pixels of the colour image.

    Args:
        coords: Integer (row, col), zeros where padded.  (B, N, 2)
        label: +1, -1, or 0 where padded.  (B, N)
        order: Newest largest, -1 where padded.  (B, N)
    """

    coords: Tensor
    label: Tensor
    order: Tensor


@dataclass(frozen=True, slots=True)
class Posterior:
    """What the GP says about one batch.

    Args:
        logits: f at every pixel.  (B, H, W)
        prior: Φ w at every pixel, part of ``logits``.  (B, H, W)
        vi: L_VI, a scalar; 0 unless sampled.
        noise: ε² that each image's system needed.  (B,)
        strain: max over clicks of ε²|v|/|m|; below 1 every click keeps its sign.  (B,)
        variance: Var(p), if asked for.  (B, H, W)
    """

    logits: Tensor
    prior: Tensor
    vi: Tensor
    noise: Tensor
    strain: Tensor
    variance: Tensor | None = None


class _System(NamedTuple):
    """The solved click system of a batch."""

    clicks: Clicks  # without the contradicted ones
    gram: Tensor  # (B, N, N) float64
    chol: Tensor  # (B, N, N) float64
    v: Tensor  # (B, N) float64
    prior: Tensor  # Φ w at the clicks (B, N) float64
    f_mean: Tensor  # (B, N)
    f_clicks: Tensor  # (B, N)
    noise: Tensor  # (B,)


class GPClassifier(GPParameters):
    """Logits of all pixels from features, colours and clicks."""

    def forward(
        self,
        feats: Tensor,
        colours: Tensor,
        clicks: Clicks,
        *,
        noise_var: float,
        with_sample: bool = False,
        with_variance: bool = False,
        generator: torch.Generator | Noise | None = None,
    ) -> Posterior:
        """Posterior of a batch at every pixel of ``colours``.

        Args:
            feats: Unit-norm features, at any resolution.  (B, D, h, w)
            colours: Normalised RGB.  (B, 3, H, W)
            clicks: Clicked pixels of ``colours``.
            noise_var: ε² > 0, in squared logits.
            with_sample: Draw w and the targets, and compute L_VI: the training step.
            with_variance: Also return Var(p).
            generator: Source of the draws, or their numbers.

        Raises:
            NumericalError: The click system of an image stayed singular.
            ValueError: Shapes that do not fit.
        """
        _check(feats, colours, clicks)
        colours = local_median(colours, self.settings.median_side)
        with torch.autocast(feats.device.type, enabled=False):
            given = generator if isinstance(generator, Noise) else (generator,) * 2
            weights = self.prior_weights(with_sample, given[0])
            field = self._field(feats, colours, clicks, weights)
            system = self._solve(field, clicks, noise_var, with_sample, given[1])
            logits, prior, variance = self._all_rows(field, system, with_variance)
        if noise_var < _EXACT_BELOW and not torch.is_grad_enabled():
            _overwrite_clicks(logits, system)
        strain = system.noise[:, None] * system.v.abs() / (system.f_mean.abs() + _TINY)
        return Posterior(
            logits=logits,
            prior=prior,
            vi=self._vi(system) if with_sample else logits.new_zeros(()),
            noise=system.noise,
            strain=F.pad(strain, (0, 1)).amax(1),
            variance=variance,
        )

    def _field(
        self, feats: Tensor, colours: Tensor, clicks: Clicks, weights: Tensor
    ) -> Field:
        dtype = torch.promote_types(feats.dtype, torch.float32)
        return Field(
            feats.to(dtype),
            colours.to(dtype),
            clicks.coords,
            clicks.label != 0,
            kernel=KernelParams(self.log_precision, self.colour_weight, self.places),
            prior=PriorWeights(self.freq, self.phase, weights, self.settings.basis),
            is_coarse=self.settings.coarse,
            chunk_pixels=self.settings.chunk_pixels,
        )

    def _solve(
        self,
        field: Field,
        clicks: Clicks,
        noise_var: float,
        with_sample: bool,
        generator: Source,
    ) -> _System:
        gram = field.gram()
        keep = drop_contradicted(gram.detach(), clicks.label, clicks.order)
        clicks = clicks._replace(label=clicks.label * keep)
        valid = clicks.label != 0
        f_mean = self.targets(field.z_clicks, clicks.label.to(field.z_clicks))
        f_clicks = f_mean
        if with_sample:
            f_clicks = sample_targets(f_mean, self.settings.target_var, generator)
        prior = field.prior_clicks.double()
        chol, noise = factorise(gram, valid, noise_var=noise_var)
        v = solve(chol, f_clicks - prior, valid)
        return _System(clicks, gram, chol, v, prior, f_mean, f_clicks, noise)

    def _all_rows(
        self, field: Field, system: _System, with_variance: bool
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Logits, prior and variance at all pixels.  (B, H, W) each."""
        blocks = list(field.blocks())

        def run(block: slice) -> tuple[Tensor, ...]:
            return self._rows(field, system, block, with_variance)

        if torch.is_grad_enabled() and len(blocks) > 1:
            parts = [checkpoint(run, block, use_reentrant=False) for block in blocks]
        else:
            parts = [run(block) for block in blocks]
        maps = [torch.cat(part, 1) for part in zip(*parts, strict=True)]
        maps = [flat.unflatten(1, (field.height, field.width)) for flat in maps]
        return maps[0], maps[1], maps[2] if with_variance else None

    def _rows(
        self, field: Field, system: _System, block: slice, with_variance: bool
    ) -> tuple[Tensor, ...]:
        rows = field.rows(block, with_diagonal=with_variance)
        v = system.v.to(rows.prior.dtype)  # (B, N)
        logits = rows.prior
        for term in rows.terms:
            logits = logits + weighted_rbf(term.scaled(v), *term.exponents)
        if rows.diagonal is None:
            return logits, rows.prior
        cross = total(term.scaled(rbf(*term.exponents)) for term in rows.terms)
        variance = posterior_variance(
            rows.diagonal,
            cross * (system.clicks.label != 0).unsqueeze(-1),
            system.chol,
            target_var=self.settings.target_var,
        )
        return logits, rows.prior, variance.to(logits.dtype)

    def _vi(self, system: _System) -> Tensor:
        chol = system.chol.detach() if self.settings.detach_gram else system.chol
        loss = vi_loss(
            system.f_mean,
            system.f_clicks,
            system.clicks.label,
            chol,
            form=self.settings.vi_form,
        )
        return loss


def _check(feats: Tensor, colours: Tensor, clicks: Clicks) -> None:
    """Raise ValueError unless batch sizes and channel counts agree."""
    sizes = {len(feats), len(colours), *(len(part) for part in clicks)}
    if len(sizes) != 1:
        raise ValueError(f"expected one batch size, found {sorted(sizes)}")
    if colours.shape[1] != 3:
        raise ValueError(f"expected 3 colour channels, found {colours.shape[1]}")


def _overwrite_clicks(logits: Tensor, system: _System) -> None:
    """Put the float64 value at clicked pixels: v magnifies a float32 row there."""
    value = system.prior + (system.gram @ system.v.unsqueeze(-1)).squeeze(-1)  # (B, N)
    image, slot = torch.nonzero(system.clicks.label, as_tuple=True)
    rows, cols = system.clicks.coords[image, slot].long().unbind(-1)
    logits[image, rows, cols] = value[image, slot].to(logits.dtype)
