"""Rectangles and resampling between original image and network input.

Coordinates follow ``align_corners=True`` exactly: a side of h pixels resized to H maps
r to r (H-1)/(h-1), and a side of one pixel maps to 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import Click, Prob


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of whole pixels inside an image."""

    top: int
    left: int
    height: int
    width: int

    def contains(self, click: Click) -> bool:
        """Whether the click's pixel lies inside."""
        row, col = click.row - self.top, click.col - self.left
        return 0 <= row < self.height and 0 <= col < self.width

    def cut(self, array: NDArray[Any]) -> NDArray[Any]:
        """The part of ``array`` inside, as a view.  (H, W, ...) -> (h, w, ...)."""
        rows = slice(self.top, self.top + self.height)
        return array[rows, self.left : self.left + self.width]

    def paste(self, part: Prob, height: int, width: int) -> Prob:
        """``part`` at its place in zeros: the inverse of ``cut``.  (height, width)."""
        if part.shape == (height, width) and (self.top, self.left) == (0, 0):
            return part
        whole = np.zeros((height, width), dtype=part.dtype)
        self.cut(whole)[...] = part
        return whole


@dataclass(frozen=True, slots=True)
class View:
    """What the network sees: a crop of the image, resized, maybe also mirrored.

    Args:
        crop: In pixels of the original image.
        height: Rows of the network input.
        width: Columns of the network input.
        with_flip: Average the logits of the input and of its mirror image.
    """

    crop: Crop
    height: int
    width: int
    with_flip: bool = False

    def to_network(self, rows_cols: NDArray[np.float64]) -> NDArray[np.float64]:
        """Original (row, col) to network-input coordinates.  (N, 2)."""
        origin = np.array([self.crop.top, self.crop.left], dtype=np.float64)
        return (rows_cols - origin) * self._scale()

    def to_image(self, rows_cols: NDArray[np.float64]) -> NDArray[np.float64]:
        """Network-input (row, col) to the original image; inverse up to rounding."""
        scale = self._scale()
        inverse = np.divide(1.0, scale, out=np.zeros(2), where=scale > 0)
        origin = np.array([self.crop.top, self.crop.left], dtype=np.float64)
        points: NDArray[np.float64] = rows_cols * inverse + origin
        return points

    def _scale(self) -> NDArray[np.float64]:
        pairs = ((self.crop.height, self.height), (self.crop.width, self.width))
        return np.array([(n - 1) / (m - 1) if m > 1 else 0.0 for m, n in pairs])


def whole_image(height: int, width: int) -> Crop:
    """The crop that keeps everything."""
    return Crop(0, 0, height, width)
