"""Random images with clicks for the GP, and what the oracle says about them."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

import oracles
from gpcis_backend.gp.classifier import Clicks, GPClassifier, Posterior
from gpcis_backend.gp.presets import preset


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
    coarse: tuple[int, int] = (4, 5),
    size: tuple[int, int] = (13, 17),
    slots: int | None = None,
) -> Scene:
    """Float64 scene with ``counts`` clicks on distinct pixels of each image."""
    gen = torch.Generator().manual_seed(seed)
    batch, slots = len(counts), slots if slots is not None else max(counts)
    feats = torch.randn(batch, channels, *coarse, generator=gen, dtype=torch.float64)
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


@dataclass(frozen=True)
class Truth:
    """The oracle's quantities for one image: pixels p, clicks n."""

    k_p: Tensor  # k(p, p) of each pixel alone (P,)
    k_pn: Tensor
    k_nn: Tensor
    phi_p: Tensor
    phi_n: Tensor
    mean: Tensor  # m (N,)

    def logits(self, weights: Tensor, f_clicks: Tensor, noise_var: float) -> Tensor:
        """Pathwise update of method.md section 2.  (P,)."""
        noisy = self.k_nn + noise_var * torch.eye(len(self.k_nn), dtype=self.k_nn.dtype)
        v: Tensor = torch.linalg.solve(noisy, f_clicks - self.phi_n @ weights)
        return self.phi_p @ weights + self.k_pn @ v


def truth(model: GPClassifier, scene: Scene, index: int) -> Truth:
    """What the oracle says about one image, in float64 and with gradients."""
    one = scene.image(index).to(torch.float64)
    lam, eta, fading = model.log_precision.double(), _eta(model), _fading(model)
    colours = one.colours[0] if model.settings.with_colour else one.colours[0][:0]
    prior = (model.freq.double(), model.phase.double(), model.settings.basis)
    p = oracles.points(one.feats[0], colours, lam, prior, model.settings.coarse)
    rows, cols = one.clicks.coords[0].long().unbind(-1)
    n = p.at(rows * scene.size[1] + cols)
    mlp = {name: part.double() for name, part in model.targets.mlp.named_parameters()}
    hidden = torch.cat([n.x, n.g], 1) @ mlp["0.weight"].T + mlp["0.bias"]
    size = (hidden.clamp(min=0) @ mlp["2.weight"].T + mlp["2.bias"])[:, 0]
    return Truth(
        torch.exp(-2 * p.excess) + eta,
        oracles.kernel(p, n, lam, eta, fading),
        oracles.kernel(n, n, lam, eta, fading),
        p.phi,
        n.phi,
        one.clicks.label[0].double() * torch.log1p(size.exp()),
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
