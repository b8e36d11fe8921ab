"""State dicts with the names and shapes of public ImageNet files, random inside."""

from collections.abc import Iterable
from itertools import pairwise

import torch
from torch import Tensor

Weights = dict[str, Tensor]
_HRNET_WIDTHS = (18, 36, 72, 144)


def resnet50s() -> Weights:
    """timm's ``resnet50s.gluon_in1k``: deep stem 64-64-128, layers 3-4-6-3."""
    out: Weights = {}
    for place, (inputs, outputs) in zip(
        "036", ((3, 64), (64, 64), (64, 128)), strict=True
    ):
        out |= _conv(f"conv1.{place}", inputs, outputs, 3)
    out |= _norm("conv1.1", 64) | _norm("conv1.4", 64) | _norm("bn1", 128)
    inputs = 128
    for number, (width, blocks) in enumerate(
        ((64, 3), (128, 4), (256, 6), (512, 3)), start=1
    ):
        out |= _bottlenecks(f"layer{number}", inputs, width, blocks)
        inputs = 4 * width
    return out | _linear("fc", 2048, 1000)


def hrnet_w18_small_v2() -> Weights:
    """The HRNet authors' ``hrnet_w18_small_model_v2.pth``, in timm's names too."""
    out = _conv("conv1", 3, 64, 3) | _norm("bn1", 64)
    out |= _conv("conv2", 64, 64, 3) | _norm("bn2", 64)
    out |= _bottlenecks("layer1", 64, 64, 2)
    out |= _unit("transition1.0", 256, 18, 3) | _unit("transition1.1.0", 256, 36, 3)
    out |= _unit("transition2.2.0", 36, 72, 3) | _unit("transition3.3.0", 72, 144, 3)
    for stage, (modules, branches) in enumerate(((1, 2), (3, 3), (2, 4)), start=2):
        for module in range(modules):
            out |= _hr_module(f"stage{stage}.{module}", _HRNET_WIDTHS[:branches])
    heads = (32, 64, 128, 256)
    for index, (inputs, width) in enumerate(zip(_HRNET_WIDTHS, heads, strict=True)):
        out |= _bottlenecks(f"incre_modules.{index}", inputs, width, 1)
    for index, (fine, coarse) in enumerate(pairwise(heads)):
        place = f"downsamp_modules.{index}"
        out |= _unit(place, 4 * fine, 4 * coarse, 3, bias=True)
    out |= _unit("final_layer", 1024, 2048, 1, bias=True)
    return out | _linear("classifier", 2048, 1000)


def mit_b0() -> Weights:
    """The SegFormer authors' ``mit_b0.pth``."""
    out: Weights = {}
    inputs = 3
    widths, kernels, reductions = (32, 64, 160, 256), (7, 3, 3, 3), (8, 4, 2, 1)
    for stage, (width, kernel, reduction) in enumerate(
        zip(widths, kernels, reductions, strict=True), start=1
    ):
        out |= _conv(f"patch_embed{stage}.proj", inputs, width, kernel, bias=True)
        out |= _pair(f"patch_embed{stage}.norm", width)
        for block in range(2):
            out |= _mit_block(f"block{stage}.{block}", width, reduction)
        out |= _pair(f"norm{stage}", width)
        inputs = width
    return out | _linear("head", 256, 1000)


def _mit_block(place: str, width: int, reduction: int) -> Weights:
    out = _pair(f"{place}.norm1", width) | _pair(f"{place}.norm2", width)
    out |= _linear(f"{place}.attn.q", width, width)
    out |= _linear(f"{place}.attn.kv", width, 2 * width)
    out |= _linear(f"{place}.attn.proj", width, width)
    if reduction > 1:
        out |= _conv(f"{place}.attn.sr", width, width, reduction, bias=True)
        out |= _pair(f"{place}.attn.norm", width)
    out |= _linear(f"{place}.mlp.fc1", width, 4 * width)
    out |= _conv(f"{place}.mlp.dwconv.dwconv", 1, 4 * width, 3, bias=True)
    return out | _linear(f"{place}.mlp.fc2", 4 * width, width)


def _hr_module(place: str, widths: tuple[int, ...]) -> Weights:
    out: Weights = {}
    for branch, width in enumerate(widths):
        for block in range(2):
            for layer in (1, 2):
                at = f"{place}.branches.{branch}.{block}"
                out |= _conv(f"{at}.conv{layer}", width, width, 3)
                out |= _norm(f"{at}.bn{layer}", width)
    for to, target in enumerate(widths):
        for source, width in enumerate(widths):
            at = f"{place}.fuse_layers.{to}.{source}"
            if source > to:
                out |= _unit(at, width, target, 1)
            for step in range(to - source):
                last = step == to - source - 1
                out |= _unit(f"{at}.{step}", width, target if last else width, 3)
    return out


def _bottlenecks(place: str, inputs: int, width: int, blocks: int) -> Weights:
    out = _unit(f"{place}.0.downsample", inputs, 4 * width, 1)
    for block in range(blocks):
        sizes = ((inputs, width, 1), (width, width, 3), (width, 4 * width, 1))
        for layer, (fan_in, fan_out, kernel) in enumerate(sizes, start=1):
            out |= _conv(f"{place}.{block}.conv{layer}", fan_in, fan_out, kernel)
            out |= _norm(f"{place}.{block}.bn{layer}", fan_out)
        inputs = 4 * width
    return out


def _unit(
    place: str, inputs: int, outputs: int, kernel: int, *, bias: bool = False
) -> Weights:
    convolution = _conv(f"{place}.0", inputs, outputs, kernel, bias=bias)
    return convolution | _norm(f"{place}.1", outputs)


def _conv(
    place: str, inputs: int, outputs: int, kernel: int, *, bias: bool = False
) -> Weights:
    out = _random(f"{place}.weight", (outputs, inputs, kernel, kernel))
    return out | (_random(f"{place}.bias", (outputs,)) if bias else {})


def _linear(place: str, inputs: int, outputs: int) -> Weights:
    shape = (outputs, inputs)
    return _random(f"{place}.weight", shape) | _random(f"{place}.bias", (outputs,))


def _norm(place: str, width: int) -> Weights:
    out = _pair(place, width) | _random(f"{place}.running_mean", (width,))
    out[f"{place}.running_var"] = torch.rand(width) + 0.5
    out[f"{place}.num_batches_tracked"] = torch.tensor(7)
    return out


def _pair(place: str, width: int) -> Weights:
    return _random(f"{place}.weight", (width,)) | _random(f"{place}.bias", (width,))


def _random(name: str, shape: Iterable[int]) -> Weights:
    return {name: torch.randn(*shape)}
