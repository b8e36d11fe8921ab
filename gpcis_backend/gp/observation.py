"""What clicks see of the raster that the GP lives on: points of it, with weights.

    f(click n) = Σⱼ wₙⱼ f(point nⱼ)

Where the GP lives on pixels, a click sees its own pixel.  On the feature grid it sees
the four cells around it with bilinear weights, as the upsampled map does, or the mean
of that over a disk.  Linear
functionals of a GP are Gaussian again, so the posterior and all its guarantees stay
exact: only the click system is between functionals.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gpcis_backend.gp.grid import corners


class Observation(NamedTuple):
    """Points and weights of all clicks of a batch.

    Args:
        coords: Integer (row, col) of the points in the raster, K for each click.
            (B, N·K, 2)
        weight: Of each point, float64: as exact as the click system.  (B, N, K)
    """

    coords: Tensor
    weight: Tensor

    def fold(self, values: Tensor) -> Tensor:
        """From the points to their clicks.  (B, N·K, ...) -> (B, N, ...)."""
        apart = values.unflatten(1, self.weight.shape[1:])  # (B, N, K, ...)
        return torch.einsum("bnk,bnk...->bn...", self.weight.to(values), apart)

    def spread(self, values: Tensor) -> Tensor:
        """From the clicks to their points, the transpose.  (B, N) -> (B, N·K)."""
        return (values.unsqueeze(2) * self.weight.to(values)).flatten(1)


def at_pixels(coords: Tensor) -> Observation:
    """Clicks that see their own pixel.

    Args:
        coords: Integer (row, col).  (B, N, 2)
    """
    weight = torch.ones(coords.shape[:2], dtype=torch.float64, device=coords.device)
    return Observation(coords, weight.unsqueeze(-1))


def through_cells(
    coords: Tensor, cells: Sequence[int], height: int, width: int, radius: float = 0.0
) -> Observation:
    """Clicks on pixels of (height, width) as they see a grid of ``cells``.

    Args:
        coords: Integer (row, col).  (B, N, 2)
        cells: Rows and columns of the grid.
        height: Rows of the image.
        width: Columns of the image.
        radius: Of the disk that each sees the mean of, in pixels, by five points that
            stay inside the image; 0 for its own pixel.
    """
    spots = coords.double()
    if radius:
        # five points with the second moments of the disk
        cross = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
        offsets = spots.new_tensor(cross) * radius * (5 / 8) ** 0.5  # (5, 2)
        spots = (spots.unsqueeze(2) + offsets).flatten(1, 2)  # (B, 5N, 2)
        spots = spots.clamp(min=0).minimum(spots.new_tensor([height - 1, width - 1]))
    found, weight = corners(spots, cells, height, width)
    if radius:
        share = weight.unflatten(1, (coords.shape[1], len(offsets))) / len(offsets)
        weight = share.flatten(2)  # (B, N, 20)
    return Observation(found.flatten(1, 2), weight)
