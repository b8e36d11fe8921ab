"""Label Studio's brush code, one bit after the other, as its description says."""

from collections.abc import Sequence
from itertools import groupby

from gpcis_backend.clicks.click import BoolMask

SIZES = (3, 4, 8, 16)


def header(num_bytes: int, sizes: Sequence[int] = SIZES) -> str:
    """The bits before the first block."""
    return f"{num_bytes:032b}" + "00111" + "".join(f"{size - 1:04b}" for size in sizes)


def run(index: int, length: int, value: int, sizes: Sequence[int] = SIZES) -> str:
    """A block of equal bytes."""
    return f"1{index:02b}{length - 1:0{sizes[index]}b}{value:08b}"


def literals(index: int, values: Sequence[int], sizes: Sequence[int] = SIZES) -> str:
    """A block of bytes as they are."""
    coded = "".join(f"{value:08b}" for value in values)
    return f"0{index:02b}{len(values) - 1:0{sizes[index]}b}{coded}"


def pad(bits: str) -> bytes:
    """The bits as bytes, with 1 to 8 zeros behind them."""
    bits += "0" * (8 - len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def encode(mask: BoolMask) -> bytes:
    """The runs of the mask's bytes in their shortest blocks."""
    flat = [255 * int(pixel) for pixel in mask.ravel() for _ in range(4)]
    bits = header(len(flat))
    for value, group in groupby(flat):
        length = len(list(group))
        index = (length > 8) + (length > 16) + (length > 256)
        while length > 2**16:
            bits += run(index, 2**16, value)
            length -= 2**16
        bits += run(index, length, value)
    return pad(bits)


def decode(code: bytes) -> list[int]:
    """The bytes of the image."""
    bits = "".join(f"{byte:08b}" for byte in code)
    num_bytes = int(bits[:32], 2)
    sizes = [int(bits[at : at + 4], 2) + 1 for at in range(37, 53, 4)]
    image: list[int] = []
    at = 53
    while len(image) < num_bytes:
        is_run = bits[at] == "1"
        size = sizes[int(bits[at + 1 : at + 3], 2)]
        length = int(bits[at + 3 : at + 3 + size], 2) + 1
        begin = at + 3 + size
        at = begin + 8 * (1 if is_run else length)
        values = [int(bits[bit : bit + 8], 2) for bit in range(begin, at, 8)]
        image += values * length if is_run else values
    return image
