"""Clicks as images: one channel of disks for each sign."""

import torch
from torch import Tensor

from gpcis_backend.clicks.batch import ClickBatch

RADIUS = 5  # network-input pixels: 81 pixels a disk


def click_maps(
    clicks: ClickBatch, height: int, width: int, radius: int = RADIUS
) -> Tensor:
    """1 within ``radius`` of a click, else 0; channel 0 positive, 1 negative.

    A small stencil is scattered around each click, so the cost does not grow with the
    image (Sofiiuk et al. 2022, disk encoding).

    Args:
        clicks: On whole pixels, as ``ClickBatch.on_pixels`` gives them.
        height: Rows of the network input.
        width: Columns of the network input.
        radius: In pixels.

    Returns:
        (B, 2, height, width)
    """
    span = torch.arange(-radius, radius + 1, device=clicks.coords.device)
    stencil = torch.cartesian_prod(span, span)
    stencil = stencil[stencil.square().sum(-1) <= radius**2]  # (S, 2)
    spots = clicks.coords.long().unsqueeze(2) + stencil  # (B, N, S, 2)
    rows, cols = spots.unbind(-1)
    inside = (rows >= 0) & (rows < height) & (cols >= 0) & (cols < width)
    inside &= clicks.valid.unsqueeze(-1)
    image, slot, spot = torch.nonzero(inside, as_tuple=True)
    channel = (clicks.label[image, slot] < 0).long()
    maps = clicks.coords.new_zeros(len(clicks), 2, height, width)
    maps[image, channel, rows[image, slot, spot], cols[image, slot, spot]] = 1
    return maps
