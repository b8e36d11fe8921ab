"""Uploaded images as the browser shows them: upright, 8 bits, not too large."""

import io
from dataclasses import dataclass

from PIL.Image import Resampling, fromarray

from gpcis_backend.inference.images import read_image
from gpcis_backend.server.store import StoredImage

MAX_SIDE = 4096


@dataclass(frozen=True, slots=True)
class PictureFile:
    """An encoded picture and its media type."""

    data: bytes
    media_type: str


def to_picture(item: StoredImage, max_side: int, max_pixels: int) -> PictureFile:
    """The upright picture, its long side at most ``max_side`` pixels.

    A JPEG stays a JPEG, since its losses are there already; all else becomes PNG.
    """
    picture = fromarray(read_image(item.data, max_pixels=max_pixels))
    picture.thumbnail((max_side, max_side), Resampling.LANCZOS)
    buffer = io.BytesIO()
    if item.data.startswith(b"\xff\xd8"):
        picture.save(buffer, "JPEG", quality=95, subsampling=0)
        return PictureFile(buffer.getvalue(), "image/jpeg")
    picture.save(buffer, "PNG", compress_level=1)
    return PictureFile(buffer.getvalue(), "image/png")
