"""Decoders: from a backbone's feature maps to one map at stride 4."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmengine.model import BaseModule
from mmseg.models.decode_heads.aspp_head import ASPPModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

_NORM = {"type": "BN"}


@MODELS.register_module()
class LightFPN(BaseModule):
    """Top-down feature pyramid of separable convolutions with a global context.

    Args:
        in_channels: Of the maps used, finest (stride 4) first.
        in_index: Which of the backbone's maps those are.
        channels: Width of the pyramid and of the output.
    """

    def __init__(
        self, in_channels: Sequence[int], in_index: Sequence[int], channels: int = 64
    ) -> None:
        super().__init__()
        self.in_index, self.out_channels = tuple(in_index), channels
        self.laterals = nn.ModuleList(
            nn.Conv2d(width, channels, 1) for width in in_channels
        )
        self.context = nn.Conv2d(in_channels[-1], channels, 1)
        self.merges = nn.ModuleList(
            DepthwiseSeparableConvModule(
                channels, channels, 3, padding=1, norm_cfg=_NORM
            )
            for _ in in_channels
        )
        self.refine = DepthwiseSeparableConvModule(
            channels, channels, 3, padding=1, norm_cfg=_NORM
        )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """(B, C, H/4, W/4)."""
        maps = [feats[index] for index in self.in_index]
        out = self.context(maps[-1].mean((2, 3), keepdim=True))
        for x, lateral, merge in reversed(
            list(zip(maps, self.laterals, self.merges, strict=True))
        ):
            out = merge(F.relu(lateral(x) + _resize(out, x)))
        refined: Tensor = self.refine(out)
        return refined


@MODELS.register_module()
class DeepLabV3Plus(BaseModule):
    """Atrous pyramid on the last map, joined with the stride-4 map.

    Chen et al., ECCV 2018, with the widths of RITM and GPCIS.

    Args:
        in_channels: Of the stride-4 map and of the last map.
        in_index: Which of the backbone's maps those are.
        channels: Of the pyramid and of the output.
        skip_channels: The stride-4 map is reduced to.
        dilations: Of the three atrous branches.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, -1),
        channels: int = 256,
        skip_channels: int = 32,
        dilations: Sequence[int] = (12, 24, 36),
    ) -> None:
        super().__init__()
        self.in_index, self.out_channels = tuple(in_index), channels
        fine, last = in_channels
        norm = {"conv_cfg": None, "norm_cfg": _NORM, "act_cfg": {"type": "ReLU"}}
        self.pool = ConvModule(last, channels, 1, **norm)
        self.pyramid = ASPPModule((1, *dilations), last, channels, **norm)
        joined = channels * (2 + len(dilations))
        self.project = ConvModule(joined, channels, 1, **norm)
        self.skip = ConvModule(fine, skip_channels, 1, **norm)
        self.fuse = nn.Sequential(
            *(
                DepthwiseSeparableConvModule(
                    width, channels, 3, padding=1, norm_cfg=_NORM, dw_act_cfg=None
                )
                for width in (channels + skip_channels, channels)
            )
        )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """(B, C, H/4, W/4)."""
        fine, last = (feats[index] for index in self.in_index)
        pooled = _resize(self.pool(last.mean((2, 3), keepdim=True)), last)
        deep = self.project(torch.cat([pooled, *self.pyramid(last)], 1))
        skip = self.skip(fine)
        out: Tensor = self.fuse(torch.cat([_resize(deep, skip), skip], 1))
        return out


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=True)
