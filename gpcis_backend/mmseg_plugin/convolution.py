"""Convolution, bias and ReLU6 as one pass over the feature map, each way.

On a CPU a mobile network waits for memory, not for arithmetic.  oneDNN adds bias and
clamps while the result of the convolution is still in the cache; PyTorch offers that
to compiled graphs only, so it is called here by hand.  Backward, the mask of the clamp
comes from the output, 1x1 kernels are plain matrix products, and the kernel gradient of
a 5x5 depthwise convolution is a grouped convolution: half of oneDNN's time.

Always in float32 on a CPU, under autocast too: oneDNN's bfloat16 gradients of strided
and 5x5 depthwise kernels take 5 to 100 times as long.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

_CHUNK = 1 << 21  # elements of the input that one backward step handles
_LIMITS = (0.0, 6.0)


def convolve(
    x: Tensor,
    kernel: Tensor,
    shift: Tensor,
    *,
    stride: int = 1,
    groups: int = 1,
    with_relu6: bool = False,
) -> Tensor:
    """An odd square kernel, padded by half its size, with bias and maybe ReLU6.

    Args:
        x: (B, C, H, W)
        kernel: (C', C/groups, k, k)
        shift: (C',)
        stride: In pixels, the same in both directions.
        groups: 1, or C for a depthwise kernel.
        with_relu6: Clamp the result to [0, 6].
    """
    if x.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
        x = x.float()
    if not _is_fused(x):
        out = F.conv2d(x, kernel, shift, stride, kernel.shape[-1] // 2, groups=groups)
        return F.relu6(out) if with_relu6 else out
    if torch.is_grad_enabled():
        learning: Tensor = _Convolution.apply(  # type: ignore[no-untyped-call]
            x, kernel, shift, stride, groups, with_relu6
        )
        return learning
    return _fused(x, kernel, shift, stride, groups, with_relu6)


def _is_fused(x: Tensor) -> bool:
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and fused_operator() is not None
        and not torch.jit.is_tracing()  # type: ignore[attr-defined,no-untyped-call]
    )


@cache
def fused_operator() -> Any:
    """Convolution, bias and clamp of oneDNN; None where PyTorch lacks it."""
    return getattr(torch.ops.mkldnn, "_convolution_pointwise", None)


def _fused(
    x: Tensor, kernel: Tensor, shift: Tensor, stride: int, groups: int, clamped: bool
) -> Tensor:
    padding = [kernel.shape[-1] // 2] * 2
    after = ("hardtanh", list(_LIMITS), "") if clamped else ("none", [], "")
    out: Tensor = fused_operator()(
        x, kernel, shift, padding, [stride] * 2, [1, 1], groups, *after
    )
    return out


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        kernel: Tensor,
        shift: Tensor,
        stride: int,
        groups: int,
        clamped: bool,
    ) -> Tensor:
        out = _fused(x, kernel, shift, stride, groups, clamped)
        ctx.save_for_backward(x, kernel, out if clamped else None)
        ctx.stride, ctx.groups = stride, groups
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, kernel, out = ctx.saved_tensors
        if out is not None:
            grad = torch.ops.aten.hardtanh_backward(grad, out, *_LIMITS)
        if kernel.shape[2:] == (1, 1) and ctx.groups == ctx.stride == 1:
            grads = _pointwise(grad, x, kernel)
        elif ctx.groups > 1:
            grads = _depthwise(grad, x, kernel, ctx.stride)
        else:
            grads = _library(grad, x, kernel, ctx.stride, 1, (True, True))
        return *grads, grad.sum((0, 2, 3)), None, None, None


def _pointwise(grad: Tensor, x: Tensor, kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of input and kernel as matrix products."""
    above = grad.permute(0, 2, 3, 1).reshape(-1, grad.shape[1])  # (P, C')
    below = x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])  # (P, C)
    batch, _, height, width = x.shape
    grad_x = (above @ kernel.flatten(1)).view(batch, height, width, -1)
    return grad_x.permute(0, 3, 1, 2), (above.mT @ below)[:, :, None, None]


def _depthwise(
    grad: Tensor, x: Tensor, kernel: Tensor, stride: int
) -> tuple[Tensor, Tensor]:
    """Gradients of input and kernel, a few images at a time: stay in the cache."""
    size, channels = kernel.shape[-1], len(kernel)
    images = max(1, _CHUNK // x[0].numel())
    grads_x, grad_kernel = [], torch.zeros_like(kernel)
    for above, below in zip(grad.split(images), x.split(images), strict=True):
        is_own = size > 3 and stride == 1
        wanted = (True, not is_own)
        found = _library(above, below, kernel, stride, channels, wanted)
        grads_x.append(found[0])
        grad_kernel += _correlate(below, above, size) if is_own else found[1]
    return torch.cat(grads_x), grad_kernel


def _library(
    grad: Tensor,
    x: Tensor,
    kernel: Tensor,
    stride: int,
    groups: int,
    wanted: tuple[bool, bool],
) -> tuple[Tensor, Tensor]:
    """OneDNN's gradients of input and kernel; None for one that is not wanted."""
    padding = [kernel.shape[-1] // 2] * 2
    grads: list[Tensor] = torch.ops.aten.convolution_backward(
        grad, x, kernel, None, [stride] * 2, padding, [1, 1],
        False, [0, 0], groups, [*wanted, False],
    )  # fmt: skip
    return grads[0], grads[1]


def _correlate(x: Tensor, grad: Tensor, size: int) -> Tensor:
    """Kernel gradient of stride 1 as one grouped convolution."""
    batch, channels, height, width = x.shape
    planes = F.pad(x.transpose(0, 1).contiguous(), (size // 2,) * 4)
    planes = planes.view(1, channels * batch, *planes.shape[2:])
    taps = grad.transpose(0, 1).reshape(channels * batch, 1, height, width)
    per_image = F.conv2d(planes, taps, groups=channels * batch)
    return per_image.view(channels, batch, size, size).sum(1, keepdim=True)
