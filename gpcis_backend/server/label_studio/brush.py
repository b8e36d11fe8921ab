"""Masks as the run lengths of Label Studio's brush, bit by bit those of its SDK.

Row by row, every pixel is four equal bytes (RGBA), 0 or 255.  A stream of bits, most
significant first, codes these N = 4 · height · width bytes:

    header   32 bits N; 5 bits word size - 1 (7); four times 4 bits: sizes[i] - 1
    block    1 bit kind; 2 bits i; sizes[i] bits length - 1, in bytes of the image;
             then 8 bits, the value of a run (kind 1), or 8 · length bits (literals)

We write runs only; strokes drawn by hand in Label Studio arrive with literals.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.images import MAX_PIXELS

_CHANNELS = 4
_SIZES = (3, 4, 8, 16)  # bits of a length as we write it, smallest first
_LONGEST = 2**16  # bytes that one block can code
_HEADER_BITS = 53
_CHUNK = 2**16  # bytes of code, or runs of a mask, that are worked on at once
_TAIL = bytes(8)  # behind the code: a window of 64 bits may start at its last byte

Numbers: TypeAlias = NDArray[np.int64]
Windows: TypeAlias = NDArray[np.uint64]


def to_brush(mask: BoolMask) -> list[int]:
    """The bytes that ``label_studio_sdk`` writes for the mask.  (H, W).

    Raises:
        InvalidInput: The mask has no pixel, or more than 32 bits can count.
    """
    num_bytes = _CHANNELS * mask.size
    if not 0 < num_bytes < 2**32:
        raise InvalidInput(
            f"A mask of {mask.shape} has no brush code: expected 1 to 2^30 - 1 pixels."
        )
    settings = int("7" + "".join(f"{size - 1:x}" for size in _SIZES), 16)
    code = bytearray()
    end = _append(code, 0, np.array([num_bytes, settings]), np.array([32, 21]))
    for words, widths in _run_words(mask.ravel()):
        end = _append(code, end, words, widths)
    if end % 8 == 0:  # the SDK pads by 1 to 8 bits
        code.append(0)
    return list(code)


def from_brush(rle: Sequence[int] | bytes, height: int, width: int) -> BoolMask:
    """The mask of a brush region, where its alpha is at least 128.  (height, width).

    Args:
        rle: Numbers from 0 to 255.
        height: Of the image, in pixels.
        width: Of the image, in pixels.

    Raises:
        InvalidInput: Not such numbers, of another size, damaged, or cut short.
    """
    code = _Code(_as_bytes(rle), _CHANNELS * _checked_pixels(height, width))
    flat = np.zeros(height * width, dtype=np.bool_)
    for blocks in code.blocks():
        first, last = blocks.begins // _CHANNELS, blocks.ends // _CHANNELS
        flat[first[0] : last[-1]] = np.repeat(blocks.values >= 128, last - first)
        literal = np.flatnonzero(~blocks.is_run)
        if len(literal):
            counts = (last - first)[literal]
            pixels = _ranges(first[literal], counts)
            moved = np.repeat((blocks.payloads - 8 * blocks.begins)[literal], counts)
            alpha = moved + 8 * (_CHANNELS * pixels + _CHANNELS - 1)
            flat[pixels] = code.windows(alpha) >> 63 == 1
    return flat.reshape(height, width)


class _Blocks(NamedTuple):
    """Blocks that follow each other; one entry each."""

    is_run: BoolMask
    begins: Numbers  # in bytes of the image
    ends: Numbers
    payloads: Numbers  # bit of the code where the value or the literals start
    values: Windows  # of a run

    @property
    def code_end(self) -> int:
        """Bit of the code behind the last block."""
        length = 1 if self.is_run[-1] else self.ends[-1] - self.begins[-1]
        return int(self.payloads[-1] + 8 * length)


class _Code:
    """Finds and reads the blocks behind a header that it has checked.

    Args:
        data: All bytes of the code.
        num_bytes: N, the bytes of the image.
    """

    def __init__(self, data: bytes, num_bytes: int) -> None:
        self._sizes = _checked_header(data, num_bytes)
        self._steps = _step_table(self._sizes)
        self._data, self._num_bytes = data + _TAIL, num_bytes
        self._end = 8 * len(data)
        self._windows: Windows = np.ndarray(len(data), ">u8", self._data, strides=1)

    def windows(self, at: Numbers) -> Windows:
        """The code from bit ``at`` on, 57 bits or more, at the top of each word."""
        words: Windows = self._windows[at >> 3].astype(np.uint64)
        return words << (at & 7).astype(np.uint64)

    def blocks(self) -> Iterator[_Blocks]:
        """All blocks in order, those of a chunk of code at a time.

        Raises:
            InvalidInput: They do not code exactly N bytes, or something follows them.
        """
        done, at = 0, _HEADER_BITS
        while done < self._num_bytes:
            starts, at = self._starts(at)
            if not len(starts):
                raise self._cut_short()
            blocks = self._read(starts, done)
            if blocks.code_end > self._end:
                raise self._cut_short()
            done = int(blocks.ends[-1])
            if done > self._num_bytes:
                raise InvalidInput(
                    f"The brush RLE codes more than the {self._num_bytes} bytes of "
                    "its image."
                )
            yield blocks
        self._check_padding(blocks.code_end)

    def _starts(self, at: int) -> tuple[Numbers, int]:
        """Where the blocks of the chunk of bit ``at`` start, and the one behind them.

        A block's place depends on all blocks before it.  So the step from a run to
        its successor is looked up for all bits of the chunk at once, and what is left
        to the loop is an addition per block.
        """
        base = at >> 3
        chunk = np.frombuffer(self._data, np.uint8)[base : base + _CHUNK + 1]
        pairs = chunk.astype(np.int64) << 2
        steps = self._steps[pairs[:-1] | pairs[1:] >> 8].tobytes()
        stop = min(len(steps), self._end - 8 * base)
        found: list[int] = []
        at -= 8 * base
        while at < stop:
            found.append(at)
            at += steps[at] or self._literal_step(at + 8 * base)
        starts = np.fromiter(found, np.int64, len(found))
        return starts + 8 * base, at + 8 * base

    def _literal_step(self, at: int) -> int:
        """Bits of the block of literals that starts at bit ``at``."""
        word = int.from_bytes(self._data[at >> 3 : (at >> 3) + 4], "big") << (at & 7)
        size = self._sizes[word >> 29 & 3]
        length = (word >> 29 - size & (1 << size) - 1) + 1
        return 3 + size + 8 * length

    def _read(self, starts: Numbers, done: int) -> _Blocks:
        """The blocks at ``starts``, as far as the image goes; it has ``done`` bytes."""
        words = self.windows(starts)
        sizes = np.array(self._sizes, np.uint64)[words >> 61 & 3]
        ends = done + np.cumsum((words << 3 >> 64 - sizes).astype(np.int64) + 1)
        needed = slice(int(np.searchsorted(ends, self._num_bytes)) + 1)
        return _Blocks(
            (words >> 63 == 1)[needed],
            np.concatenate([[done], ends[:-1]])[needed],
            ends[needed],
            (starts + 3 + sizes.astype(np.int64))[needed],
            (words << 3 + sizes >> 56)[needed],
        )

    def _cut_short(self) -> InvalidInput:
        return InvalidInput(
            f"The brush RLE is cut short: its {self._end // 8} bytes do not reach the "
            f"end of an image of {self._num_bytes}."
        )

    def _check_padding(self, at: int) -> None:
        first = self._data[at >> 3] & 255 >> (at & 7)
        if first or self._data[(at >> 3) + 1 :].strip(b"\0"):
            raise InvalidInput("The brush RLE goes on after the end of its image.")


def _as_bytes(rle: object) -> bytes:
    """Whatever a JSON body holds, as bytes if it is a list of such numbers."""
    if isinstance(rle, Sequence) and not isinstance(rle, str):
        try:
            return bytes(rle)
        except (TypeError, ValueError):
            pass
    raise InvalidInput("A brush RLE is a list of whole numbers from 0 to 255.")


def _checked_pixels(height: int, width: int) -> int:
    if min(height, width) < 1 or height * width > MAX_PIXELS:
        raise InvalidInput(
            f"A brush region of {width} x {height} pixels: expected 1 to {MAX_PIXELS}."
        )
    return height * width


def _checked_header(data: bytes, num_bytes: int) -> tuple[int, ...]:
    """Bits of a length, per index i."""
    header = int.from_bytes(data[:7], "big") >> 3
    if 8 * len(data) < _HEADER_BITS:
        raise InvalidInput(f"The brush RLE ends in its header: {len(data)} bytes.")
    if header >> 21 != num_bytes:
        raise InvalidInput(
            f"The brush RLE is of {header >> 21} bytes, but its image has {num_bytes}, "
            "four a pixel: check original_width and original_height."
        )
    if header >> 16 & 31 != 7:
        word = (header >> 16 & 31) + 1
        raise InvalidInput(f"The brush RLE has words of {word} bits, expected 8.")
    return tuple((header >> shift & 15) + 1 for shift in (12, 8, 4, 0))


def _step_table(sizes: tuple[int, ...]) -> NDArray[np.uint8]:
    """Bits of a run that starts at each bit of a byte, 0 for literals.  (1024, 8).

    The row is the byte and the two bits behind it: kind and i may reach that far.
    """
    steps = np.array([0] * 4 + [3 + size + 8 for size in sizes], np.uint8)
    heads = np.arange(1024)[:, None] >> np.arange(7, -1, -1) & 7
    table: NDArray[np.uint8] = steps[heads]
    return table


def _ranges(firsts: Numbers, counts: Numbers) -> Numbers:
    """``first, first + 1, ...`` of each, one behind the other."""
    begins = np.cumsum(counts) - counts
    return np.repeat(firsts - begins, counts) + np.arange(int(counts.sum()))


def _run_words(flat: BoolMask) -> Iterator[tuple[Numbers, Numbers]]:
    """The blocks of a mask as numbers, and how many bits each has; in chunks."""
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    borders = np.concatenate([[0], edges, [len(flat)]])
    for begin in range(0, len(borders) - 1, _CHUNK):
        part = borders[begin : begin + _CHUNK + 1]
        yield _words(_CHANNELS * np.diff(part), 255 * flat[part[:-1]].astype(np.int64))


def _words(lengths: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    indices = np.searchsorted([2**size for size in _SIZES[:-1]], lengths)
    counts = (lengths - 1) // _LONGEST + 1
    if (counts > 1).any():  # the last block takes what the full ones leave
        left = lengths - (counts - 1) * _LONGEST
        lengths = np.full(int(counts.sum()), _LONGEST)
        lengths[np.cumsum(counts) - 1] = left
        indices, values = np.repeat(indices, counts), np.repeat(values, counts)
    sizes = np.array(_SIZES)[indices]
    return ((4 | indices) << sizes | lengths - 1) << 8 | values, 3 + sizes + 8


def _append(code: bytearray, end: int, words: Numbers, widths: Numbers) -> int:
    """Write numbers of 9 to 33 bits behind bit ``end``; the new end."""
    ends = end % 8 + np.cumsum(widths)
    starts = ends - widths
    shifts = 40 - widths - (starts & 7)
    columns = (words << shifts).astype(">u8").view(np.uint8).reshape(-1, 8)[:, 3:]
    first = starts >> 3
    packed = np.zeros(int(first[-1]) + 5, dtype=np.uint8)
    for num in range(5):  # words start in different bytes: no entry comes twice
        packed[first + num] |= columns[:, num]
    if end % 8:
        packed[0] |= code.pop()
    code += packed[: (int(ends[-1]) + 7) // 8].tobytes()
    return end - end % 8 + int(ends[-1])
