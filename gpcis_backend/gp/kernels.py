"""Function-space kernel: an ARD-RBF on deep features plus a weighted RBF on colour.

    k(z, z') = exp(−½ Σₜ e^{λₜ} (xₜ − x'ₜ)²) + η₀ exp(−½ |g − g'|²)

Zhou et al. 2023, Eq. 8.  One algebraic form serves clicks and pixels: inputs are
centred and scaled once (``scale_features``), then every exponent is
a·b − |a|²/2 − |b|²/2.  Mixing forms would give a click two different kernel rows, an
error that 1/ε² amplifies.
"""

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable


def scale_features(x: Tensor, centre: Tensor, log_precision: Tensor) -> Tensor:
    """Features in units of their length scales: differences squared sum to Σ e^λ Δ².

    Args:
        x: Features, channels last.  (B, P, D)
        centre: Subtracted first; any point near the clicks will do.  (B, 1, D)
        log_precision: λ.  (D,)
    """
    return (x - centre) * torch.exp(log_precision / 2)


def half_norm(a: Tensor) -> Tensor:
    """|a|²/2 of each point.  (B, P, D) -> (B, P)."""
    return a.square().sum(-1) / 2


def rbf(dot: Tensor, half_a: Tensor, half_b: Tensor) -> Tensor:
    """``exp(a·b − |a|²/2 − |b|²/2)``, at most 1 whatever the rounding.

    Args:
        dot: Products a·b.  (B, N, P)
        half_a: |a|²/2.  (B, N)
        half_b: |b|²/2.  (B, P)
    """
    exponent = dot - half_a.unsqueeze(-1) - half_b.unsqueeze(-2)
    return torch.exp(exponent.clamp(max=0))


def weighted_rbf(v: Tensor, dot: Tensor, half_a: Tensor, half_b: Tensor) -> Tensor:
    """``Σₙ vₙ rbf(n, p)``: the update of one kernel term, without extra (N, P) maps.

    Args:
        v: Weights of the clicks.  (B, N)
        dot: Products a·b.  (B, N, P)
        half_a: |a|²/2.  (B, N)
        half_b: |b|²/2.  (B, P)

    Returns:
        (B, P)
    """
    out: Tensor = _WeightedRBF.apply(v, dot, half_a, half_b)  # type: ignore[no-untyped-call]
    return out


class _WeightedRBF(torch.autograd.Function):
    """One (B, N, P) map forward and one backward, where autograd would keep six."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, v: Tensor, dot: Tensor, half_a: Tensor, half_b: Tensor
    ) -> Tensor:
        k = (dot - half_a.unsqueeze(-1)).sub_(half_b.unsqueeze(-2))
        k = k.clamp_(max=0).exp_()
        ctx.save_for_backward(v, k)
        return (v.unsqueeze(1) @ k).squeeze(1)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, ...]:
        v, k = ctx.saved_tensors  # type: ignore[attr-defined]
        grad_v = (k @ grad.unsqueeze(-1)).squeeze(-1)  # (B, N)
        grad_dot = (k * v.unsqueeze(-1)).mul_(grad.unsqueeze(1))  # (B, N, P)
        return grad_v, grad_dot, -v * grad_v, -grad_dot.sum(1)
