"""Normalized focal loss (Sofiiuk et al.: AdaptIS, ICCV 2019)."""

import torch
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

_EPS = 1e-12


@MODELS.register_module()
class NormalizedFocalLoss(nn.Module):
    """Focal loss whose weights sum to the number of labelled pixels of the image.

        NFL = mean over labelled pixels of −α μ (1−pₜ)^γ log pₜ,   μ = N / Σ (1−pₜ)^γ

    Args:
        alpha: Factor of both classes.
        gamma: Exponent.
        loss_weight: Factor of the result.
        loss_name: Under which mmseg logs it.
    """

    def __init__(
        self,
        alpha: float = 0.5,
        gamma: float = 2.0,
        loss_weight: float = 1.0,
        loss_name: str = "loss_nfl",
    ) -> None:
        super().__init__()
        self.alpha, self.gamma = alpha, gamma
        self.loss_weight, self.loss_name = loss_weight, loss_name

    def forward(self, logits: Tensor, label: Tensor, ignore_index: int = 255) -> Tensor:
        """Mean over the images of the batch, a scalar.

        Args:
            logits: Any real numbers.  (B, H, W)
            label: 1 object, 0 background, or ``ignore_index``.  (B, H, W)
            ignore_index: Pixels with this label count nowhere.
        """
        labelled = label != ignore_index
        sign = torch.where(label == 1, 1.0, -1.0).to(logits)
        log_pt = F.logsigmoid(sign * logits)  # (B, H, W)
        with torch.no_grad():
            count = labelled.sum((1, 2))  # (B,)
        focus = torch.sigmoid(-sign * logits) ** self.gamma * labelled
        scale = (count / (focus.sum((1, 2)) + _EPS)).detach()  # (B,)
        per_image = -(focus * log_pt).sum((1, 2)) * scale / count.clamp(min=1)
        return self.loss_weight * self.alpha * per_image.mean()
