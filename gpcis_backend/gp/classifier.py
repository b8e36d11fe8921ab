"""The GP classifier: calls features, kernels, posterior and targets.

    f = Φₚ w + Kₚₙ v,     v = (Kₙₙ + ε²I)⁻¹ (fₙ − Φₙ w),     p = s(f)

Zhou et al. 2023, Eq. 11.  z = [x ; g]: unit-norm features at stride 4, upsampled
without re-normalisation, and normalised colours.  On the grid (``GPSettings.on_grid``)
features are not upsampled; f of the cells is, once.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from gpcis_backend.gp.field import Field, PriorWeights
from gpcis_backend.gp.grid import local_median, upsample
from gpcis_backend.gp.noise import Noise, Source
from gpcis_backend.gp.observation import Observation, at_pixels, through_cells
from gpcis_backend.gp.parameters import GPParameters
from gpcis_backend.gp.posterior import (
    drop_contradicted,
    factorise,
    posterior_variance,
    solve,
)
from gpcis_backend.gp.system import Clicks, System
from gpcis_backend.gp.terms import KernelParams
from gpcis_backend.gp.variational import sample_targets, vi_loss

_TINY = 1e-30  # keeps 0/0 of a padded slot at 0
EXACT_BELOW = 1e-4  # ε² from which float32 rows are too coarse at the clicks


@dataclass(frozen=True, slots=True)
class Posterior:
    """What the GP says about one batch.

    Args:
        logits: f at every pixel.  (B, H, W)
        prior: Φ w at every pixel, part of ``logits``.  (B, H, W)
        vi: L_VI, a scalar; 0 unless sampled.
        noise: ε² that each image's system needed.  (B,)
        strain: max over clicks of ε²|v|/|m|; below 1 every click keeps its sign.  (B,)
        variance: Var(p), if asked for; on the grid an upper bound of it between clicks
            and cells, as that of a mean is at most the mean of variances.  (B, H, W)
    """

    logits: Tensor
    prior: Tensor
    vi: Tensor
    noise: Tensor
    strain: Tensor
    variance: Tensor | None = None


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
        draw, size = _sources(generator) if with_sample else None, colours.shape[2:]
        with torch.autocast(feats.device.type, enabled=False):
            raster = self._raster(feats, colours, clicks)
            field = self._field(feats, *raster, clicks, self._prior(draw))
            system = self._solve(field, clicks, noise_var, draw)
            maps = self._maps(field, system, with_variance)
            if self.settings.on_grid:
                maps = [upsample(flat.unsqueeze(1), *size).squeeze(1) for flat in maps]
            logits, prior, *variances = self._at_clicks(maps, field, system, noise_var)
            vi = self._vi(system) if with_sample else logits.new_zeros(())
        strain = system.noise[:, None] * system.v.abs() / (system.f_mean.abs() + _TINY)
        return Posterior(
            logits=logits,
            prior=prior,
            vi=vi,
            noise=system.noise,
            strain=F.pad(strain, (0, 1)).amax(1),
            variance=variances[0] if with_variance else None,
        )

    def cell_prior(self, feats: Tensor, colours: Tensor) -> Tensor:
        """Prior Φ μ_w of the grid's cells; for ``CellGP``.

        Args:
            feats: Unit-norm features.  (B, D, h, w)
            colours: Mean normalised RGB of each cell.  (B, 3, h, w)

        Returns:
            (B, h, w)
        """
        parts = [feats, colours] if self.settings.with_colour else [feats]
        z = torch.cat(parts, 1).flatten(2).mT  # (B, h·w, D+3)
        with torch.autocast(feats.device.type, enabled=False):
            prior: Tensor = self._prior(None).at(z).view(-1, *feats.shape[2:])
        return prior

    def _prior(self, draw: tuple[Source, Source] | None) -> PriorWeights:
        """Φ w, of one draw of w or of its mean."""
        if draw is None:
            weights = self.prior_weights()
        else:
            weights = self.prior_weights(with_sample=True, generator=draw[0])
        return PriorWeights(self.freq, self.phase, weights, self.settings.basis)

    def _raster(
        self, feats: Tensor, colours: Tensor, clicks: Clicks
    ) -> tuple[Tensor, Observation]:
        """Colours of the points that the GP lives on, and what clicks see of them."""
        colours = local_median(_at_least_float32(colours), self.settings.median_side)
        if not self.settings.on_grid:
            return colours, at_pixels(clicks.coords)
        cells = (feats.shape[2], feats.shape[3])
        height, width = colours.shape[2:]
        radius = self.settings.disk_radius
        seen = through_cells(clicks.coords, cells, height, width, radius)
        return F.adaptive_avg_pool2d(colours, cells), seen

    def _field(
        self,
        feats: Tensor,
        colours: Tensor,
        seen: Observation,
        clicks: Clicks,
        prior: PriorWeights,
    ) -> Field:
        """The raster that the GP lives on, with the colours of its points."""
        feats = _at_least_float32(feats)
        return Field(
            feats,
            colours.to(feats),
            seen,
            clicks.label != 0,
            kernel=KernelParams(self.log_precision, self.colour_weight, self.places),
            prior=prior,
            chunk_pixels=self.settings.chunk_pixels,
        )

    def _solve(
        self,
        field: Field,
        clicks: Clicks,
        noise_var: float,
        draw: tuple[Source, Source] | None,
    ) -> System:
        gram = field.gram()
        keep = drop_contradicted(gram.detach(), clicks.label, clicks.order)
        clicks = clicks._replace(label=clicks.label * keep)
        valid = clicks.label != 0
        f_mean = self.targets(field.z_clicks, clicks.label.to(field.z_clicks))
        f_clicks = f_mean
        if draw is not None:
            f_clicks = sample_targets(f_mean, self.settings.target_var, draw[1])
        chol, noise = factorise(gram, valid, noise_var=noise_var)
        v = solve(chol, f_clicks - field.prior_clicks, valid)
        return System(clicks, gram, chol, noise, f_mean, f_clicks, v)

    def _maps(self, field: Field, system: System, with_variance: bool) -> list[Tensor]:
        """Logits, prior and, if asked for, variance of the whole raster.  (B, H, W)."""
        blocks = list(field.blocks())

        def run(block: slice) -> tuple[Tensor, ...]:
            rows = field.rows(block)
            logits = rows.prior + rows.update(system.v)
            if not with_variance:
                return logits, rows.prior
            variance = self._variance(system, rows.kernel(), field.kernel.at_itself)
            return logits, rows.prior, variance.to(logits)

        if torch.is_grad_enabled() and len(blocks) > 1:
            parts = [checkpoint(run, block, use_reentrant=False) for block in blocks]
        else:
            parts = [run(block) for block in blocks]
        maps = [torch.cat(part, 1) for part in zip(*parts, strict=True)]
        return [flat.unflatten(1, (field.height, field.width)) for flat in maps]

    def _at_clicks(
        self, maps: list[Tensor], field: Field, system: System, noise_var: float
    ) -> list[Tensor]:
        """The maps of all pixels with the click system's values at the clicks.

        It is in float64, where v magnifies the error of a float32 row; and on the grid
        its variance is that of the clicked pixel, not the mean of the cells around it.
        """
        logits, *others = maps
        gram = system.gram  # (B, N, N)
        if noise_var < EXACT_BELOW and not torch.is_grad_enabled():
            f = field.prior_clicks + (gram @ system.v.unsqueeze(-1)).squeeze(-1)
            logits = system.put(f, logits)
        if len(others) == 2:
            exact = self._variance(system, gram, gram.diagonal(dim1=1, dim2=2))
            others[1] = system.put(exact, others[1])
        return [logits, *others]

    def _variance(self, system: System, kernel: Tensor, diagonal: Tensor) -> Tensor:
        """Var(p) from k(n, p) (B, N, P) and k(p, p).  (B, P)."""
        return posterior_variance(
            diagonal,
            kernel * system.is_valid.unsqueeze(-1),
            system.chol,
            target_var=self.settings.target_var,
        )

    def _vi(self, system: System) -> Tensor:
        chol = system.chol.detach() if self.settings.detach_gram else system.chol
        loss = vi_loss(
            system.f_mean,
            system.f_clicks,
            system.clicks.label,
            chol,
            form=self.settings.vi_form,
        )
        return loss


def _at_least_float32(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _sources(generator: torch.Generator | Noise | None) -> tuple[Source, Source]:
    """Where w and the targets are drawn from, in this order."""
    return generator if isinstance(generator, Noise) else (generator, generator)


def _check(feats: Tensor, colours: Tensor, clicks: Clicks) -> None:
    """Raise ValueError unless batch sizes and channel counts agree."""
    sizes = {len(feats), len(colours), *(len(part) for part in clicks)}
    if len(sizes) != 1:
        raise ValueError(f"expected one batch size, found {sorted(sizes)}")
    if colours.shape[1] != 3:
        raise ValueError(f"expected 3 colour channels, found {colours.shape[1]}")
