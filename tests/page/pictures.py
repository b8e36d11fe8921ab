"""Pictures drawn for the page, and files that are none."""

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
from PIL import Image as pillow

Pixels = npt.NDArray[np.uint8]

GREY, RED, GREEN, BLUE = (120, 120, 120), (220, 30, 30), (30, 200, 40), (40, 60, 230)

# Image points inside the parts of ``shapes``.
SQUARE, DISC, BAR, GROUND = (70.5, 70.5), (220.5, 80.5), (160.5, 190.5), (20.5, 20.5)


def shapes(width: int = 320, height: int = 240) -> Pixels:
    """Plain shapes on grey: red square, green disc, blue bar; all colours far apart.

    The square covers columns 40 to 99 and rows 40 to 99, the disc has its centre at
    (220, 80) and radius 40, the bar covers columns 60 to 259 and rows 170 to 209.
    """
    pixels = np.full((height, width, 3), GREY, dtype=np.uint8)
    rows, cols = np.mgrid[:height, :width]
    pixels[40:100, 40:100] = RED
    pixels[(cols - 220) ** 2 + (rows - 80) ** 2 <= 40**2] = GREEN
    pixels[170:210, 60:260] = BLUE
    return pixels


def png_of(pixels: Pixels) -> bytes:
    """A picture as a PNG file."""
    buffer = io.BytesIO()
    pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg_of(pixels: Pixels, orientation: int = 1) -> bytes:
    """A picture as a JPEG file, with an EXIF note on how to hold it."""
    buffer = io.BytesIO()
    exif = pillow.Exif()
    exif[0x0112] = orientation
    pillow.fromarray(pixels).save(buffer, "JPEG", quality=95, exif=exif)
    return buffer.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A small file whose header speaks of a large picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
