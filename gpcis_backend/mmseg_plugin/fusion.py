"""Early fusion: clicks and previous mask enter a backbone through its stem."""

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

CLICK_CHANNELS = 3  # previous mask, positive disks, negative disks


@MODELS.register_module()
class ClickStem(BaseModule):
    """Features of the click channels at stride 2, small at first (RITM's Conv1S).

    Args:
        out_channels: Channels of the image stem that it is added to.
        hidden_channels: Between the two convolutions.
        init_scale: Initial size of the learned factor.
    """

    def __init__(
        self, out_channels: int, hidden_channels: int = 16, init_scale: float = 0.05
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(CLICK_CHANNELS, hidden_channels, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(hidden_channels, out_channels, 3, padding=1),
        )
        self.scale = nn.Parameter(torch.tensor(init_scale))
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.xavier_normal_(layer.weight)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, clicks: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C, H/2, W/2)."""
        out: Tensor = self.layers(clicks) * self.scale.abs()
        return out


class FusedStem(nn.Module):
    """Takes the place of a backbone's stem and accepts six channels.

    Args:
        image: The backbone's own stem, of stride 2.
        clicks: Its companion for the click channels.
    """

    def __init__(self, image: nn.Module, clicks: nn.Module) -> None:
        super().__init__()
        self.image, self.clicks = image, clicks

    def forward(self, x: Tensor) -> Tensor:
        """RGB and click channels.  (B, 6, H, W) -> (B, C, H/2, W/2)."""
        out: Tensor = self.image(x[:, :3]) + self.clicks(x[:, 3:])
        return out
