"""Function-space update: condition a prior draw on the clicked pixels.

Matheron's rule, a GP posterior as *prior + correction* (Zhou et al. 2023, Eq. 11):

    f  =  Φₚ w  +  Kₚₙ v,        (Kₙₙ + ε²I) v  =  fₙ − Φₙ w
          prior    function-space update
"""

import torch
from torch import Tensor

from gpcis_backend.errors import NumericalError

MAX_RAISES = 6  # each multiplies ε² by 10, for the failing images only
SAME = 1 - 1e-6  # correlation from which two clicks are the same point to the GP


def factorise(
    gram: Tensor, valid: Tensor, *, noise_var: float
) -> tuple[Tensor, Tensor]:
    """Cholesky factor of ``Kₙₙ + ε²I`` for all images of a batch at once.

    Args:
        gram: Kernel between the clicks, symmetric positive semi-definite.  (B, N, N)
        valid: False in padded slots.  (B, N)
        noise_var: Observation variance ε² > 0, in squared logits.

    Returns:
        Lower factor in float64, identity where padded (B, N, N), and the ε² that each
        image needed (B,).

    Raises:
        NumericalError: An image stayed singular at ε² raised a million times.
    """
    if noise_var <= 0:
        raise ValueError(f"noise_var must be positive, found {noise_var}")
    # float64: two clicks on look-alike pixels leave float32 without a digit.
    keep = valid.double()  # (B, N)
    system = gram.double() * keep[:, :, None] * keep[:, None, :]  # (B, N, N)
    noise = system.new_full((len(gram),), noise_var)  # (B,)
    one = torch.ones_like(keep)
    for _ in range(MAX_RAISES + 1):
        # a padded slot solves 1·v = 0
        noisy = system + torch.diag_embed(torch.lerp(one, noise[:, None], keep))
        chol, info = torch.linalg.cholesky_ex(noisy)  # (B, N, N), (B,)
        if not info.any():
            return chol, noise
        noise = torch.where(info != 0, 10 * noise, noise)
    raise NumericalError(
        f"click system not positive definite even at ε² = {noise.max() / 10:g}"
    )


def solve(chol: Tensor, values: Tensor, valid: Tensor) -> Tensor:
    """``(Kₙₙ + ε²I)⁻¹ values`` in float64, zero where padded.

    Args:
        chol: From ``factorise``.  (B, N, N)
        values: In logits.  (B, N)
        valid: False in padded slots.  (B, N)

    Returns:
        Weights.  (B, N)
    """
    masked = (values.double() * valid).unsqueeze(-1)  # (B, N, 1)
    return torch.cholesky_solve(masked, chol).squeeze(-1)


def update_weights(
    gram: Tensor, residual: Tensor, valid: Tensor, *, noise_var: float
) -> tuple[Tensor, Tensor]:
    """Solve ``(Kₙₙ + ε²I) v = fₙ − Φₙ w`` for all images of a batch at once.

    Args:
        gram: Kernel between the clicks.  (B, N, N)
        residual: Target minus prior at the clicks, in logits.  (B, N)
        valid: False in padded slots.  (B, N)
        noise_var: Observation variance ε² > 0, in squared logits.

    Returns:
        v in float64, zero where padded (B, N), and the ε² each image needed (B,).

    Raises:
        NumericalError: As ``factorise``.
    """
    if residual.shape[-1] == 0:
        return residual.double(), residual.new_full((len(residual),), noise_var)
    chol, noise = factorise(gram, valid, noise_var=noise_var)
    return solve(chol, residual, valid), noise


def posterior_variance(
    diagonal: Tensor, cross: Tensor, chol: Tensor, *, target_var: float
) -> Tensor:
    """Marginal variance of the latent function (Zhou et al. 2023, Eq. 10, diagonal).

        Var(p) = k(p,p) − |C⁻¹ kₚ|² + σ² |A⁻¹ kₚ|²,      A = Kₙₙ + ε²I = C Cᵀ

    Args:
        diagonal: Prior variance k(p, p).  (B, P), or () of all points
        cross: Kernel between clicks and pixels, zero rows where padded.  (B, N, P)
        chol: C, from ``factorise``.  (B, N, N)
        target_var: σ² of the targets at the clicks.

    Returns:
        Variance in squared logits, never negative, in float64.  (B, P)
    """
    half = torch.linalg.solve_triangular(chol, cross.double(), upper=False)
    full = torch.linalg.solve_triangular(chol.mT, half, upper=True)  # (B, N, P)
    explained = half.square().sum(-2) - target_var * full.square().sum(-2)
    variance: Tensor = (diagonal.double() - explained).clamp(min=0)
    return variance


def drop_contradicted(gram: Tensor, label: Tensor, order: Tensor) -> Tensor:
    """False for a click that a later click of the opposite sign contradicts.

    Two clicks contradict each other if their inputs are equal to the kernel: no
    function could satisfy both, and the last one is what the user wants now.

    Args:
        gram: (B, N, N)
        label: +1, -1, or 0 where padded.  (B, N)
        order: Newest largest.  (B, N)
    """
    scale = gram.diagonal(dim1=-2, dim2=-1).clamp(min=1e-12).sqrt()  # (B, N)
    same = gram > SAME * scale[:, :, None] * scale[:, None, :]
    opposite = label[:, :, None] * label[:, None, :] < 0
    is_older = order[:, :, None] < order[:, None, :]
    return ~(same & opposite & is_older).any(-1)
