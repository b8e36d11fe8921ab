"""The GP of a served image, with the feature term on the feature grid.

    k(p, p') = Σᵢⱼ bᵢ(p) bⱼ(p') κ(xᵢ, xⱼ) + η₀ exp(−½ |g − g'|²)

bᵢ(p) are the bilinear weights of pixel p on the four grid cells around it, its corners,
and κ is the ARD-RBF between the features of cells.  That is a kernel again (a bilinear
view of a GP on the grid), so clicks keep every guarantee; but the feature term of all
pixels is now one map of grid size, upsampled once, whatever the number of clicks:

    f = upsample(Φ w + κ(grid, corners) Bᵀ v) + η₀ Σ_n v_n exp(−½ |g − g_n|²)

Only the colour term is computed at every pixel.  The coarse form (``field``) upsamples
exponents instead of exponentials, one map for each click.
"""

from dataclasses import fields
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gpcis_backend.gp.classifier import Clicks
from gpcis_backend.gp.features import prior_at
from gpcis_backend.gp.grid import corners
from gpcis_backend.gp.kernels import half_norm, rbf
from gpcis_backend.gp.parameters import GPParameters
from gpcis_backend.gp.posterior import drop_contradicted, factorise, solve
from gpcis_backend.gp.presets import GPSettings

_CHUNK = 131_072  # exponentials at once: 512 kB, half of a common second-level cache
_ONLY_LEARNING = {
    "unit_freq", "weights_mean_std", "weights_std", "weights_std_range", "target_var",
    "vi_form", "detach_gram", "learn_kernel", "learn_prior", "chunk_pixels",
}  # fmt: skip
_UNDERSTOOD = _ONLY_LEARNING | {"basis", "colour_weight_form", "coarse"}


class _AtClicks(NamedTuple):
    """What one image shows at its N clicks, unpadded."""

    corners: Tensor  # features of the 4N corners, scaled and centred (4N, D)
    weight: Tensor  # of each corner (N, 4)
    z: Tensor  # GP inputs (N, D+3)
    prior: Tensor  # (N,)
    centre: Tensor  # subtracted from features (D, 1)
    scale: Tensor  # multiplied to them (D, 1)

    @property
    def colour(self) -> Tensor:
        return self.z[:, -3:]  # (N, 3)


class _Solved(NamedTuple):
    """Weights of the clicks, zero for a contradicted one, and f at each.  (N,)."""

    v: Tensor
    value: Tensor
    is_used: Tensor


def has_corner_form(settings: GPSettings) -> bool:
    """Whether this form knows everything that the settings ask for."""
    is_plain = all(
        getattr(settings, field.name) == field.default
        for field in fields(settings)
        if field.name not in _UNDERSTOOD
    )
    return settings.coarse and is_plain


def grid_prior(gp: GPParameters, feats: Tensor, colours: Tensor) -> Tensor:
    """Prior Φ w on the feature grid.

    Args:
        gp: The parameters.
        feats: Unit-norm features.  (B, D, h, w)
        colours: Mean normalised RGB of each cell.  (B, 3, h, w)

    Returns:
        (B, 1, h, w)
    """
    z = torch.cat([feats, colours], 1).flatten(2).mT  # (B, h·w, D+3)
    flat = prior_at(z, gp.freq, gp.phase, gp.settings.basis, gp.weights_mean)
    return flat.view(len(feats), 1, feats.shape[2], feats.shape[3])


@torch.no_grad()
def corner_logits(
    gp: GPParameters,
    feats: Tensor,
    prior: Tensor,
    colours: Tensor,
    clicks: Clicks,
    *,
    noise_var: float,
) -> Tensor:
    """Posterior mean of a batch at every pixel of ``colours``.

    Args:
        gp: The parameters, for which ``has_corner_form`` holds.
        feats: Unit-norm features.  (B, D, h, w)
        prior: Φ w on the grid of ``feats``.  (B, h, w)
        colours: Normalised RGB.  (B, 3, H, W)
        clicks: Clicked pixels of ``colours``.
        noise_var: ε² > 0, in squared logits.

    Returns:
        (B, H, W)

    Raises:
        NumericalError: The click system of an image stayed singular.
    """
    images = []
    for index, image in enumerate(zip(feats, prior, colours, strict=True)):
        own = clicks.label[index] != 0
        given = Clicks(*(part[index][own] for part in clicks))
        images.append(_one(gp, *image, given, noise_var))
    return torch.stack(images)


def _one(
    gp: GPParameters,
    feats: Tensor,
    prior: Tensor,
    colours: Tensor,
    clicks: Clicks,
    noise_var: float,
) -> Tensor:
    """One image without padding: (D, h, w), (h, w), (3, H, W) -> (H, W)."""
    size = (colours.shape[1], colours.shape[2])
    size = (colours.shape[1], colours.shape[2])
    grid = prior.flatten()
    if not len(clicks.label):
        return _upsampled(grid.view_as(prior), size)
    at = _look(gp, feats, prior, colours, clicks)
    solved = _solve(gp, at, clicks, noise_var)
    grid = grid + _feature_term(at, solved.v, feats.flatten(1))
    logits = _upsampled(grid.view_as(prior), size)
    assert gp.colour_weight is not None
    weights = solved.v.to(logits) * gp.colour_weight
    _add_colour_term(logits.view(-1), weights, at.colour, colours.flatten(1))
    # v magnifies a float32 row where two clicks look alike: the clicks' own pixels
    # take the float64 value.
    rows, cols = clicks.coords[solved.is_used].long().unbind(-1)
    logits[rows, cols] = solved.value[solved.is_used].to(logits)
    return logits


def _look(
    gp: GPParameters, feats: Tensor, prior: Tensor, colours: Tensor, clicks: Clicks
) -> _AtClicks:
    coords = clicks.coords.to(feats)
    cells, weight = corners(
        coords[None], prior.shape, colours.shape[1], colours.shape[2]
    )
    cells, weight = cells[0], weight[0]  # (N, 4)
    picked = feats.flatten(1)[:, cells.flatten()]  # (D, 4N)
    centre = picked.mean(1, keepdim=True)  # products of small numbers lose no digits
    scale = torch.exp(gp.log_precision / 2)[:, None]
    x = (picked.unflatten(1, cells.shape) * weight).sum(-1)  # (D, N)
    rows, cols = coords.long().unbind(-1)
    return _AtClicks(
        corners=((picked - centre) * scale).mT.contiguous(),
        weight=weight,
        z=torch.cat([x, colours[:, rows, cols]]).mT,
        prior=(prior.flatten()[cells] * weight).sum(-1),
        centre=centre,
        scale=scale,
    )


def _solve(
    gp: GPParameters, at: _AtClicks, clicks: Clicks, noise_var: float
) -> _Solved:
    gram = _gram(gp, at)[None]  # (1, N, N)
    keep = drop_contradicted(gram, clicks.label[None], clicks.order[None])
    label = clicks.label[None] * keep
    f_mean = gp.targets(at.z[None], label.to(at.z))
    prior = at.prior.double()
    chol, _ = factorise(gram, keep, noise_var=noise_var)
    v = solve(chol, f_mean - prior, keep)[0]
    return _Solved(v, prior + gram[0] @ v, keep[0])


def _gram(gp: GPParameters, at: _AtClicks) -> Tensor:
    """Kernel between the clicks, in float64.  (N, N)."""
    x, g = at.corners.double(), (at.colour - at.colour.mean(0)).double()
    half = half_norm(x)
    cells = rbf(x @ x.mT, half, half)  # (4N, 4N)
    num, weight = len(at.weight), at.weight.double()
    blocks = cells.view(num, 4, num, 4)
    features = torch.einsum("ni,nimj,mj->nm", weight, blocks, weight)
    half = half_norm(g)
    assert gp.colour_weight is not None
    return features + gp.colour_weight.double() * rbf(g @ g.mT, half, half)


def _feature_term(at: _AtClicks, v: Tensor, feats: Tensor) -> Tensor:
    """κ(grid, corners) Bᵀ v.  (D, h·w) -> (h·w,)."""
    cells = (feats - at.centre) * at.scale  # (D, h·w)
    exponents = at.corners @ cells  # (4N, h·w)
    exponents -= half_norm(cells.mT)
    exponents -= half_norm(at.corners)[:, None]
    alpha = (at.weight * v.to(feats)[:, None]).flatten()  # (4N,)
    return alpha @ exponents.clamp_(max=0).exp_()


def _add_colour_term(
    logits: Tensor, weights: Tensor, clicked: Tensor, colours: Tensor
) -> None:
    """Add Σ_n w_n exp(−½ |g − g_n|²) to the logits of all pixels, in place.

    Args:
        logits: (P,)
        weights: (N,)
        clicked: Colours of the clicks.  (N, 3)
        colours: Of all pixels.  (3, P)
    """
    half = half_norm(clicked)[:, None]
    step = max(1, _CHUNK // len(weights))
    for part, g in zip(logits.split(step), colours.split(step, 1), strict=True):
        exponents = clicked @ g  # (N, C)
        exponents -= half_norm(g.mT)
        exponents -= half
        part += weights @ exponents.clamp_(max=0).exp_()


def _upsampled(grid: Tensor, size: tuple[int, int]) -> Tensor:
    """(h, w) -> (H, W)."""
    return F.interpolate(grid[None, None], size, mode="bilinear", align_corners=True)[
        0, 0
    ]
