"""What one training step of the GP costs, against a plain loop over the images.

The loop is the paper's text put into code: features upsampled to full size, one image
after the other, every kernel and feature map kept for the backward pass, an inverse.
"""

import math
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmseg.registry import DATASETS
from torch import Tensor
from torch.nn import functional as F

from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.noise import Noise
from gpcis_backend.gp.presets import preset
from gpcis_backend.gp.system import Clicks
from gpcis_backend.gp.variational import vi_loss
from gpcis_backend.mmseg_plugin.benchmark import medians, peak_memory
from gpcis_backend.mmseg_plugin.benchmark_data import PipelineSpeed, pipeline_speed
from gpcis_backend.mmseg_plugin.build import build_model
from gpcis_backend.mmseg_plugin.losses import NormalizedFocalLoss

_CHANNELS, _FEATURES, _NOISE_VAR, _VI_WEIGHT = 48, 256, 1e-2, 1e-3


class TrainingCost(NamedTuple):
    """One way to take a training step."""

    name: str
    seconds: float  # of processor time, which other programs disturb less
    peak_bytes: int | None  # above what was held before; None where unknown
    loss: float


class Speeds(NamedTuple):
    """What limits a training run: whichever is smaller."""

    pipeline: PipelineSpeed
    network_per_second: float


class Scene(NamedTuple):
    """A batch as it reaches the GP, and the numbers of its one draw."""

    feats: Tensor  # (B, D, h, w)
    colours: Tensor  # (B, 3, H, W)
    clicks: Clicks
    label: Tensor  # (B, H, W)
    noise: Noise


LossOf = Callable[[GPClassifier, Tensor, Scene], Tensor]


def training_costs(
    batch: int, side: int, num_clicks: int, repeats: int
) -> list[TrainingCost]:
    """Forward and backward pass of the plain loop and of both forms of the GP.

    Args:
        batch: Images.
        side: Of each, in pixels.
        num_clicks: On each, half of them negative.
        repeats: Of each timing.
    """
    scene = draw_scene(batch, side, num_clicks)
    full, grid = (_classifier(on_grid) for on_grid in (False, True))
    losses: dict[str, float] = {}

    def step(name: str, gp: GPClassifier, loss_of: LossOf) -> Callable[[], None]:
        def call() -> None:
            losses[name] = _step(gp, scene, loss_of)

        return call

    calls = {
        "plain loop": step("plain loop", full, plain_loss),
        "full form": step("full form", full, batched_loss),
        "on the grid": step("on the grid", grid, batched_loss),
    }
    seconds = medians(calls, repeats, process_time)
    peaks = {name: peak_memory(call) for name, call in calls.items()}
    return [
        TrainingCost(name, seconds[name], peaks[name], losses[name]) for name in calls
    ]


def draw_scene(batch: int, side: int, num_clicks: int) -> Scene:
    """Random features, colours and clicks, the same in every call."""
    rng = torch.Generator().manual_seed(0)
    feats = torch.randn(batch, _CHANNELS, side // 4, side // 4, generator=rng)
    spots = [torch.randperm(side**2, generator=rng)[:num_clicks] for _ in range(batch)]
    flat = torch.stack(spots)  # (B, N)
    order = torch.arange(num_clicks).expand(batch, -1).float()
    return Scene(
        F.normalize(feats, dim=1),
        torch.randn(batch, 3, side, side, generator=rng),
        Clicks(
            torch.stack([flat // side, flat % side], -1).float(),
            1 - 2 * (order % 2),
            order,
        ),
        torch.randint(0, 2, (batch, side, side), generator=rng),
        Noise(
            torch.randn(_FEATURES, generator=rng),
            torch.randn(batch, num_clicks, generator=rng),
        ),
    )


def batched_loss(gp: GPClassifier, feats: Tensor, scene: Scene) -> Tensor:
    """The loss of the training step as ``GPHead`` takes it."""
    out = gp(
        feats,
        scene.colours,
        scene.clicks,
        noise_var=_NOISE_VAR,
        with_sample=True,
        generator=scene.noise,
    )
    loss: Tensor = NormalizedFocalLoss()(out.logits, scene.label)
    vi: Tensor = out.vi
    return loss + _VI_WEIGHT * vi


def plain_loss(gp: GPClassifier, feats: Tensor, scene: Scene) -> Tensor:
    """The same loss in the full form, image by image."""
    images = [_plain_image(gp, feats[i], scene, i) for i in range(len(feats))]
    return torch.stack(images).mean()


def _plain_image(gp: GPClassifier, feats: Tensor, scene: Scene, index: int) -> Tensor:
    height, width = scene.colours.shape[2:]
    size = (height, width)
    x = F.interpolate(feats[None], size, mode="bilinear", align_corners=True)
    z = torch.cat([x[0], scene.colours[index]]).flatten(1).T  # (P, D+3)
    rows, cols = scene.clicks.coords[index].long().T
    z_clicks = z[rows * width + cols]  # (N, D+3)
    weights = gp.prior_weights(with_sample=True, generator=scene.noise.weights)
    label = scene.clicks.label[index]
    f_mean = gp.targets(z_clicks, label)
    spread = math.sqrt(gp.settings.target_var)
    f_clicks = f_mean + spread * scene.noise.targets[index]
    system = _kernel(gp, z_clicks, z_clicks) + _NOISE_VAR * torch.eye(len(label))
    update = torch.inverse(system) @ (f_clicks - _prior(gp, z_clicks) @ weights)
    logits = _prior(gp, z) @ weights + _kernel(gp, z, z_clicks) @ update  # (P,)
    nfl: Tensor = NormalizedFocalLoss()(
        logits.view(1, height, width), scene.label[index : index + 1]
    )
    chol = torch.linalg.cholesky(system.detach().double())[None]
    vi = vi_loss(f_mean[None], f_clicks[None], label[None], chol)
    return nfl + _VI_WEIGHT * vi


def _prior(gp: GPClassifier, z: Tensor) -> Tensor:
    """Random features of points.  (P, L)."""
    return math.sqrt(2 / _FEATURES) * torch.sin(z @ gp.freq.T + gp.phase)


def _kernel(gp: GPClassifier, a: Tensor, b: Tensor) -> Tensor:
    """Feature term and colour term between points.  (P, N)."""
    scale = torch.exp(gp.log_precision / 2)
    features = _squares(a[:, :-3] * scale, b[:, :-3] * scale)
    weight = gp.colour_weight
    assert weight is not None
    return torch.exp(-features / 2) + weight * torch.exp(
        -_squares(a[:, -3:], b[:, -3:]) / 2
    )


def _squares(a: Tensor, b: Tensor) -> Tensor:
    """Squared distances.  (P, N)."""
    return a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T


def _classifier(on_grid: bool) -> GPClassifier:
    torch.manual_seed(0)
    return GPClassifier(_CHANNELS, _FEATURES, preset("gpcis", on_grid=on_grid))


def _step(gp: GPClassifier, scene: Scene, loss_of: LossOf) -> float:
    gp.zero_grad()
    feats = scene.feats.clone().requires_grad_()
    loss = loss_of(gp, feats, scene)
    loss.backward()
    return loss.item()


def speeds(config: Path, seconds: float = 10.0) -> Speeds:
    """Samples a second of a config's input pipeline, and of its network in training.

    Args:
        config: With its data in place.
        seconds: For about so long each.
    """
    MMLogger.get_instance("benchmark", log_level="ERROR")  # no line a parameter
    cfg = Config.fromfile(config)
    loader = cfg.train_dataloader
    with DefaultScope.overwrite_default_scope("mmseg"):
        dataset = DATASETS.build(loader.dataset)
    pipeline = pipeline_speed(dataset, seconds)
    samples = [dataset[index] for index in range(loader.batch_size)]
    return Speeds(pipeline, _network_speed(cfg, samples, seconds))


def _network_speed(cfg: Config, samples: list[Any], seconds: float) -> float:
    """Samples a second of whole training steps on one batch over and over."""
    model = build_model(cfg.model)
    model.train()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    data = pseudo_collate(samples)
    clicks = [sample.metainfo["clicks"] for sample in data["data_samples"]]

    def take(step: int) -> None:
        for sample, rows in zip(data["data_samples"], clicks, strict=True):
            own = {"clicks": rows, "step": step, "corrections": 0}
            sample.set_metainfo(own)
        model.train_step(data, wrapper)

    take(0)  # warms up
    start = perf_counter()
    for step in count(1):
        take(step)
        if (spent := perf_counter() - start) >= seconds:
            break
    return step * len(samples) / spent
