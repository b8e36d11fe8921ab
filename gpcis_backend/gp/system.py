"""The clicks of a batch and the solved system between them."""

from typing import NamedTuple

import torch
from torch import Tensor


class Clicks(NamedTuple):
    """Padded clicks of a batch, in pixels of the colour image.

    Args:
        coords: Integer (row, col), zeros where padded.  (B, N, 2)
        label: +1, -1, or 0 where padded.  (B, N)
        order: Newest largest, -1 where padded.  (B, N)
    """

    coords: Tensor
    label: Tensor
    order: Tensor


class System(NamedTuple):
    """The solved click system of a batch, in float64 but for the targets."""

    clicks: Clicks  # without the contradicted ones
    gram: Tensor  # (B, N, N)
    chol: Tensor  # (B, N, N)
    noise: Tensor  # (B,)
    f_mean: Tensor  # m (B, N)
    f_clicks: Tensor  # m, or a draw (B, N)
    v: Tensor  # (B, N)

    @property
    def is_valid(self) -> Tensor:
        """False in padded slots.  (B, N)."""
        return self.clicks.label != 0

    def put(self, values: Tensor, maps: Tensor) -> Tensor:
        """Maps (B, H, W) with the given values (B, N) at the clicked pixels."""
        image, slot = torch.nonzero(self.is_valid, as_tuple=True)
        rows, cols = self.clicks.coords[image, slot].long().unbind(-1)
        return maps.index_put((image, rows, cols), values[image, slot].to(maps))
