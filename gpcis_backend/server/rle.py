"""Masks as run lengths on the wire (ui.md section 6.1); COCO's are in ``data``."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.coco_rle import run_lengths
from gpcis_backend.errors import InvalidInput

MAX_RUNS = 1_000_000
_MAX_BYTES = 5  # of one number: 35 bits


@dataclass(frozen=True, slots=True)
class MaskRuns:
    """A mask: its tight box and the runs inside.

    Args:
        bbox: Left, top, width, height in pixels; four zeros for an empty mask.
        runs: LEB128 numbers, row by row inside the box, alternating background and
            foreground, starting with background, which alone may be 0 long.
    """

    bbox: tuple[int, int, int, int]
    runs: bytes


def to_runs(mask: BoolMask) -> MaskRuns:
    """Tight box and runs of a mask.  (H, W)."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return MaskRuns((0, 0, 0, 0), b"")
    top, left = int(rows[0]), int(cols[0])
    part = mask[top : rows[-1] + 1, left : cols[-1] + 1]
    height, width = part.shape
    return MaskRuns((left, top, width, height), to_leb128(run_lengths(part.ravel())))


def from_runs(coded: MaskRuns, height: int, width: int) -> BoolMask:
    """The mask; the inverse of ``to_runs``.  (height, width).

    Raises:
        InvalidInput: A box outside the image, or runs that do not fill the box.
    """
    left, top, box_width, box_height = coded.bbox
    lengths = check_runs(coded, height, width)
    mask = np.zeros((height, width), dtype=np.bool_)
    values = np.arange(len(lengths)) % 2 == 1
    part = np.repeat(values, lengths).reshape(box_height, box_width)
    mask[top : top + box_height, left : left + box_width] = part
    return mask


def check_runs(coded: MaskRuns, height: int, width: int) -> NDArray[np.int64]:
    """The lengths of the runs, if they fill a box inside the image.

    Raises:
        InvalidInput: They do not.
    """
    left, top, box_width, box_height = coded.bbox
    if min(coded.bbox) < 0 or left + box_width > width or top + box_height > height:
        raise InvalidInput(
            f"The box {list(coded.bbox)} is outside the image of {width} x {height}."
        )
    lengths = from_leb128(coded.runs)
    _check_lengths(lengths, box_width * box_height)
    return lengths


def to_leb128(numbers: NDArray[np.int64]) -> bytes:
    """Unsigned LEB128 of each number, low seven bits first, shortest form."""
    sizes = 1 + sum((numbers >> 7 * num > 0).astype(np.int64) for num in range(1, 5))
    starts = np.cumsum(sizes) - sizes
    coded = np.zeros(int(np.sum(sizes)), dtype=np.uint8)
    for num in range(_MAX_BYTES):
        longer = sizes > num
        more = np.where(sizes > num + 1, 0x80, 0)
        coded[starts[longer] + num] = (numbers >> 7 * num & 0x7F | more)[longer]
    return coded.tobytes()


def from_leb128(coded: bytes) -> NDArray[np.int64]:
    """The numbers; the inverse of ``to_leb128``.

    Raises:
        InvalidInput: Cut short, not the shortest form, or over five bytes a number.
    """
    parts = np.frombuffer(coded, dtype=np.uint8).astype(np.int64)
    ends = np.flatnonzero(parts < 0x80)
    if not len(parts):
        return parts
    if not len(ends) or ends[-1] != len(parts) - 1:
        raise InvalidInput("The runs end in the middle of a number.")
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    if sizes.max() > _MAX_BYTES:
        raise InvalidInput(f"A run is coded in more than {_MAX_BYTES} bytes.")
    if (parts[ends][sizes > 1] == 0).any():
        raise InvalidInput("A run is not coded in its shortest form.")
    position = np.arange(len(parts)) - np.repeat(starts, sizes)
    numbers: NDArray[np.int64] = np.add.reduceat((parts & 0x7F) << 7 * position, starts)
    return numbers


def _check_lengths(lengths: NDArray[np.int64], area: int) -> None:
    if len(lengths) > MAX_RUNS:
        raise InvalidInput(f"The mask has {len(lengths)} runs, more than {MAX_RUNS}.")
    if (lengths[1:] == 0).any():
        raise InvalidInput("Only the first run may be empty.")
    if lengths.sum() != area:
        raise InvalidInput(
            f"The runs cover {lengths.sum()} pixels, the box has {area}."
        )
