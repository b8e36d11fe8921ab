"""Bilinear values of a coarse map at pixels, ``align_corners=True``.

Two ways to the same numbers: whole rows of pixels (``upsample_rows``, ``upsample``),
and single pixels (``sample``).  Neither holds more of a wide map at full size than was
asked for.
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
    places = index.to(coarse.dtype).unsqueeze(-1)
    taps = _taps(places, coarse.shape[2:3], (height,))
    top, bottom, weight = (part.squeeze(-1) for part in taps)
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
        return _picked(coarse, coords)
    cells, weight = corners(coords.to(coarse.dtype), coarse.shape[2:], height, width)
    picked = _picked(coarse, cells.flatten(1, 2)).unflatten(1, weight.shape[1:])
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
        Integer (row, col) of the cells (B, N, 4, 2), and weights that sum to 1
        (B, N, 4).
    """
    first, second, share = _taps(coords, coarse, (height, width))  # (B, N, 2) each
    ends = torch.stack([first, second], -2)  # (B, N, 2, 2)
    shares = torch.stack([1 - share, share], -2)
    four = ends[..., 0].unsqueeze(-1), ends[..., 1].unsqueeze(-2)
    cells = torch.stack(torch.broadcast_tensors(*four), -1)  # (B, N, 2, 2, 2)
    weight = shares[..., 0].unsqueeze(-1) * shares[..., 1].unsqueeze(-2)
    return cells.flatten(2, 3), weight.flatten(2)


def _picked(maps: Tensor, coords: Tensor) -> Tensor:
    """Values at some (row, col).  (B, C, h, w), (B, M, 2) -> (B, M, C)."""
    rows, cols = coords.long().unbind(-1)
    index = rows * maps.shape[3] + cols
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


def _taps(
    index: Tensor, coarse: Sequence[int], full: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Two neighbours on the coarse side and the weight of the second; (..., sides)."""
    steps = [
        (c - 1) / (f - 1) if f > 1 else 0.0 for c, f in zip(coarse, full, strict=True)
    ]
    last = torch.tensor(coarse, device=index.device) - 1
    position = index * index.new_tensor(steps)
    first = position.floor().long().clamp(min=0).minimum(last)
    second = (first + 1).minimum(last)
    return first, second, position - first
