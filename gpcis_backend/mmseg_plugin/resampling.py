"""Bilinear views of large images and back, ``align_corners=True``, touching little.

The numbers are those of ``torch.nn.functional.interpolate`` on the whole crop as
float32, but only the pixels that count are converted: of a crop of 12 megapixels the
network sees 256 x 256 and so at most 512 rows and 512 columns.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gpcis_backend.clicks.click import Prob
from gpcis_backend.clicks.geometry import View

_REMAP_LIMIT = 32766  # lines that OpenCV's remap accepts
_WORTH_PICKING = 4  # lines for each that the network sees, before lines are picked

Index = NDArray[np.intp]
Floats = NDArray[np.float32]


def seen(pixels: NDArray[np.uint8] | Prob, view: View) -> Floats:
    """What the network sees of an image or of a map.

    Args:
        pixels: (H, W, 3) bytes, or (H, W) float32.
        view: Crop and size.

    Returns:
        Values on the scale of ``pixels``.  (h, w, 3) or (h, w)
    """
    part: NDArray[Any] = view.crop.cut(pixels)
    if part.shape[:2] == (view.height, view.width):
        return part.astype(np.float32)
    converts = part.dtype != np.float32  # OpenCV reads a float map where it lies
    rows, down = _needed(view.crop.height, view.height, converts)
    cols, across = _needed(view.crop.width, view.width, converts)
    part = _picked(part, rows, cols).astype(np.float32, copy=False)
    size = view.height, view.width
    across_map = np.ascontiguousarray(np.broadcast_to(across, size))
    down_map = np.ascontiguousarray(np.broadcast_to(down[:, None], size))
    border = cv2.BORDER_REPLICATE
    found: Floats = np.asarray(
        cv2.remap(part, across_map, down_map, cv2.INTER_LINEAR, borderMode=border),
        dtype=np.float32,
    )
    return found


def enlarged(prob: Tensor, height: int, width: int) -> Prob:
    """A map of the network's size at the size of the crop.

    numpy's memory comes in huge pages: at 12 megapixels that is half of the time.

    Args:
        prob: float32.  (h, w)
        height: Rows of the crop.
        width: Columns of the crop.

    Returns:
        (height, width)
    """
    if prob.shape == (height, width):
        return np.asarray(prob.cpu().numpy(), dtype=np.float32)
    out = np.empty((height, width), dtype=np.float32)
    size, target = [height, width], torch.from_numpy(out)[None, None]
    torch.ops.aten.upsample_bilinear2d.out(
        prob.cpu()[None, None], size, True, out=target
    )
    return out


def _needed(length: int, size: int, converts: bool) -> tuple[Index | None, Floats]:
    """Lines that ``size`` samples of ``length`` lines look at, and where in them.

    None instead of the lines means all of them, where picking would not pay.

    The positions are rounded as torch rounds them.
    """
    step = np.float32((length - 1) / (size - 1) if size > 1 else 0)
    position = np.arange(size, dtype=np.float32) * step
    most = min(_WORTH_PICKING * size, _REMAP_LIMIT) if converts else _REMAP_LIMIT
    if length <= most:
        return None, position
    first = np.minimum(position.astype(np.intp), length - 1)
    lines = np.stack([first, np.minimum(first + 1, length - 1)], axis=1)
    share = position - first.astype(np.float32)
    return lines.ravel(), 2 * np.arange(size, dtype=np.float32) + share


def _picked(part: NDArray[Any], rows: Index | None, cols: Index | None) -> NDArray[Any]:
    """Some lines of an image or of a map, whole pixels at a time."""
    if rows is not None:
        part = part[rows]
    if cols is None:
        return part
    part = np.ascontiguousarray(part)
    pixel = np.dtype((np.void, part.itemsize * part[0, 0].size))
    whole = part.reshape(len(part), -1).view(pixel)  # one item a pixel
    taken = whole.take(cols, axis=1).view(part.dtype)
    return taken.reshape(len(part), len(cols), *part.shape[2:])
