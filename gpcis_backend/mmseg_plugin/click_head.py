"""What the GP head and the plain head share: decoding, clicks, losses."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.mmseg_plugin.auxiliary import BINARY_CROSS_ENTROPY, auxiliary_maps
from gpcis_backend.mmseg_plugin.draws import StepDraws
from gpcis_backend.mmseg_plugin.fresh import start_fresh

Features = tuple[Tensor, ...]  # the backbone's maps, then the normalised RGB input


class ClickHead(BaseDecodeHead):
    """Decoder and projection in front of a binary classifier of pixels.

    Args:
        decoder: Config of the module that ends at stride 4.
        channels: Of the features that are classified; None for the decoder's own.
        threshold: Of ``SegDataSample.pred_sem_seg``.
        loss_decode: On the head's logits.
        loss_auxiliary: On the coarse map of a decoder that has one (``OCR``).
        **kwargs: As ``BaseDecodeHead``, without the class arguments.
    """

    def __init__(
        self,
        *,
        decoder: dict[str, Any],
        channels: int | None,
        threshold: float = 0.5,
        loss_decode: dict[str, Any] | None = None,
        loss_auxiliary: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        module = MODELS.build(decoder)
        super().__init__(
            in_channels=module.out_channels,
            channels=module.out_channels if channels is None else channels,
            num_classes=2,
            out_channels=1,
            threshold=threshold,
            dropout_ratio=0,
            align_corners=True,
            init_cfg=None,
            loss_decode=loss_decode or {"type": "NormalizedFocalLoss"},
            **kwargs,
        )
        del self.conv_seg  # our own classifier; an unused conv breaks DDP
        self.decoder = module
        start_fresh(module)
        self.loss_auxiliary = MODELS.build(loss_auxiliary or BINARY_CROSS_ENTROPY)

    def loss(
        self, inputs: Features, batch_data_samples: Sequence[Any], train_cfg: Any
    ) -> dict[str, Tensor]:
        """Losses and the batch's mean IoU, under names that mmengine logs."""
        label = stack_labels(batch_data_samples)
        clicks = clicks_from([s.metainfo for s in batch_data_samples], label.device)
        draws = StepDraws.of(batch_data_samples)
        with auxiliary_maps(self.decoder) as coarse:
            losses, logits = self.losses(inputs, clicks, label, draws)
        for coarse_map in coarse:
            losses["loss_aux"] = self._auxiliary_loss(coarse_map, label)
        return {**losses, "iou": _batch_iou(logits.detach(), label, self.ignore_index)}

    def _auxiliary_loss(self, coarse: Tensor, label: Tensor) -> Tensor:
        """Of a map of logits (B, 1, h, w), upsampled to the label's size."""
        size, mode = label.shape[1:], "bilinear"
        full = F.interpolate(coarse.float(), size, mode=mode, align_corners=True)
        loss: Tensor = self.loss_auxiliary(full, label, ignore_index=self.ignore_index)
        return loss

    def predict(
        self, inputs: Features, batch_img_metas: list[dict[str, Any]], test_cfg: Any
    ) -> Tensor:
        """Logits at input resolution.  (B, 1, H, W)."""
        return self.logits(inputs, clicks_from(batch_img_metas, inputs[-1].device))

    @abstractmethod
    def losses(
        self,
        inputs: Features,
        clicks: ClickBatch,
        label: Tensor,
        draws: StepDraws | None = None,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Losses by name, and the logits (B, H, W) they were computed from."""

    @abstractmethod
    def logits(
        self, inputs: Features, clicks: ClickBatch, *, noise_var: float | None = None
    ) -> Tensor:
        """Deterministic logits.  (B, 1, H, W)."""


def clicks_from(metas: Sequence[dict[str, Any]], device: torch.device) -> ClickBatch:
    """The clicks that travel in mmseg's meta dicts, rows of (row, col, label)."""
    return ClickBatch.from_rows([meta.get("clicks", ()) for meta in metas], device)


def stack_labels(samples: Sequence[Any]) -> Tensor:
    """Ground truth of a batch: 1, 0 or 255.  (B, H, W)."""
    return torch.stack([sample.gt_sem_seg.data.squeeze(0) for sample in samples])


def _batch_iou(logits: Tensor, label: Tensor, ignore_index: int) -> Tensor:
    """Mean IoU of the masks at threshold 0.5."""
    labelled, truth, pred = label != ignore_index, label == 1, logits > 0
    both = (pred & truth & labelled).sum((1, 2))
    either = ((pred | truth) & labelled).sum((1, 2)).clamp(min=1)
    return (both / either).mean()
