"""The click: the value that every layer speaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.errors import InvalidClick, InvalidInput

BoolMask: TypeAlias = NDArray[np.bool_]
Prob: TypeAlias = NDArray[np.float32]
Image: TypeAlias = NDArray[np.uint8]

MAX_CLICKS = 200


@dataclass(frozen=True, slots=True)
class Click:
    """One click on an integer pixel of the original image, meaning its centre."""

    row: int
    col: int
    is_positive: bool

    @property
    def label(self) -> int:
        """+1 on the object, -1 on the background."""
        return 1 if self.is_positive else -1


def check_clicks(clicks: Sequence[Click], height: int, width: int) -> None:
    """Raise unless every click lies inside and there are at most ``MAX_CLICKS``.

    Raises:
        InvalidInput: More clicks than the limit.
        InvalidClick: A click outside the image.
    """
    if len(clicks) > MAX_CLICKS:
        raise InvalidInput(
            f"{len(clicks)} clicks were sent; at most {MAX_CLICKS} are accepted. "
            "Finish this object and start another one."
        )
    for number, click in enumerate(clicks, start=1):
        if not (0 <= click.row < height and 0 <= click.col < width):
            raise InvalidClick(
                f"Click {number} at row {click.row}, column {click.col} is outside "
                f"the image of {height} rows and {width} columns."
            )
