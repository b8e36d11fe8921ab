"""Weight-space prior: random features with learned frequencies and phases.

    φₗ(z) = √(2/L) · sin(θₗ·z + τₗ)      (or cos; sin u = cos(u − π/2))

Zhou et al. 2023, Eq. 6; Rahimi, Recht: Random Features (NeurIPS 2007).
"""

import math
from typing import Literal

import torch
from torch import Tensor

Basis = Literal["sin", "cos"]


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
    wave = torch.nn.functional.linear(z, freq, phase)  # (B, P, L)
    wave = torch.sin(wave) if basis == "sin" else torch.cos(wave)
    return wave * math.sqrt(2 / len(phase))
