"""Images as the browser shows them: upright, 8 bits, not too large."""

import io
from dataclasses import dataclass

from PIL.Image import Resampling, fromarray

from gpcis_backend.inference.images import read_image
from gpcis_backend.server.library.item import StoredImage

MAX_SIDE = 4096

_THUMB_SIDE = 192


@dataclass(frozen=True, slots=True)
class PictureFile:
    """An encoded picture and its media type."""

    data: bytes
    media_type: str


def to_picture(item: StoredImage, max_side: int, max_pixels: int) -> PictureFile:
    """The upright picture, its long side at most ``max_side`` pixels.

    A JPEG stays a JPEG, since its losses are there already; all else becomes PNG.
    """
    data = item.data
    picture = fromarray(read_image(data, max_pixels=max_pixels))
    picture.thumbnail((max_side, max_side), Resampling.LANCZOS)
    buffer = io.BytesIO()
    if data.startswith(b"\xff\xd8"):
        picture.save(buffer, "JPEG", quality=95, subsampling=0)
        return PictureFile(buffer.getvalue(), "image/jpeg")
    picture.save(buffer, "PNG", compress_level=1)
    return PictureFile(buffer.getvalue(), "image/png")


def to_thumb(item: StoredImage, max_pixels: int) -> PictureFile:
    """A small JPEG of the upright picture."""
    picture = fromarray(read_image(item.data, max_pixels=max_pixels))
    picture.thumbnail((_THUMB_SIDE, _THUMB_SIDE), Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return PictureFile(buffer.getvalue(), "image/jpeg")
