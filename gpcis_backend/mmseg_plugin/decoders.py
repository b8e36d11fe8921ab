"""Decoders: from a backbone's feature maps to one map at stride 4."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmengine.model import BaseModule
from mmseg.models.decode_heads.aspp_head import ASPPModule
from mmseg.models.decode_heads.ocr_head import (
    ObjectAttentionBlock,
    SpatialGatherModule,
)
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

_NORM = {"type": "BN"}
_LAYER = {"conv_cfg": None, "norm_cfg": _NORM, "act_cfg": {"type": "ReLU"}}


def separable(inputs: int, outputs: int) -> nn.Module:
    """RITM's separable 3x3: depthwise, pointwise, norm, ReLU."""
    layer: nn.Module = DepthwiseSeparableConvModule(
        inputs, outputs, 3, padding=1, bias=False,
        dw_norm_cfg=None, dw_act_cfg=None, pw_norm_cfg=_NORM,
    )  # fmt: skip
    return layer


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
        self.pool = ConvModule(last, channels, 1, **_LAYER)
        self.pyramid = ASPPModule((1, *dilations), last, channels, **_LAYER)
        joined = channels * (2 + len(dilations))
        self.project = ConvModule(joined, channels, 1, **_LAYER)
        self.skip = ConvModule(fine, skip_channels, 1, **_LAYER)
        self.fuse = nn.Sequential(
            separable(channels + skip_channels, channels), separable(channels, channels)
        )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """(B, C, H/4, W/4)."""
        fine, last = (feats[index] for index in self.in_index)
        pooled = _resize(self.pool(last.mean((2, 3), keepdim=True)), last)
        deep = self.project(torch.cat([pooled, *self.pyramid(last)], 1))
        skip = self.skip(fine)
        out: Tensor = self.fuse(torch.cat([_resize(deep, skip), skip], 1))
        return out


@MODELS.register_module()
class OCR(BaseModule):
    """Object-contextual representation of all maps, joined at stride 4.

    Yuan et al., ECCV 2020, with the widths of RITM: one region, the object, which a
    coarse map of logits points at.

    Args:
        in_channels: Of all of the backbone's maps, finest (stride 4) first.
        channels: Of the output.
        key_channels: Of the attention.
        dropout: Share of output channels dropped in training.

    Attributes:
        auxiliary: Makes the coarse map, on which ``ClickHead`` puts a loss of its own.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 96,
        key_channels: int = 48,
        dropout: float = 0.05,
    ) -> None:
        super().__init__()
        self.out_channels, width = channels, sum(in_channels)
        self.auxiliary = nn.Sequential(
            ConvModule(width, width, 1, **_LAYER), nn.Conv2d(width, 1, 1)
        )
        self.pixels = ConvModule(width, channels, 3, padding=1, **_LAYER)
        self.gather = SpatialGatherModule(scale=1)
        self.distribute = ObjectAttentionBlock(channels, key_channels, 1, **_LAYER)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """(B, C, H/4, W/4)."""
        joined = torch.cat([_resize(x, feats[0]) for x in feats], 1)
        pixels = self.pixels(joined)
        region = self.gather(pixels, self.auxiliary(joined))  # (B, C, 1, 1)
        out: Tensor = self.dropout(self.distribute(pixels, region))
        return out


@MODELS.register_module()
class AllMLP(BaseModule):
    """SegFormer's decoder: every map to one width, joined at stride 4.

    Xie et al., NeurIPS 2021.

    Args:
        in_channels: Of all of the backbone's maps, finest (stride 4) first.
        channels: Of each of them after its projection, and of the output.
        dropout: Share of output channels dropped in training.
    """

    def __init__(
        self, in_channels: Sequence[int], channels: int = 256, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.out_channels = channels
        self.laterals = nn.ModuleList(
            nn.Conv2d(width, channels, 1) for width in in_channels
        )
        self.fuse = ConvModule(channels * len(in_channels), channels, 1, **_LAYER)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """(B, C, H/4, W/4)."""
        maps = [
            _resize(lateral(x), feats[0])
            for x, lateral in zip(feats, self.laterals, strict=True)
        ]
        out: Tensor = self.dropout(self.fuse(torch.cat(maps, 1)))
        return out


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=True)
