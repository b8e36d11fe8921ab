"""Image files to arrays: type and size checked in the header, then decoded upright.

Each type is recognised by its first bytes and opened by its own Pillow plugin: the
file name does not matter, and Pillow's global pixel limit, which only warns up to 179
megapixels, plays no part.
"""

import io
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np
from PIL import ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.Image import Image as Picture
from PIL.Image import alpha_composite, fromarray, new
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from gpcis_backend.clicks.click import Image
from gpcis_backend.errors import (
    BadImage,
    NotFound,
    TooLarge,
    TooManyPixels,
    UnsupportedType,
)

MAX_PIXELS = 50_000_000
MAX_BYTES = 64 * 2**20

_ACCEPTED = "JPEG, PNG, WebP, BMP and TIFF are accepted"
_OPENERS: tuple[tuple[bytes, Callable[[IO[bytes]], Picture]], ...] = (
    (b"\xff\xd8\xff", JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImageFile),
    (b"BM", BmpImageFile),
    (b"II*\0", TiffImageFile),
    (b"MM\0*", TiffImageFile),
    (b"II+\0", TiffImageFile),
    (b"MM\0+", TiffImageFile),
    (b"RIFF", WebPImageFile),
)
_REFUSED = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"<svg", "an SVG"),
    (b"<?xml", "an SVG or another XML file"),
)
_ORIENTATION = 0x0112  # of EXIF
_SIDEWAYS = (5, 6, 7, 8)
_quiet = threading.Lock()  # warning filters belong to the process, not to the thread


def read_image(
    data: bytes | Path, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES
) -> Image:
    """The picture as uint8 RGB, EXIF orientation applied, first frame.  (H, W, 3).

    Grey, palette, 1-bit and CMYK become RGB; 16 bits are scaled to 8, not clipped;
    what is transparent is laid over white, as a browser shows it.

    Args:
        data: The file's bytes, or where it lies.
        max_pixels: Read from the header; nothing larger is decoded.
        max_bytes: Of the file.

    Raises:
        NotFound: No file lies there.
        TooLarge: More bytes than allowed.
        TooManyPixels: The header claims more pixels than allowed.
        UnsupportedType: An image of a kind that is not accepted.
        BadImage: Damaged, cut short or not an image.
    """
    raw = _load(data, max_bytes)
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _decode(_open(raw, max_pixels))


def open_image(
    data: bytes, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES
) -> Picture:
    """The picture as its file has it, palette and all, decoded.

    Raises:
        TooLarge: More bytes than allowed.
        TooManyPixels: More than allowed.
        UnsupportedType: An image of a kind that is not accepted.
        BadImage: Damaged or not an image.
    """
    raw = _load(data, max_bytes)
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _open(raw, max_pixels)
        try:
            picture.load()
        except Exception as error:  # a damaged body may raise anything inside Pillow
            raise _damaged(error) from error
    return picture


def upright_size(data: bytes, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Rows and columns of the upright picture, from the header alone.

    Raises:
        TooManyPixels: More than allowed.
        UnsupportedType: An image of a kind that is not accepted.
        BadImage: Damaged or not an image.
    """
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _open(data, max_pixels)
        turn = 1
        with suppress(Exception):  # damaged EXIF says nothing about the pixels
            turn = picture.getexif().get(_ORIENTATION, 1)
    width, height = picture.size
    return (width, height) if turn in _SIDEWAYS else (height, width)


def _load(data: bytes | Path, max_bytes: int) -> bytes:
    """The bytes, whose number is checked before they are read."""
    if isinstance(data, Path) and not data.is_file():
        raise NotFound(f"There is no image file at {data}.")
    num_bytes = data.stat().st_size if isinstance(data, Path) else len(data)
    if num_bytes > max_bytes:
        raise TooLarge(
            f"The image file has {num_bytes / 2**20:.1f} MB; "
            f"at most {max_bytes / 2**20:.0f} MB are accepted."
        )
    return data.read_bytes() if isinstance(data, Path) else data


def _open(raw: bytes, max_pixels: int) -> Picture:
    """The image with its header read, its size checked and nothing decoded."""
    opener = next((opener for magic, opener in _OPENERS if raw.startswith(magic)), None)
    if opener is None or (opener is WebPImageFile and raw[8:12] != b"WEBP"):
        raise _not_accepted(raw)
    try:
        if opener is WebPImageFile:  # its plugin makes room for the canvas at once
            _check_size(_webp_size(raw), max_pixels)
        picture = opener(io.BytesIO(raw))
    except TooManyPixels:
        raise
    except Exception as error:  # a damaged header may raise anything inside Pillow
        raise _damaged(error) from error
    _check_size(picture.size, max_pixels)
    return picture


def _not_accepted(raw: bytes) -> UnsupportedType | BadImage:
    """The error for a file that starts like none of the accepted types."""
    start = raw[:512].lstrip()
    if raw[4:8] == b"ftyp":
        return UnsupportedType(f"The file is a HEIC, AVIF or video file; {_ACCEPTED}.")
    for magic, name in _REFUSED:
        if start.startswith(magic):
            return UnsupportedType(f"The file is {name}; {_ACCEPTED}.")
    what = "is not an image" if raw else "is empty"
    return BadImage(f"The file {what}; {_ACCEPTED}.")


def _webp_size(raw: bytes) -> tuple[int, int]:
    """Width and height in the header of a WebP file (RFC 9649, section 2)."""

    def number(start: int, num_bytes: int) -> int:
        return int.from_bytes(raw[start : start + num_bytes], "little")

    kind = raw[12:16]
    if kind == b"VP8X":
        return 1 + number(24, 3), 1 + number(27, 3)
    if kind == b"VP8L":
        bits = number(21, 4)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise BadImage(f"The image says that it is {width} x {height} pixels large.")
    if width * height > max_pixels:
        raise TooManyPixels(
            f"The image says that it is {width} x {height} pixels large, "
            f"{width * height / 1e6:.0f} megapixels; "
            f"at most {max_pixels / 1e6:g} are accepted. Make it smaller first."
        )


def _decode(picture: Picture) -> Image:
    """Pixels of an opened image."""
    if picture.mode in ("I", "F"):
        raise UnsupportedType(
            "The image has 32 bits per pixel without a fixed range; "
            "save it with 8 or 16 bits."
        )
    try:
        picture.load()
        with suppress(Exception):  # damaged EXIF says nothing about the pixels
            picture = ImageOps.exif_transpose(picture)
        return np.array(_to_rgb(picture), dtype=np.uint8)  # (H, W, 3)
    except Exception as error:  # a damaged body may raise anything inside Pillow
        raise _damaged(error) from error


def _to_rgb(picture: Picture) -> Picture:
    """Any mode to RGB, 16 bits scaled to 8, transparency laid over white."""
    if picture.mode.startswith("I;16"):
        grey = np.asarray(picture).astype(np.uint32)
        return fromarray(((grey * 255 + 32767) // 65535).astype(np.uint8)).convert(
            "RGB"
        )
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        return alpha_composite(new("RGBA", layer.size, "white"), layer).convert("RGB")
    return picture.convert("RGB")


def _damaged(error: Exception) -> BadImage:
    return BadImage(f"The image file is damaged or cut short ({error}).")
