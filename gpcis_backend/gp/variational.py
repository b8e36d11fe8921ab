"""Amortised variational distribution of the latent values at the clicks.

    q(fₙ) = N(m, σ²I),     m_c = y_c · softplus(MLP(z_c)),     so sign(m_c) = y_c always

    L_VI = − Σ_c log s(y_c u_c) + ½ mᵀ A⁻¹ m,     u = m + σ·noise

Zhou et al. 2023, Eq. 7 and 13, with the log-determinants dropped.
"""

import math
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.gp.noise import Source, standard_normal
from gpcis_backend.gp.posterior import solve

_HIDDEN = 96

VIForm = Literal["sum", "batch_mean", "image_mean"]


class ClickTargets(nn.Module):
    """Mean of the latent value at each click, on the side of the click's label."""

    def __init__(self, num_inputs: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(num_inputs, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, 1)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Gaussian Xavier weights, zero biases."""
        for layer in self.mlp:
            if isinstance(layer, nn.Linear):
                std = math.sqrt(2 / ((layer.in_features + layer.out_features) / 2))
                nn.init.normal_(layer.weight, std=std)
                nn.init.zeros_(layer.bias)

    def forward(self, z_clicks: Tensor, label: Tensor) -> Tensor:
        """m, in logits, zero where padded.

        Args:
            z_clicks: GP inputs at the clicks.  (B, N, D+3)
            label: +1, -1, or 0 where padded.  (B, N)
        """
        size: Tensor = F.softplus(self.mlp(z_clicks).squeeze(-1))
        return label * size


def vi_loss(
    f_mean: Tensor,
    f_sample: Tensor,
    label: Tensor,
    chol: Tensor,
    *,
    form: VIForm = "image_mean",
) -> Tensor:
    """Variational loss of the clicks of a batch.

    Args:
        f_mean: m.  (B, N)
        f_sample: One draw u from q.  (B, N)
        label: +1, -1, or 0 where padded.  (B, N)
        chol: Factor of A; detach it to hold the kernel fixed.  (B, N, N)
        form: ``sum`` is the paper's, averaged over images; ``batch_mean`` the released
            code's, over all clicks of the batch and without the half; ``image_mean``
            divides both terms by the clicks of their image, so that no image weighs
            more because another has few.

    Returns:
        A scalar; 0 without clicks.
    """
    valid = label != 0  # (B, N)
    count = valid.sum(-1).clamp(min=1)  # (B,)
    data = -(F.logsigmoid(label * f_sample) * valid).sum(-1)  # (B,)
    quadratic = (f_mean * solve(chol, f_mean, valid).to(f_mean)).sum(-1)  # (B,)
    if form == "sum":
        return (data + quadratic / 2).mean()
    if form == "batch_mean":
        return (data + quadratic).sum() / valid.sum().clamp(min=1)
    return ((data + quadratic / 2) / count).mean()


def sample_targets(f_mean: Tensor, target_var: float, generator: Source) -> Tensor:
    """One draw from q: m plus independent noise of variance ``target_var``.  (B, N)."""
    return f_mean + math.sqrt(target_var) * standard_normal(f_mean, generator)
