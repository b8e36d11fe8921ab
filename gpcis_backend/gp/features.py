"""Weight-space prior: random features with learned frequencies and phases.

    φₗ(z) = √(2/L) · sin(θₗ·z + τₗ)      (or cos; sin u = cos(u − π/2))

Zhou et al. 2023, Eq. 6; Rahimi, Recht: Random Features (NeurIPS 2007).
"""

import math
from typing import Literal

import torch
from torch import Tensor

Basis = Literal["sin", "cos"]

_BLOCK = 4096  # points whose features, 4 MB at L = 256, stay in the cache


def random_features(z: Tensor, freq: Tensor, phase: Tensor, basis: Basis) -> Tensor:
    """Weight-space features Φ of any points, so that the prior there is ``Φ w``.

    Args:
        z: GP inputs.  (B, P, D+3)
        freq: θ.  (L, D+3)
        phase: τ, in radians.  (L,)
        basis: The trigonometric function.

    Returns:
        Values within ±√(2/L).  (B, P, L)
    """
    return _waves(z, freq, phase, basis) * math.sqrt(2 / len(phase))


def prior_at(
    z: Tensor, freq: Tensor, phase: Tensor, basis: Basis, weights: Tensor
) -> Tensor:
    """Prior ``Φ w``, without a scaled copy of Φ.

    Without gradients it walks over blocks of points whose features stay in the cache.

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
    step = max(1, z.shape[1] if torch.is_grad_enabled() else _BLOCK // len(z))
    parts = [_waves(part, freq, phase, basis) @ scaled for part in z.split(step, 1)]
    return torch.cat(parts, 1)


def _waves(z: Tensor, freq: Tensor, phase: Tensor, basis: Basis) -> Tensor:
    angle = torch.nn.functional.linear(z, freq, phase)  # (B, P, L)
    if torch.is_grad_enabled():
        return torch.sin(angle) if basis == "sin" else torch.cos(angle)
    return angle.sin_() if basis == "sin" else angle.cos_()
