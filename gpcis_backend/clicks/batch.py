"""Padded clicks of a batch, in pixels of the network input."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

_SAME_PIXEL = 1.0  # clicks closer than this are one click


@dataclass(frozen=True, slots=True)
class ClickBatch:
    """Clicks of B images in N slots; a free slot holds zeros and order -1.

    Args:
        coords: float (row, col).  (B, N, 2)
        label: +1, -1, or 0 where padded.  (B, N)
        order: 0, 1, 2, ... with the newest largest, -1 where padded.  (B, N)
    """

    coords: Tensor
    label: Tensor
    order: Tensor

    def __len__(self) -> int:
        """Number of images."""
        return len(self.label)

    @property
    def valid(self) -> Tensor:
        """False in padded slots.  (B, N)."""
        return self.label != 0

    @classmethod
    def from_rows(
        cls, images: Sequence[ArrayLike], device: torch.device | str
    ) -> "ClickBatch":
        """Batch of rows (row, col, label) for each image, in the order of clicking."""
        tables = [np.asarray(rows, dtype=np.float32).reshape(-1, 3) for rows in images]
        slots = max((len(table) for table in tables), default=0)
        packed = torch.zeros(len(images), slots, 4)
        packed[..., 3] = -1
        for image, table in zip(packed, tables, strict=True):
            image[: len(table), :3] = torch.from_numpy(table)
            image[: len(table), 3] = torch.arange(len(table))
        packed = packed.to(device)
        return cls(packed[..., :2], packed[..., 2], packed[..., 3])

    def on_pixels(self, height: int, width: int) -> "ClickBatch":
        """The same clicks, one for each spot, on whole pixels inside the image.

        Clicks closer than one pixel, or rounded to the same one, are one click: the
        last one counts, label included.  Coordinates are rounded to the nearest pixel
        and clamped to the image.
        """
        limit = self.coords.new_tensor([height - 1, width - 1])
        pixels = self.coords.round().clamp(min=self.coords.new_zeros(2), max=limit)
        gap = self.coords[:, :, None] - self.coords[:, None, :]  # (B, N, N, 2)
        near = gap.square().sum(-1) < _SAME_PIXEL**2
        near |= (pixels[:, :, None] == pixels[:, None, :]).all(-1)
        is_older = self.order[:, :, None] < self.order[:, None, :]
        both = self.valid[:, :, None] & self.valid[:, None, :]
        keep = self.valid & ~(near & is_older & both).any(-1)  # (B, N)
        return ClickBatch(
            pixels * keep.unsqueeze(-1),
            self.label * keep,
            torch.where(keep, self.order, -1),
        )

    def to_signed_slots(self, slots: int = 24) -> Tensor:
        """The authors' layout: (row, col, order), positives first, empty = -1.

        Args:
            slots: For each sign.

        Returns:
            (B, 2·slots, 3)

        Raises:
            ValueError: An image has more clicks of one sign than slots.
        """
        out = self.coords.new_full((len(self), 2 * slots, 3), -1.0)
        for image in range(len(self)):
            for start, sign in ((0, 1), (slots, -1)):
                index = torch.nonzero(self.label[image] == sign).flatten()
                if len(index) > slots:
                    raise ValueError(f"{len(index)} clicks, but {slots} slots a sign")
                rows = slice(start, start + len(index))
                out[image, rows, :2] = self.coords[image, index]
                out[image, rows, 2] = self.order[image, index]
        return out

    @classmethod
    def from_signed_slots(cls, packed: Tensor) -> "ClickBatch":
        """Inverse of ``to_signed_slots``.  (B, 2·slots, 3)."""
        slots = packed.shape[1] // 2
        valid = packed[..., 2] >= 0  # (B, 2·slots)
        sign = torch.ones_like(packed[..., 0])
        sign[:, slots:] = -1
        coords = packed[..., :2] * valid.unsqueeze(-1)
        return cls(coords, sign * valid, torch.where(valid, packed[..., 2], -1))
