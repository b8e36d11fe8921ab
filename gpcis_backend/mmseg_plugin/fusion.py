"""Early fusion: clicks and previous mask enter a backbone beside the image.

A backbone that knows where clicks join keeps a place for them, a submodule ``clicks``
(``backbones``, ``click_backbones``); any other gets its ``stem`` replaced by a
``FusedStem``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.model import BaseModule
from mmseg.models.utils import PatchEmbed, nlc_to_nchw
from mmseg.registry import MODELS
from torch import Tensor, nn

from gpcis_backend.mmseg_plugin.fresh import start_fresh

CLICK_CHANNELS = 3  # previous mask, positive disks, negative disks


@MODELS.register_module()
class ClickStem(BaseModule):
    """Features of the click channels, small at first (RITM's Conv1S).

    Args:
        out_channels: Channels of the image features that they are added to.
        hidden_channels: Between the two convolutions.
        init_scale: Initial size of the learned factor.
        stride: Of the result; 2, or 4 for a backbone whose stem has stride 4.
    """

    def __init__(
        self,
        out_channels: int,
        hidden_channels: int = 16,
        init_scale: float = 0.05,
        stride: int = 2,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(CLICK_CHANNELS, hidden_channels, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(hidden_channels, out_channels, 3, stride=stride // 2, padding=1),
        )
        self.scale = nn.Parameter(torch.tensor(init_scale))
        start_fresh(self)

    def forward(self, clicks: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C, H/stride, W/stride)."""
        out: Tensor = self.layers(clicks) * self.scale.abs()
        return out


@MODELS.register_module()
class ClickEmbedding(BaseModule):
    """Features of the click channels at stride 4, by a patch embedding of their own.

    FocalClick's fusion for SegFormer: a 7x7 convolution and a layer norm, as the
    backbone's first embedding of the image.

    Args:
        out_channels: Channels of the image features that they are added to.
    """

    def __init__(self, out_channels: int) -> None:
        super().__init__()
        self.embed = PatchEmbed(
            in_channels=CLICK_CHANNELS,
            embed_dims=out_channels,
            kernel_size=7,
            stride=4,
            padding=3,
            norm_cfg={"type": "LN", "eps": 1e-6},
        )
        start_fresh(self)

    def forward(self, clicks: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C, H/4, W/4)."""
        tokens, size = self.embed(clicks)
        out: Tensor = nlc_to_nchw(tokens, size)
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


def attach(backbone: nn.Module, clicks: nn.Module) -> None:
    """Let ``backbone`` take six channels, the last three through ``clicks``.

    Raises:
        ValueError: The backbone has no place where clicks could join.
    """
    if hasattr(backbone, "clicks"):
        backbone.clicks = clicks
    elif hasattr(backbone, "stem"):
        backbone.stem = FusedStem(backbone.get_submodule("stem"), clicks)
    else:
        raise ValueError(
            f"{type(backbone).__name__} has neither a stem nor a place for clicks; "
            "expected ResNetV1c, EfficientNetLite0, ClickHRNet or ClickMiT"
        )


def click_branch(backbone: nn.Module) -> nn.Module:
    """What ``attach`` was given."""
    stem = getattr(backbone, "stem", None)
    branch = stem.clicks if isinstance(stem, FusedStem) else backbone.clicks
    assert isinstance(branch, nn.Module)
    return branch


@contextmanager
def detached(backbone: nn.Module) -> Iterator[None]:
    """Leave ``backbone`` as it was before ``attach``: three channels, its own names."""
    name = "clicks" if hasattr(backbone, "clicks") else "stem"
    fused = getattr(backbone, name)
    setattr(backbone, name, fused.image if isinstance(fused, FusedStem) else None)
    try:
        yield
    finally:
        setattr(backbone, name, fused)
