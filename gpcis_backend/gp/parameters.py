"""What the GP learns: prior, kernel and targets, with their initial values."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.gp.noise import Source, standard_normal
from gpcis_backend.gp.presets import GPSettings
from gpcis_backend.gp.terms import Places
from gpcis_backend.gp.variational import ClickTargets

_REACH = 0.3  # initial s₁ and s₂, in sides of the image


class GPParameters(nn.Module):
    """The parameters; those that the settings hold fixed keep their initial values.

    A fixed parameter asks for no gradient: optimisers and DDP pass it by, checkpoints
    keep it.

    Args:
        num_channels: D, feature channels.
        num_features: L, random features of the prior.
        settings: What is not learned.
    """

    def __init__(
        self,
        num_channels: int,
        num_features: int = 256,
        settings: GPSettings | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings or GPSettings()
        with_colour, learn = self.settings.with_colour, self.settings.learn_prior
        num_inputs = num_channels + 3 * with_colour
        self.freq = _parameter(learn, num_features, num_inputs)
        self.phase = _parameter(learn, num_features)
        self.weights_mean = _parameter(learn, num_features)
        self.weights_std = _parameter(learn)
        learn = self.settings.learn_kernel
        self.log_precision = _parameter(learn, num_channels)
        self.colour_weight_raw = _parameter(learn) if with_colour else None
        with_places = self.settings.with_places
        self.place_share_raw = _parameter(learn) if with_places else None
        self.place_log_reach = _parameter(learn, 2) if with_places else None
        self.targets = ClickTargets(num_inputs)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values that the settings name."""
        settings, (outputs, inputs) = self.settings, self.freq.shape
        if settings.unit_freq:
            nn.init.normal_(self.freq)
            nn.init.uniform_(self.phase, 0, 2 * math.pi)
        else:
            nn.init.normal_(self.freq, std=math.sqrt(2 / ((inputs + outputs) / 2)))
            nn.init.zeros_(self.phase)
        nn.init.normal_(self.weights_mean, std=settings.weights_mean_std)
        nn.init.constant_(self.weights_std, settings.weights_std)
        nn.init.ones_(self.log_precision)
        if self.colour_weight_raw is not None:
            nn.init.zeros_(self.colour_weight_raw)
        if self.place_share_raw is not None and self.place_log_reach is not None:
            nn.init.zeros_(self.place_share_raw)
            nn.init.constant_(self.place_log_reach, math.log(_REACH))
        self.targets.reset_parameters()

    @property
    def colour_weight(self) -> Tensor | None:
        """η₀, positive; None without colour."""
        if self.colour_weight_raw is None:
            return None
        if self.settings.colour_weight_form == "exp":
            return self.colour_weight_raw.exp()
        return F.softplus(self.colour_weight_raw)

    @property
    def places(self) -> Places | None:
        """α in (0, 1), log s₁ and log s₂; None for a kernel without places."""
        if self.place_share_raw is None or self.place_log_reach is None:
            return None
        return Places(self.place_share_raw.sigmoid(), self.place_log_reach)

    def prior_weights(
        self, with_sample: bool = False, generator: Source = None
    ) -> Tensor:
        """w, its mean or one draw that the whole batch shares.  (L,)."""
        if not with_sample:
            return self.weights_mean
        std: Tensor = self.weights_std
        if self.settings.weights_std_range is not None:
            std = std.clamp(*self.settings.weights_std_range)
        return self.weights_mean + std * standard_normal(self.weights_mean, generator)


def _parameter(is_learned: bool, *shape: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(shape), requires_grad=is_learned)
