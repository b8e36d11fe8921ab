"""What every reader gives: one object of one photograph."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

BoolMask: TypeAlias = NDArray[np.bool_]
Image: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and the one object in it to segment.

    Args:
        name: Unique in its data set.
        image: RGB, EXIF orientation applied.  (H, W, 3)
        truth: The object.  (H, W)
        void: Pixels without a label.  (H, W)
    """

    name: str
    image: Image
    truth: BoolMask
    void: BoolMask


class Samples(Protocol):
    """A data set: samples that are read when asked for."""

    def __len__(self) -> int:
        """Number of samples."""

    def __getitem__(self, index: int) -> Sample:
        """Read one sample."""
