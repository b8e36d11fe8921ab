"""Plain classifier head: RITM's, on the same backbone and decoder as the GP head."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.mmseg_plugin.click_head import ClickHead, Features
from gpcis_backend.mmseg_plugin.decoders import separable
from gpcis_backend.mmseg_plugin.draws import StepDraws
from gpcis_backend.mmseg_plugin.fresh import start_fresh


@MODELS.register_module()
class PlainHead(ClickHead):
    """Classifies each pixel on its own; clicks act through the network input only.

    Args:
        hidden: Channels of the separable convolutions before the last 1x1, if any.
        **kwargs: As ``ClickHead``, without ``channels``.
    """

    def __init__(self, *, hidden: Sequence[int] = (48,), **kwargs: Any) -> None:
        super().__init__(channels=hidden[-1] if hidden else None, **kwargs)
        widths = (self.in_channels, *hidden)
        self.hidden = nn.Sequential(*(separable(*pair) for pair in pairwise(widths)))
        self.classifier = nn.Conv2d(self.channels, 1, 1)
        for part in (self.hidden, self.classifier):
            start_fresh(part)

    def forward(self, inputs: Features) -> Tensor:
        """Logits at input resolution.  (B, 1, H, W)."""
        coarse = self.classifier(self.hidden(self.decoder(inputs[:-1])))
        return F.interpolate(
            coarse.float(), inputs[-1].shape[2:], mode="bilinear", align_corners=True
        )

    def losses(
        self,
        inputs: Features,
        clicks: ClickBatch,
        label: Tensor,
        draws: StepDraws | None = None,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Segmentation loss only."""
        logits = self(inputs).squeeze(1)
        loss = self.loss_decode(logits, label, self.ignore_index)
        return {"loss_nfl": loss}, logits

    def logits(
        self, inputs: Features, clicks: ClickBatch, *, noise_var: float | None = None
    ) -> Tensor:
        """As ``forward``.  (B, 1, H, W)."""
        logits: Tensor = self(inputs)
        return logits
