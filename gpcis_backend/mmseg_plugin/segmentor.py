"""Click segmentor: early fusion of clicks, and the iterative training step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch
from mmengine.dist import all_reduce_dict
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from torch import Tensor

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.maps import click_maps
from gpcis_backend.clicks.sampler import correction
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.mmseg_plugin.click_head import clicks_from, stack_labels
from gpcis_backend.mmseg_plugin.draws import Purpose, StepDraws
from gpcis_backend.mmseg_plugin.fusion import attach, detached
from gpcis_backend.mmseg_plugin.widen import widen_decoder

ClickOrder = Literal["predict_first", "click_first"]
Start = tuple[Tensor, ...] | None  # a backbone's maps of the picture alone


@MODELS.register_module()
class ClickSegmentor(EncoderDecoder):
    """An mmseg segmentor that sees clicks and the mask of the step before.

    Args:
        fusion: Config of the click branch that joins the backbone.
        corrections: Probability of 0, 1, 2, .. corrections before the training pass,
            drawn once for a batch; without effect on samples that bring their own
            number (``DrawCorrections``).
        anywhere: Share of corrections anywhere in the wrong region, not deep in it.
        click_order: ``predict_first`` lets the mask lag one click, as at test time;
            ``click_first`` is the paper's order.
        **kwargs: As ``EncoderDecoder``.
    """

    def __init__(
        self,
        *,
        fusion: dict[str, Any],
        corrections: Sequence[float] = (0.25, 0.25, 0.25, 0.25),
        anywhere: float = 0.0,
        click_order: ClickOrder = "predict_first",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.corrections = np.asarray(corrections) / np.sum(corrections)
        self.anywhere, self.click_order = anywhere, click_order
        attach(self.backbone, MODELS.build(fusion))
        self.register_load_state_dict_pre_hook(widen_decoder)
        self.to(memory_format=torch.channels_last)

    def init_weights(self) -> None:
        """Let the backbone load its weights under the names it knows."""
        with detached(self.backbone):
            self.backbone.init_weights()
        self._is_init = True

    def extract_feat(
        self,
        inputs: Tensor,
        prev: Tensor | None = None,
        clicks: ClickBatch | None = None,
        start: Start = None,
    ) -> tuple[Tensor, ...]:
        """Backbone maps of image, previous mask and clicks, then the image itself.

        Args:
            inputs: Normalised RGB.  (B, 3, H, W)
            prev: Soft mask of the step before; zeros if None.  (B, 1, H, W)
            clicks: In input pixels; none if None.
            start: From ``start_of(inputs)``, if it is known already.
        """
        size = inputs.shape[2:]
        if clicks is None:
            clicks = ClickBatch.from_rows([()] * len(inputs), inputs.device)
        if prev is None:
            prev = inputs.new_zeros(len(inputs), 1, *size)
        maps = click_maps(clicks.on_pixels(*size), *size)
        if start is not None:
            drawn = torch.cat([prev, maps.to(inputs)], 1)  # (B, 3, H, W)
            drawn = drawn.contiguous(memory_format=torch.channels_last)
            return (*self.backbone.with_clicks(start, drawn), inputs)
        x = torch.cat([inputs, prev, maps.to(inputs)], 1)  # (B, 6, H, W)
        x = x.contiguous(memory_format=torch.channels_last)
        return (*self.backbone(x), inputs)

    def start_of(self, inputs: Tensor) -> Start:
        """What all passes over pictures share: maps from before clicks join.

        None for a backbone that has no such maps.
        """
        if not hasattr(self.backbone, "before_clicks"):
            return None
        pictures = inputs.contiguous(memory_format=torch.channels_last)
        start: Start = self.backbone.before_clicks(pictures)
        return start

    def click_logits(
        self,
        inputs: Tensor,
        prev: Tensor | None,
        clicks: ClickBatch,
        *,
        noise_var: float | None = None,
        start: Start = None,
    ) -> Tensor:
        """Deterministic logits after all clicks; arguments as ``extract_feat``.

        Args:
            inputs: (B, 3, H, W)
            prev: (B, 1, H, W)
            clicks: In input pixels.
            noise_var: ε² of the GP; None for the test value.
            start: From ``start_of(inputs)``.

        Returns:
            (B, 1, H, W)
        """
        feats = self.extract_feat(inputs, prev, clicks, start)
        logits: Tensor = self.decode_head.logits(feats, clicks, noise_var=noise_var)
        return logits

    @property
    def own_zoom(self) -> CropZoom:
        """The crop protocol as the model is made for it: ``test_cfg`` may say how."""
        square = CropZoom()
        return CropZoom(
            self.test_cfg.get("size", square.size),
            with_focus=self.test_cfg.get("with_focus", square.with_focus),
            late_size=self.test_cfg.get("late_size", square.late_size),
        )

    @property
    def has_latent(self) -> bool:
        """Whether the head knows how sure it is."""
        return hasattr(self.decode_head, "latent")

    def click_latent(
        self, inputs: Tensor, prev: Tensor | None, clicks: ClickBatch
    ) -> tuple[Tensor, Tensor]:
        """Mean and variance behind ``click_logits``; needs ``has_latent``.

        Returns:
            In logits and squared logits, (B, H, W) each.
        """
        feats = self.extract_feat(inputs, prev, clicks)
        mean, variance = self.decode_head.latent(feats, clicks)
        return mean, variance

    def encode_decode(
        self, inputs: Tensor, batch_img_metas: list[dict[str, Any]]
    ) -> Tensor:
        """As mmseg calls it: clicks and previous mask come in the meta dicts."""
        clicks = clicks_from(batch_img_metas, inputs.device)
        return self.click_logits(inputs, _prev_from(batch_img_metas, inputs), clicks)

    def loss(self, inputs: Tensor, data_samples: Sequence[Any]) -> dict[str, Tensor]:
        """One training step: correct the model's own masks, then learn from the last.

        Args:
            inputs: (B, 3, H, W)
            data_samples: With ``clicks`` and ``index`` in their metainfo, and ``step``
                and ``seed`` as ``StepHook`` writes them.
        """
        start = self.start_of(inputs)
        prev = self._correct(inputs, data_samples, start)
        clicks = clicks_from([s.metainfo for s in data_samples], inputs.device)
        feats = self.extract_feat(inputs, prev, clicks, start)
        losses: dict[str, Tensor] = self.decode_head.loss(
            feats, data_samples, self.train_cfg
        )
        return losses

    def parse_losses(
        self, losses: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss to learn from, and what is logged: means over all processes."""
        loss, logged = super().parse_losses(losses)
        logged = {name: value.detach() for name, value in logged.items()}
        all_reduce_dict(logged, op="mean")
        return loss, logged

    def _correct(
        self, inputs: Tensor, samples: Sequence[Any], start: Start = None
    ) -> Tensor:
        """Add clicks on the model's errors; return the masks they were made on."""
        prev = inputs.new_zeros(len(inputs), 1, *inputs.shape[2:])
        draws = StepDraws.of(samples)
        rngs = draws.each(Purpose.CLICKS)
        label = stack_labels(samples).cpu().numpy()
        counts = self._counts(samples, draws)
        for number in range(max(counts)):
            left = [i for i, count in enumerate(counts) if count > number]
            some, own = [samples[i] for i in left], [rngs[i] for i in left]
            if self.click_order == "click_first":
                _add_corrections(some, prev[left], label[left], own, self.anywhere)
            with _frozen(self):
                clicks = clicks_from([s.metainfo for s in some], inputs.device)
                noise = getattr(self.decode_head, "noise_var", None)
                logits = self.click_logits(
                    inputs[left],
                    prev[left],
                    clicks,
                    noise_var=noise,
                    start=None if start is None else tuple(x[left] for x in start),
                )
            prev[left] = torch.sigmoid(logits).to(prev)
            if self.click_order == "predict_first":
                _add_corrections(some, prev[left], label[left], own, self.anywhere)
        return prev

    def _counts(self, samples: Sequence[Any], draws: StepDraws) -> list[int]:
        """Corrections of each sample: its own number, else one for the batch."""
        own = [sample.metainfo.get("corrections") for sample in samples]
        if None not in own:
            return [int(count) for count in own]
        rng = draws.shared(Purpose.CORRECTIONS)
        count = int(rng.choice(len(self.corrections), p=self.corrections))
        return [count] * len(samples)


def _add_corrections(
    samples: Sequence[Any],
    prob: Tensor,
    label: np.ndarray,
    rngs: Sequence[np.random.Generator],
    anywhere: float,
) -> None:
    """Append one click to each sample whose mask is wrong somewhere."""
    maps = prob.squeeze(1).float().cpu().numpy()
    for sample, mask, truth, rng in zip(samples, maps, label, rngs, strict=True):
        click = correction(mask, truth == 1, truth == 255, rng, anywhere=anywhere)
        if click is not None:
            row = (click.row, click.col, click.label)
            sample.set_metainfo({"clicks": [*sample.metainfo["clicks"], row]})


def _prev_from(metas: Sequence[dict[str, Any]], inputs: Tensor) -> Tensor | None:
    """Previous masks (H, W) of the meta dicts, if there are any.  (B, 1, H, W)."""
    masks = [meta.get("prev_mask") for meta in metas]
    if all(mask is None for mask in masks):
        return None
    zeros = inputs.new_zeros(inputs.shape[2:])
    stacked = [zeros if m is None else torch.as_tensor(m).to(inputs) for m in masks]
    return torch.stack(stacked).unsqueeze(1)


@contextmanager
def _frozen(model: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; training mode afterwards."""
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train()
