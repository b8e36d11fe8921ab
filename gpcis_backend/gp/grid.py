"""Bilinear values of a coarse map at pixels, ``align_corners=True``.

Two ways to the same numbers: whole rows of pixels (``upsample_rows``, ``upsample``),
and single pixels (``sample``).  Neither ``upsample_rows`` nor ``sample`` ever holds the
full-size map of a wide feature vector.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def upsample_rows(coarse: Tensor, rows: slice, height: int, width: int) -> Tensor:
    """Rows ``rows`` of ``coarse`` upsampled to (height, width).

    Args:
        coarse: (B, C, h, w)
        rows: Start and stop inside 0..height.
        height: Rows of the full map.
        width: Columns of the full map.

    Returns:
        (B, C, R, width)
    """
    if coarse.shape[2:] == (height, width):
        return coarse[:, :, rows]
    if rows == slice(0, height):
        return upsample(coarse, height, width)
    index = torch.arange(rows.start, rows.stop, device=coarse.device)
    top, bottom, weight = _taps(index.to(coarse.dtype), coarse.shape[2], height)
    weight = weight[:, None]
    picked = coarse[:, :, top] * (1 - weight) + coarse[:, :, bottom] * weight
    return upsample(picked, len(index), width)


def upsample(maps: Tensor, height: int, width: int) -> Tensor:
    """Whole maps.  (B, C, h, w) -> (B, C, height, width)."""
    return F.interpolate(maps, (height, width), mode="bilinear", align_corners=True)


def sample(coarse: Tensor, coords: Tensor, height: int, width: int) -> Tensor:
    """Upsampled value at single pixels.

    Args:
        coarse: (B, C, h, w)
        coords: Integer (row, col) inside the full map, in any dtype.  (B, N, 2)
        height: Rows of the full map.
        width: Columns of the full map.

    Returns:
        (B, N, C)
    """
    if coarse.shape[2:] == (height, width):  # its own pixels, no mean of four
        rows, cols = coords.long().unbind(-1)
        return _picked(coarse, rows * width + cols)
    index, weight = corners(coords.to(coarse.dtype), coarse.shape[2:], height, width)
    picked = _picked(coarse, index.flatten(1)).unflatten(1, index.shape[1:])
    values: Tensor = (picked * weight.unsqueeze(-1)).sum(2)  # of (B, N, 4, C)
    return values


def corners(
    coords: Tensor, coarse: Sequence[int], height: int, width: int
) -> tuple[Tensor, Tensor]:
    """The four cells around single pixels, and their bilinear weights.

    Args:
        coords: (row, col) inside the full map, floating.  (B, N, 2)
        coarse: Rows and columns of the coarse map.
        height: Rows of the full map.
        width: Columns of the full map.

    Returns:
        Index into the flattened coarse map, and weights that sum to 1, (B, N, 4) each.
    """
    top, bottom, down = _taps(coords[..., 0], coarse[0], height)
    left, right, across = _taps(coords[..., 1], coarse[1], width)
    cells = [row * coarse[1] + col for row in (top, bottom) for col in (left, right)]
    weights = [a * b for a in (1 - down, down) for b in (1 - across, across)]
    return torch.stack(cells, -1), torch.stack(weights, -1)


def _picked(maps: Tensor, index: Tensor) -> Tensor:
    """Values at places of the flattened maps.  (B, C, h, w), (B, M) -> (B, M, C)."""
    spread = index.unsqueeze(1).expand(-1, maps.shape[1], -1)
    return maps.flatten(2).gather(2, spread).mT


def local_median(maps: Tensor, side: int) -> Tensor:
    """Each pixel's median over the square around it, channel by channel.

    Args:
        maps: Their border pixels go on outside.  (B, C, H, W)
        side: Of the square, odd.

    Returns:
        (B, C, H, W)
    """
    if side % 2 == 0:
        raise ValueError(f"the side of a median must be odd, found {side}")
    if side == 1:
        return maps
    padded = F.pad(maps, (side // 2,) * 4, mode="replicate")
    squares = padded.unfold(2, side, 1).unfold(3, side, 1)  # (B, C, H, W, side, side)
    # image by image: a copy holds side² numbers for every pixel
    medians = [image.flatten(-2).median(-1).values for image in squares]
    return torch.stack(medians)


def _taps(index: Tensor, coarse: int, full: int) -> tuple[Tensor, Tensor, Tensor]:
    """Two neighbours on the coarse side and the weight of the second one."""
    position = index * ((coarse - 1) / (full - 1) if full > 1 else 0.0)
    first = position.floor().long().clamp(0, coarse - 1)
    second = (first + 1).clamp(max=coarse - 1)
    return first, second, position - first
