"""A click segmentor as it is served: a network in any runtime, and the GP beside it."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.maps import click_maps
from gpcis_backend.errors import NumericalError
from gpcis_backend.gp.classifier import Clicks, Posterior
from gpcis_backend.gp.corner_form import corner_logits
from gpcis_backend.mmseg_plugin.network_part import NetworkPart, in_corner_form
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
        self.is_cornered = in_corner_form(model)

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
        maps = self._maps(inputs, prev, spots)
        with one_thread():
            if not self.has_latent:
                return F.interpolate(
                    maps, inputs.shape[2:], mode="bilinear", align_corners=True
                )
            head = self.model.decode_head
            noise = head.test_noise_var if noise_var is None else noise_var
            if not self.is_cornered:
                return self._posterior(maps, inputs, spots, noise).logits.unsqueeze(1)
            feats, prior = maps[:, :-1], maps[:, -1]
            cornered = partial(corner_logits, head.gp, feats, prior, inputs)
            return _steady(partial(cornered, noise_var=noise), spots).unsqueeze(1)

    def click_latent(
        self, inputs: Tensor, prev: Tensor, clicks: ClickBatch
    ) -> tuple[Tensor, Tensor]:
        """As ``ClickSegmentor.click_latent``.  (B, H, W) each."""
        spots = clicks.on_pixels(*inputs.shape[2:])
        maps = self._maps(inputs, prev, spots)
        feats = maps[:, :-1] if self.is_cornered else maps
        noise = self.model.decode_head.test_noise_var
        out = self._posterior(feats, inputs, spots, noise, with_variance=True)
        assert out.variance is not None
        return out.logits, out.variance

    def _posterior(
        self,
        feats: Tensor,
        inputs: Tensor,
        spots: ClickBatch,
        noise_var: float,
        *,
        with_variance: bool = False,
    ) -> Posterior:
        """All that the GP says, in the form it was trained in."""
        posterior = partial(self.model.decode_head.gp, feats, inputs)
        options = {"noise_var": noise_var, "with_variance": with_variance}
        out: Posterior = _steady(partial(posterior, **options), spots)
        return out

    def _maps(self, inputs: Tensor, prev: Tensor, spots: ClickBatch) -> Tensor:
        """What the network says about picture, mask and clicks, at stride 4."""
        with one_thread():
            drawn = click_maps(spots, *inputs.shape[2:])
            x = torch.cat([inputs, prev, drawn], 1)  # (B, 6, H, W)
        return self.network(x)


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

    def run(x: Tensor) -> Tensor:
        maps: Tensor = part(x.contiguous(memory_format=torch.channels_last))
        return maps.contiguous()

    return run
