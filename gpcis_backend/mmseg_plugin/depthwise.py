"""Depthwise convolution whose backward pass runs in float32.

oneDNN's bfloat16 gradients of strided and 5x5 depthwise kernels are 5 to 100 times
slower than its float32 ones; the forward pass gains from bfloat16.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

_CHUNK = 1 << 21  # elements of the input that one backward step handles


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor, stride: int
    ) -> Tensor:
        ctx.save_for_backward(x, kernel)
        ctx.stride = stride
        return _convolve(x, kernel.to(x.dtype), bias.to(x.dtype), stride)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, kernel = ctx.saved_tensors
        size = max(1, _CHUNK // x[0].numel())  # images at a time: stay in the cache
        parts = [
            _gradients(g.float(), f.float(), kernel.float(), ctx.stride)
            for g, f in zip(grad.split(size), x.split(size), strict=True)
        ]
        grads_x, grads_kernel, grads_bias = zip(*parts, strict=True)
        grad_x = torch.cat([part.to(x.dtype) for part in grads_x])
        return grad_x, sum(grads_kernel), sum(grads_bias), None


def _gradients(
    grad: Tensor, x: Tensor, kernel: Tensor, stride: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of input, kernel and bias in float32."""
    channels, size = kernel.shape[0], kernel.shape[-1]

    def library(*wanted: bool) -> list[Tensor]:
        grads: list[Tensor] = torch.ops.aten.convolution_backward(
            grad, x, kernel, None, [stride] * 2, [size // 2] * 2, [1, 1],
            False, [0, 0], channels, [*wanted, False],
        )  # fmt: skip
        return grads

    if size > 3 and stride == 1:
        grad_kernel = _correlate(x, grad, size)
    else:
        grad_kernel = library(False, True)[1]
    return library(True, False)[0], grad_kernel, grad.sum((0, 2, 3))


def _correlate(x: Tensor, grad: Tensor, size: int) -> Tensor:
    """Kernel gradient as one grouped convolution: half the library's time for 5x5."""
    batch, channels, height, width = x.shape
    planes = F.pad(x.transpose(0, 1).contiguous(), (size // 2,) * 4)
    planes = planes.view(1, channels * batch, *planes.shape[2:])
    taps = grad.transpose(0, 1).reshape(channels * batch, 1, height, width)
    per_image = F.conv2d(planes, taps, groups=channels * batch)
    return per_image.view(channels, batch, size, size).sum(1, keepdim=True)


def depthwise(x: Tensor, kernel: Tensor, bias: Tensor, stride: int) -> Tensor:
    """One odd square kernel per channel, padded by half its size.

    Args:
        x: float32 or bfloat16.  (B, C, H, W)
        kernel: (C, 1, k, k)
        bias: (C,)
        stride: In pixels, the same in both directions.
    """
    if x.dtype == torch.bfloat16 and torch.is_grad_enabled():
        out: Tensor = _Depthwise.apply(x, kernel, bias, stride)  # type: ignore[no-untyped-call]
        return out
    return _convolve(x, kernel, bias, stride)


def _convolve(x: Tensor, kernel: Tensor, bias: Tensor, stride: int) -> Tensor:
    padding = kernel.shape[-1] // 2
    return F.conv2d(x, kernel, bias, stride, padding, groups=kernel.shape[0])
