"""What a click costs in every runtime, from pixels to mask bytes, in one run.

Every timing is the median of interleaved repeats; the third click of a 1024 x 768
picture, seen as the crop protocol shows it: to the paper's form and to RITM at 384 px,
to the others as the model is made for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.cleanup import Cleanup
from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.focus import mixed
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.inference.answer import to_answer
from gpcis_backend.inference.openvino_network import (
    OpenVINONetwork,
    converted,
    is_installed,
    precisions,
)
from gpcis_backend.inference.quality import Calibration
from gpcis_backend.inference.runtime_check import Given, click_by_click
from gpcis_backend.inference.torch_predictor import TorchPredictor
from gpcis_backend.mmseg_plugin.benchmark import plain_twin
from gpcis_backend.mmseg_plugin.build import bake, build_model, model_settings
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.served_model import RunNetwork, ServedModel
from gpcis_backend.mmseg_plugin.stepping import ClickModel, view_prob
from gpcis_backend.server.answers import describe
from gpcis_backend.server.codec import to_mask_body
from gpcis_backend.server.schemas import SegmentBody

PAPER_FORM, TORCH = "paper's form, eager torch", "torch"
PLAIN = ", plain head"
RITM = "RITM-HRNet18s, eager torch, random weights"

_THRESHOLD = 0.5
_ROWS, _COLS = 768, 1024
_SPOTS = ((384, 512, True), (40, 60, False), (300, 620, True))
_GEMM = 2048


@dataclass
class Stages:
    """Seconds of each stage of each repeat."""

    encode: list[float] = field(default_factory=list)
    network: list[float] = field(default_factory=list)
    gp: list[float] = field(default_factory=list)
    views: list[float] = field(default_factory=list)
    codec: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)

    def medians(self) -> dict[str, float]:
        """Of each stage."""
        return {name: median(values) for name, values in vars(self).items()}


def runtime_costs(
    checkpoint: Path, ritm: Path | None, repeats: int, zoom: CropZoom | None = None
) -> dict[str, dict[str, float]]:
    """Median seconds of the stages of a click, by the name of what answers it.

    The same network and runtime with a plain head, of random weights, is called
    ``NAME`` + ``PLAIN``.

    Args:
        checkpoint: Of a GPCIS model that carries its settings.
        ritm: Config of the network to compare with; left out if None.
        repeats: Of each.
        zoom: Where all of them look; None for each as it is made.

    Raises:
        InvalidInput: The weights are of something else.
    """
    plain = plain_twin(checkpoint)
    own = zoom or TorchPredictor(checkpoint).own_zoom
    models = dict(_models(checkpoint, plain, ritm, own.size))
    reference = models[TORCH]
    zooms = dict.fromkeys(models, own) | dict.fromkeys(
        [PAPER_FORM, RITM], zoom or CropZoom()
    )
    scenes = {look: _Scene.drawn(reference, look) for look in set(zooms.values())}
    stages = {name: Stages() for name in models}
    for number in range(repeats + 1):
        for name, model in models.items():
            with torch.no_grad():
                scene = scenes[zooms[name]]
                _click(model, scene, stages[name] if number else Stages())
    return {name: found.medians() for name, found in stages.items()}


def flop_ceiling(repeats: int) -> float:
    """Floating-point operations a second of a large product of matrices in torch."""
    a, b = torch.rand(_GEMM, _GEMM), torch.rand(_GEMM, _GEMM)
    seconds = []
    for _ in range(repeats + 1):
        start = perf_counter()
        torch.mm(a, b)
        seconds.append(perf_counter() - start)
    return 2 * _GEMM**3 / min(seconds)


def _models(
    checkpoint: Path, plain: ClickSegmentor, ritm: Path | None, side: int
) -> Iterator[tuple[str, ClickModel]]:
    """Everything that is measured, by name."""
    paper = TorchPredictor(checkpoint).model
    gp = paper.decode_head.gp
    gp.settings = replace(gp.settings, on_grid=False)
    yield PAPER_FORM, paper
    served = TorchPredictor(checkpoint)
    pair = {"": served.model, PLAIN: plain}
    for suffix, model in pair.items():
        yield TORCH + suffix, ServedModel(model)
    if is_installed():
        for suffix, model in pair.items():
            network = converted(model, served.checkpoint_sha256, side)
            in_torch = ServedModel(model).network
            for name in precisions():
                runs = OpenVINONetwork(network, name, in_torch)
                yield f"OpenVINO {name}{suffix}", ServedModel(model, runs)
    if ritm is not None:
        yield RITM, bake(build_model(model_settings(ritm)))


@dataclass(frozen=True)
class _Scene:
    """The last click on a drawn picture: one look at it, or a closer one as well.

    A plain head of random weights draws no mask to look closer at, so all models are
    given the looks of one.
    """

    looks: tuple[Given, ...]

    @classmethod
    def drawn(cls, model: ClickModel, zoom: CropZoom) -> "_Scene":
        """After a rollout of ``model`` over all clicks."""
        clicks = [Click(*spot) for spot in _SPOTS]
        rollout = click_by_click(partial(view_prob, model), zoom, _picture(), clicks)
        *_, last = rollout
        return cls(tuple(last))

    def seen_by(self, model: ClickModel) -> Prob:
        """The mask of a model that is given the looks."""
        wide, *closer = (view_prob(model, *given) for given in self.looks)
        around = self.looks[0].view.crop
        for prob, look in zip(closer, self.looks[1:], strict=True):
            wide = mixed(wide, prob, look.view.crop, around)
        return wide


def _click(model: ClickModel, scene: _Scene, stages: Stages) -> None:
    """One click from the decoded picture to the bytes that leave, stage by stage."""
    start = perf_counter()
    np.ascontiguousarray(scene.looks[0].image)  # what ``encode`` keeps
    encoded = perf_counter()
    watched = _Watched(model)
    prob, clicks = scene.seen_by(watched), scene.looks[0].clicks
    predicted = perf_counter()
    answer = to_answer(
        prob,
        clicks,
        _THRESHOLD,
        cleanup=Cleanup(),
        must_obey=True,
        kind="final",
        ms={},
        calibration=Calibration(),
        latent=None,
    )
    rows = [(click.col, click.row, click.label) for click in clicks]
    body = SegmentBody.model_validate({"clicks": rows, "rev": 1, "object": "bench"})
    to_mask_body(*describe(answer, body, "benchmark"))
    end = perf_counter()
    stages.encode.append(encoded - start)
    stages.network.append(watched.network_seconds)
    stages.gp.append(watched.seconds - watched.network_seconds)
    stages.views.append(predicted - encoded - watched.seconds)
    stages.codec.append(end - predicted)
    stages.total.append(end - encoded)


class _Watched:
    """A model whose passes are timed, in sum; one in eager torch counts as a whole."""

    def __init__(self, model: ClickModel) -> None:
        if isinstance(model, ServedModel):
            model = ServedModel(model.model, self._timed(model.network))
        self.model, self.data_preprocessor = model, model.data_preprocessor
        self.seconds = self.network_seconds = 0.0
        self.parameters: Callable[[], Iterator[nn.Parameter]] = model.parameters
        self.click_latent = model.click_latent

    def click_logits(
        self,
        inputs: Tensor,
        prev: Tensor,
        clicks: ClickBatch,
        *,
        noise_var: float | None = None,
    ) -> Tensor:
        """As the model's, timed.  (B, 1, H, W)."""
        start = perf_counter()
        logits = self.model.click_logits(inputs, prev, clicks, noise_var=noise_var)
        seconds = perf_counter() - start
        self.seconds += seconds
        if not isinstance(self.model, ServedModel):
            self.network_seconds += seconds
        return logits

    def _timed(self, network: RunNetwork) -> RunNetwork:
        def run(x: Tensor) -> Tensor:
            start = perf_counter()
            maps = network(x)
            self.network_seconds += perf_counter() - start
            return maps

        return run


def _picture() -> Image:
    """A bright disc on a coloured ramp, with some noise."""
    rows, cols = np.mgrid[:_ROWS, :_COLS]
    ramp = np.stack([rows * 200 // _ROWS, cols * 200 // _COLS, (rows + cols) % 180], -1)
    inside = (rows - 384) ** 2 + (cols - 540) ** 2 <= 200**2
    ramp[inside] = (230, 190, 60)
    noise = np.random.default_rng(0).integers(0, 25, ramp.shape)
    return (ramp + noise).astype(np.uint8)
