"""Weight-space prior: random features with learned frequencies and phases.

    φₗ(z) = √(2/L) · sin(θₗ·z + τₗ)      (or cos; sin u = cos(u − π/2))

Zhou et al. 2023, Eq. 6; Rahimi, Recht: Random Features (NeurIPS 2007).
"""

import math
from typing import Literal

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional as F

Basis = Literal["sin", "cos"]

_BLOCK = 4096  # points whose features, 4 MB at L = 256, stay in the cache


def prior_at(
    z: Tensor, freq: Tensor, phase: Tensor, basis: Basis, weights: Tensor
) -> Tensor:
    """Prior ``Φ w`` without Φ: block after block of points that fit into the cache.

    The backward pass computes the blocks again.

    Args:
        z: GP inputs.  (B, P, D+3)
        freq: θ.  (L, D+3)
        phase: τ, in radians.  (L,)
        basis: The trigonometric function.
        weights: w.  (L,)

    Returns:
        (B, P)
    """
    scaled = weights * math.sqrt(2 / len(phase))
    turned = phase if basis == "sin" else phase + math.pi / 2
    flat = z.reshape(-1, z.shape[-1])
    prior: Tensor = _Prior.apply(flat, freq, turned, scaled)  # type: ignore[no-untyped-call]
    return prior.view(z.shape[:-1])


class _Prior(torch.autograd.Function):
    """Σₗ wₗ sin(θₗ·z + τₗ) of points z (P, D+3)."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, z: Tensor, freq: Tensor, phase: Tensor, weights: Tensor
    ) -> Tensor:
        ctx.save_for_backward(z, freq, phase, weights)
        size = _block_of(z)
        parts = [F.linear(part, freq, phase).sin_() @ weights for part in z.split(size)]
        return torch.cat(parts)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, ...]:
        z, freq, phase, weights = ctx.saved_tensors  # type: ignore[attr-defined]
        grad_z = torch.empty_like(z)
        grad_freq, grad_phase = torch.zeros_like(freq), torch.zeros_like(phase)
        grad_weights = torch.zeros_like(weights)
        size = _block_of(z)
        blocks = zip(*(x.split(size) for x in (z, grad, grad_z)), strict=True)
        for part, above, out in blocks:
            angle = F.linear(part, freq, phase)  # (P, L)
            grad_weights += above @ angle.sin()
            slope = angle.cos_().mul_(weights).mul_(above[:, None])
            torch.mm(slope, freq, out=out)
            grad_freq += slope.mT @ part
            grad_phase += slope.sum(0)
        return grad_z, grad_freq, grad_phase, grad_weights


def _block_of(z: Tensor) -> int:
    """Points at once: on a GPU all of them, its cache is no concern.  (P, D+3)."""
    return _BLOCK if z.device.type == "cpu" else max(1, len(z))
