"""A click segmentor as it is served: a network in any runtime, and the GP beside it."""

import logging
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import TypeVar

import torch
from mmcv.cnn import fuse_conv_bn
from torch import Tensor, nn

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.maps import click_maps
from gpcis_backend.errors import NumericalError
from gpcis_backend.gp.cells import CellGP
from gpcis_backend.gp.classifier import Posterior
from gpcis_backend.gp.grid import upsample
from gpcis_backend.gp.system import Clicks
from gpcis_backend.mmseg_plugin.network_part import NetworkPart, knows_cells
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.threads import one_thread

Result = TypeVar("Result")
RunNetwork = Callable[[Tensor], Tensor]  # as ``NetworkPart.forward``

_log = logging.getLogger(__name__)


class ServedModel:
    """Answers clicks as its ``ClickSegmentor`` does, without gradients and sooner.

    Args:
        model: Baked, in evaluation mode.
        network: Runs its ``NetworkPart``; None for torch.
    """

    def __init__(
        self, model: ClickSegmentor, network: RunNetwork | None = None
    ) -> None:
        self.model, self.data_preprocessor = model, model.data_preprocessor
        self.network: RunNetwork = network or _in_torch(model)
        self.has_latent = model.has_latent
        self.cells = CellGP(model.decode_head.gp) if knows_cells(model) else None

    def parameters(self) -> Iterator[nn.Parameter]:
        """Those of the model."""
        found: Iterator[nn.Parameter] = self.model.parameters()
        return found

    def click_logits(
        self,
        inputs: Tensor,
        prev: Tensor,
        clicks: ClickBatch,
        *,
        noise_var: float | None = None,
    ) -> Tensor:
        """As ``ClickSegmentor.click_logits``.  (B, 1, H, W)."""
        spots = clicks.on_pixels(*inputs.shape[2:])
        maps = self.maps(inputs, prev, spots)
        return self.logits_of(maps, inputs, spots, noise_var=noise_var)

    def maps(self, inputs: Tensor, prev: Tensor, spots: ClickBatch) -> Tensor:
        """What the network says about picture, mask and clicks.

        Args:
            inputs: (B, 3, H, W)
            prev: (B, 1, H, W)
            spots: Of ``ClickBatch.on_pixels``.

        Returns:
            (B, H/4, W/4, C)
        """
        with one_thread():
            drawn = click_maps(spots, *inputs.shape[2:])
            x = torch.cat([inputs, prev, drawn], 1)  # (B, 6, H, W)
        return self.network(x)

    def logits_of(
        self,
        maps: Tensor,
        inputs: Tensor,
        spots: ClickBatch,
        *,
        noise_var: float | None = None,
    ) -> Tensor:
        """The head's answer to clicks, on ``maps`` of the same pictures.

        The maps may be older than the last clicks; a GP takes those in all the same.

        Args:
            maps: From ``maps``.  (B, H/4, W/4, C)
            inputs: (B, 3, H, W)
            spots: Of ``ClickBatch.on_pixels``.
            noise_var: ε² of the GP; None for the test value.

        Returns:
            (B, 1, H, W)
        """
        size = (inputs.shape[2], inputs.shape[3])
        with one_thread():
            if not self.has_latent:
                return upsample(maps.permute(0, 3, 1, 2), *size)
            noise = self.model.decode_head.test_noise_var
            noise = noise if noise_var is None else noise_var
            if self.cells is None:
                feats = maps.permute(0, 3, 1, 2)
                gp = partial(self.model.decode_head.gp, feats, inputs, noise_var=noise)
                out: Posterior = _steady(gp, spots)
                return out.logits.unsqueeze(1)
            logits = [
                _steady(
                    partial(self.cells.logits, part, size=size, noise_var=noise), own
                )
                for part, own in zip(maps, _apart(spots), strict=True)
            ]
            first, *others = logits
            batch = torch.stack(logits) if others else first.unsqueeze(0)
            return batch.unsqueeze(1)

    def click_latent(
        self, inputs: Tensor, prev: Tensor, clicks: ClickBatch
    ) -> tuple[Tensor, Tensor]:
        """As ``ClickSegmentor.click_latent``.  (B, H, W) each."""
        spots = clicks.on_pixels(*inputs.shape[2:])
        maps = self.maps(inputs, prev, spots)
        feats = maps if self.cells is None else maps[..., self.cells.features]
        feats = feats.permute(0, 3, 1, 2)
        options = {
            "noise_var": self.model.decode_head.test_noise_var,
            "with_variance": True,
        }
        gp = partial(self.model.decode_head.gp, feats, inputs, **options)
        out: Posterior = _steady(gp, spots)
        assert out.variance is not None
        return out.logits, out.variance


def _apart(spots: ClickBatch) -> Iterator[ClickBatch]:
    """The clicks of each picture, without padding."""
    all_used = bool(spots.valid.all())  # nothing to pick, as for a picture alone
    for parts in zip(spots.coords, spots.label, spots.order, strict=True):
        used = ... if all_used else parts[1] != 0
        yield ClickBatch(*(part[used].unsqueeze(0) for part in parts))


def _steady(posterior: Callable[[Clicks], Result], spots: ClickBatch) -> Result:
    """The posterior; where no system can be solved, the prior and a warning."""
    given = Clicks(spots.coords, spots.label, spots.order)
    try:
        return posterior(given)
    except NumericalError as error:
        _log.warning("%s; showing the prior", error)
        return posterior(Clicks(*(part[:, :0] for part in given)))


def _in_torch(model: ClickSegmentor) -> RunNetwork:
    part = NetworkPart(model).eval()
    part.head = fuse_conv_bn(deepcopy(part.head))  # the model keeps its norms

    def run(x: Tensor) -> Tensor:
        maps: Tensor = part(x.contiguous(memory_format=torch.channels_last))
        return maps

    return run
