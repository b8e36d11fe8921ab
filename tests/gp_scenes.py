"""Random images with clicks for the GP, and what the oracle says about them."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

import oracles
from gpcis_backend.gp.classifier import GPClassifier, Posterior
from gpcis_backend.gp.presets import preset
from gpcis_backend.gp.system import Clicks


@dataclass(frozen=True)
class Scene:
    """A batch: features (B, D, h, w), colours (B, 3, H, W) and clicks."""

    feats: Tensor
    colours: Tensor
    clicks: Clicks

    @property
    def size(self) -> tuple[int, int]:
        return self.colours.shape[2], self.colours.shape[3]

    def image(self, index: int) -> "Scene":
        """One image with its own clicks only."""
        keep = self.clicks.label[index] != 0
        clicks = Clicks(*(part[index][keep][None] for part in self.clicks))
        one = slice(index, index + 1)
        return Scene(self.feats[one], self.colours[one], clicks)

    def to(self, dtype: torch.dtype) -> "Scene":
        return replace(self, feats=self.feats.to(dtype), colours=self.colours.to(dtype))


def scene(
    seed: int,
    counts: tuple[int, ...] = (3, 5),
    *,
    channels: int = 6,
    cells: tuple[int, int] = (4, 5),
    size: tuple[int, int] = (12, 17),  # cells lie on the pixels of 2 rows and 5 columns
    slots: int | None = None,
) -> Scene:
    """Float64 scene with ``counts`` clicks on distinct pixels of each image."""
    gen = torch.Generator().manual_seed(seed)
    batch, slots = len(counts), slots if slots is not None else max(counts)
    feats = torch.randn(batch, channels, *cells, generator=gen, dtype=torch.float64)
    coords = torch.zeros(batch, slots, 2)
    label, order = torch.zeros(batch, slots), -torch.ones(batch, slots)
    for image, count in enumerate(counts):
        spots = torch.randperm(size[0] * size[1], generator=gen)[:count]
        coords[image, :count] = (
            torch.stack([spots // size[1], spots % size[1]], 1) * 1.0
        )
        label[image, :count] = torch.randint(2, (count,), generator=gen) * 2.0 - 1
        order[image, :count] = torch.arange(count) * 1.0
    colours = torch.randn(batch, 3, *size, generator=gen, dtype=torch.float64)
    return Scene(F.normalize(feats, dim=1), colours, Clicks(coords, label, order))


def classifier(
    seed: int = 0,
    *,
    channels: int = 6,
    num_features: int = 16,
    preset_name: str = "gpcis",
    **settings: Any,
) -> GPClassifier:
    """Float64 GP whose parameters all differ from their initial values."""
    torch.manual_seed(seed)
    model = GPClassifier(
        channels, num_features, preset(preset_name, **settings)
    ).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def answer(
    model: GPClassifier, scene: Scene, noise_var: float, **options: Any
) -> Posterior:
    """The classifier's posterior, without gradients."""
    with torch.no_grad():
        out: Posterior = model(
            scene.feats, scene.colours, scene.clicks, noise_var=noise_var, **options
        )
    return out


def at_clicks(maps: Tensor, clicks: Clicks) -> Tensor:
    """Values of (B, H, W) maps at the clicked pixels, 0 where padded.  (B, N)."""
    rows, cols = clicks.coords.long().unbind(-1)
    picked = torch.stack([m[r, c] for m, r, c in zip(maps, rows, cols, strict=True)])
    return picked * (clicks.label != 0)


def click_gram(model: GPClassifier, scene: Scene) -> Tensor:
    """Kernel between the clicks as the classifier computes it.  (B, N, N)."""
    prior = model._prior(None)
    raster = model._raster(scene.feats, scene.colours, scene.clicks)
    field = model._field(scene.feats, *raster, scene.clicks, prior)
    return field.gram().detach()


@dataclass(frozen=True)
class Truth:
    """The oracle's quantities for one image: points c, pixels p, clicks n.

    The GP lives on the points, pixels themselves or cells of the feature grid; what
    pixels and clicks see of them are rows of weights.
    """

    spots: Tensor  # pixels of the clicks (N,)
    see_p: Tensor  # (P, C)
    k: Tensor  # (C, C)
    phi: Tensor  # (C, L)
    mean: Tensor  # m (N,)

    @property
    def see_n(self) -> Tensor:
        return self.see_p[self.spots]

    @property
    def k_pn(self) -> Tensor:
        return self.see_p @ self.k @ self.see_n.T

    @property
    def k_nn(self) -> Tensor:
        return self.see_n @ self.k @ self.see_n.T

    @property
    def phi_p(self) -> Tensor:
        return self.see_p @ self.phi

    @property
    def phi_n(self) -> Tensor:
        return self.see_n @ self.phi

    def logits(self, weights: Tensor, f_clicks: Tensor, noise_var: float) -> Tensor:
        """Pathwise update of method.md section 2.  (P,)."""
        noisy = self.k_nn + noise_var * torch.eye(len(self.k_nn), dtype=self.k_nn.dtype)
        v: Tensor = torch.linalg.solve(noisy, f_clicks - self.phi_n @ weights)
        return self.phi_p @ weights + self.k_pn @ v

    def covariance(self, noise_var: float, target_var: float) -> Tensor:
        """Of the points, given the clicks.  (C, C)."""
        k_cn = self.k @ self.see_n.T
        return self.k - oracles.covariance(k_cn, self.k_nn, noise_var, target_var)

    def shown_variance(self, noise_var: float, target_var: float) -> Tensor:
        """That of the points, upsampled; at the clicks their own.  (P,)."""
        left = self.covariance(noise_var, target_var)
        shown = self.see_p @ left.diagonal()
        shown[self.spots] = (self.see_n @ left @ self.see_n.T).diagonal()
        return shown


def truth(model: GPClassifier, scene: Scene, index: int) -> Truth:
    """What the oracle says about one image, in float64 and with gradients."""
    one = scene.image(index).to(torch.float64)
    feats, colours, size = one.feats[0], one.colours[0], scene.size
    see_p = torch.eye(size[0] * size[1], dtype=torch.float64)
    if model.settings.on_grid:
        cells = (feats.shape[1], feats.shape[2])
        see_p = oracles.bilinear(cells, size)
        colours = oracles.cell_means(colours, cells)
    if not model.settings.with_colour:
        colours = colours[:0]
    prior = (model.freq.double(), model.phase.double(), model.settings.basis)
    p = oracles.points(feats, colours, prior)
    rows, cols = one.clicks.coords[0].long().unbind(-1)
    spots = rows * size[1] + cols
    z = see_p[spots] @ torch.cat([p.x, p.g], 1)  # (N, D+3)
    mlp = {name: part.double() for name, part in model.targets.mlp.named_parameters()}
    hidden = z @ mlp["0.weight"].T + mlp["0.bias"]
    length = (hidden.clamp(min=0) @ mlp["2.weight"].T + mlp["2.bias"])[:, 0]
    return Truth(
        spots,
        see_p,
        oracles.kernel(p, model.log_precision.double(), _eta(model), _fading(model)),
        p.phi,
        one.clicks.label[0].double() * torch.log1p(length.exp()),
    )


def _eta(model: GPClassifier) -> Tensor:
    """Weight of the colour term, 0 where there is none."""
    if model.colour_weight_raw is None:
        return torch.zeros((), dtype=torch.float64)
    rho = model.colour_weight_raw.double()
    is_exp = model.settings.colour_weight_form == "exp"
    return rho.exp() if is_exp else torch.log1p(rho.exp())


def _fading(model: GPClassifier) -> oracles.Fading:
    """Share and reaches of the terms that fade with distance."""
    if model.place_share_raw is None or model.place_log_reach is None:
        return None
    near, far = model.place_log_reach.double().exp()
    return 1 / (1 + torch.exp(-model.place_share_raw.double())), near, far
