"""GP decode head: names the parts, leaves the maths to ``gpcis_backend.gp``."""

import logging
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.errors import NumericalError
from gpcis_backend.gp.classifier import GPClassifier, Posterior
from gpcis_backend.gp.noise import Noise
from gpcis_backend.gp.presets import preset
from gpcis_backend.gp.system import Clicks
from gpcis_backend.mmseg_plugin.click_head import ClickHead, Features
from gpcis_backend.mmseg_plugin.draws import Purpose, StepDraws
from gpcis_backend.mmseg_plugin.fresh import start_fresh


@MODELS.register_module()
class GPCHead(ClickHead):
    """Picks the clicked features, calls ``gpcis_backend.gp``, hands mmseg the logits.

    Args:
        num_features: Random features L of the weight-space prior.
        preset_name: ``gpcis``, ``paper`` or ``release``: see ``gp.presets``.
        gp: Settings that differ from the preset.
        noise_var: ε² of ``loss()`` and of the training click loop.
        test_noise_var: ε² of ``predict()``.  Neither is tied to ``train()``/``eval()``.
        vi_weight: Of L_VI.
        prior_weight: Of the segmentation loss of the prior alone; 0 leaves it out.
        **kwargs: As ``ClickHead``.
    """

    def __init__(
        self,
        *,
        num_features: int = 256,
        preset_name: str = "gpcis",
        gp: dict[str, Any] | None = None,
        noise_var: float = 1e-2,
        test_noise_var: float = 1e-7,
        vi_weight: float = 1e-3,
        prior_weight: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.noise_var, self.test_noise_var = noise_var, test_noise_var
        self.vi_weight, self.prior_weight = vi_weight, prior_weight
        self.projection = nn.Conv2d(self.in_channels, self.channels, 1)
        start_fresh(self.projection)
        settings = preset(preset_name, **(gp or {}))
        self.gp = GPClassifier(self.channels, num_features, settings)

    def forward(self, inputs: Features) -> Tensor:
        """Pixel features the GP works on, of unit length.  (B, D, h, w)."""
        feats = self.projection(self.decoder(inputs[:-1]))
        return F.normalize(feats.float(), dim=1, eps=1e-12)

    def losses(
        self,
        inputs: Features,
        clicks: ClickBatch,
        label: Tensor,
        draws: StepDraws | None = None,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Segmentation loss and L_VI of one random draw."""
        noise = None
        if draws is not None:
            noise = _noise(draws, len(self.gp.phase), clicks.label.shape[1])
        out = self.posterior(
            inputs, clicks, self.noise_var, with_sample=True, generator=noise
        )
        segmentation = self.loss_decode(out.logits, label, self.ignore_index)
        losses = {"loss_nfl": segmentation, "loss_vi": self.vi_weight * out.vi}
        if self.prior_weight:
            prior = self.loss_decode(out.prior, label, self.ignore_index)
            losses["loss_prior"] = self.prior_weight * prior
        return losses, out.logits

    def logits(
        self, inputs: Features, clicks: ClickBatch, *, noise_var: float | None = None
    ) -> Tensor:
        """Posterior mean; where no system can be solved, the prior and a warning."""
        noise = self.test_noise_var if noise_var is None else noise_var
        return self._steady(inputs, clicks, noise).logits.unsqueeze(1)

    def latent(self, inputs: Features, clicks: ClickBatch) -> tuple[Tensor, Tensor]:
        """Posterior mean, in logits, and Var(p), as prediction sees them.

        Returns:
            (B, H, W) each.
        """
        out = self._steady(inputs, clicks, self.test_noise_var, with_variance=True)
        assert out.variance is not None
        return out.logits, out.variance

    def _steady(
        self,
        inputs: Features,
        clicks: ClickBatch,
        noise_var: float,
        *,
        with_variance: bool = False,
    ) -> Posterior:
        try:
            return self.posterior(
                inputs, clicks, noise_var, with_variance=with_variance
            )
        except NumericalError as error:
            print_log(f"{error}; showing the prior", "current", logging.WARNING)
            return self.posterior(
                inputs, _without_clicks(clicks), noise_var, with_variance=with_variance
            )

    def posterior(
        self,
        inputs: Features,
        clicks: ClickBatch,
        noise_var: float,
        *,
        with_sample: bool = False,
        with_variance: bool = False,
        generator: torch.Generator | Noise | None = None,
    ) -> Posterior:
        """All that the GP says about a batch; see ``GPClassifier.forward``."""
        colours = inputs[-1]
        spots = clicks.on_pixels(*colours.shape[2:])
        result: Posterior = self.gp(
            self(inputs),
            colours,
            Clicks(spots.coords, spots.label, spots.order),
            noise_var=noise_var,
            with_sample=with_sample,
            with_variance=with_variance,
            generator=generator,
        )
        return result


def _noise(draws: StepDraws, num_features: int, num_slots: int) -> Noise:
    """One draw of w for all, of the targets for each image by its own."""
    weights = draws.shared(Purpose.WEIGHTS).standard_normal(num_features)
    targets = [rng.standard_normal(num_slots) for rng in draws.each(Purpose.TARGETS)]
    return Noise(torch.from_numpy(weights), torch.from_numpy(np.stack(targets)))


def _without_clicks(clicks: ClickBatch) -> ClickBatch:
    none = torch.zeros_like(clicks.label)
    return ClickBatch(clicks.coords, none, none - 1)
