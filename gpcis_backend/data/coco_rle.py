"""COCO's run lengths: a mask column by column, as numbers or as compressed text."""

from collections.abc import Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.data.sample import BoolMask
from gpcis_backend.errors import InvalidInput


class CocoRle(TypedDict):
    """What pycocotools decodes: [height, width] and compressed column-wise counts."""

    size: list[int]
    counts: str


def to_coco(mask: BoolMask) -> CocoRle:
    """The mask as pycocotools writes it.  (H, W)."""
    counts = [int(count) for count in run_lengths(mask.ravel(order="F"))]
    gaps = [
        count - (counts[num - 2] if num > 2 else 0) for num, count in enumerate(counts)
    ]
    height, width = mask.shape
    return {"size": [height, width], "counts": "".join(map(_coco_number, gaps))}


def from_coco(coded: Mapping[str, object], height: int, width: int) -> BoolMask:
    """The mask of COCO's run lengths, compressed or not.  (height, width).

    Raises:
        InvalidInput: Damaged, or of another size.
    """
    if coded.get("size") != [height, width]:
        raise InvalidInput(
            f"The run lengths are of size {coded.get('size')}, expected "
            f"{[height, width]} (rows, columns)."
        )
    counts = coded.get("counts")
    lengths = _coco_lengths(counts) if isinstance(counts, str) else counts
    try:
        found = np.array(lengths, dtype=np.int64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput("The counts of a mask are no list of numbers.") from None
    is_sound = found.ndim == 1 and (found >= 0).all() and (found <= 2**40).all()
    if not is_sound or found.sum() != height * width:
        raise InvalidInput(f"The counts of a mask do not add up to {height * width}.")
    flat = np.repeat(np.arange(len(found)) % 2 == 1, found)
    mask: BoolMask = flat.reshape(width, height).T
    return np.ascontiguousarray(mask)


def _coco_lengths(text: str) -> list[int]:
    """The inverse of ``_coco_number`` and of the differences."""
    lengths: list[int] = []
    number = shift = 0
    for char in text:
        bits = ord(char) - 48
        if not 0 <= bits < 64 or shift > 40:
            raise InvalidInput("The counts of a mask are damaged.")
        number |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            number -= 1 << shift
        lengths.append(number + (lengths[-2] if len(lengths) > 2 else 0))
        number = shift = 0
    if shift:
        raise InvalidInput("The counts of a mask are cut short.")
    return lengths


def run_lengths(flat: BoolMask) -> NDArray[np.int64]:
    """Lengths of alternating runs, the first of background and perhaps 0 long."""
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate([[0], edges, [len(flat)]]))
    return np.concatenate([[0], lengths]) if flat[0] else lengths


def _coco_number(number: int) -> str:
    """A signed number in COCO's text code: five bits a character, low bits first."""
    text, is_done = "", False
    while not is_done:
        bits, number = number & 0x1F, number >> 5
        is_done = number == (-1 if bits & 0x10 else 0)
        text += chr(48 + (bits if is_done else bits | 0x20))
    return text
