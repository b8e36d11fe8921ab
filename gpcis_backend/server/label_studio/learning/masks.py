"""One region of a finished annotation as a mask; pure."""

import base64
import binascii
import io
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.label_studio.brush import from_brush

Region = Mapping[str, Any]

_OPAQUE = 128  # alpha from which a pixel of a bitmask belongs to the object
_FRACTION_BITS = 8  # of a polygon's corners, as cv2 takes them


class UnusableRegion(InvalidInput):
    """A region that is no mask of this picture; the message completes "skipped: "."""


def kind_of(region: Region) -> str:
    """``brush``, ``bitmask`` or ``polygon``; the raw type of every other region."""
    name = str(region.get("type"))
    kind = name.removesuffix("labels")
    return kind if kind in _READERS else name


def is_mask(region: Region) -> bool:
    """Whether the region is of a kind that becomes a mask."""
    return kind_of(region) in _READERS


def to_mask(region: Region, height: int, width: int) -> BoolMask:
    """The pixels of a region, at least one.  (height, width).

    Args:
        region: An item of an annotation's ``result``.
        height: Of the upright picture.
        width: Of the upright picture.

    Raises:
        UnusableRegion: No mask, of another size, turned, damaged or empty.
    """
    if not is_mask(region):
        raise UnusableRegion(f'"{kind_of(region)}" is no mask')
    _check_frame(region, height, width)
    value = region.get("value")
    try:
        mask = _READERS[kind_of(region)](value, height, width)
    except UnusableRegion:
        raise
    except (InvalidInput, KeyError, TypeError, ValueError, OSError) as error:
        raise UnusableRegion(f"a damaged {kind_of(region)} region") from error
    if not mask.any():
        raise UnusableRegion("an empty mask")
    return mask


def _check_frame(region: Region, height: int, width: int) -> None:
    """Refuse what was drawn on a picture of another size or turned."""
    if region.get("image_rotation"):
        raise UnusableRegion("drawn on a turned picture (image_rotation)")
    drawn_on = (
        region.get("original_height") or height,
        region.get("original_width") or width,
    )
    if drawn_on != (height, width):
        raise UnusableRegion("drawn on a picture of another size")


def _from_brush(value: Any, height: int, width: int) -> BoolMask:  # noqa: ANN401
    return from_brush(value["rle"], height, width)


def _from_bitmask(value: Any, height: int, width: int) -> BoolMask:  # noqa: ANN401
    """A PNG in a data URL; what is not opaque does not belong to the object."""
    header, comma, coded = value["imageDataURL"].partition(",")
    if not (comma and header.startswith("data:image/png") and "base64" in header):
        raise UnusableRegion("a bitmask that is no PNG")
    try:
        raw = base64.b64decode(coded, validate=True)
    except binascii.Error as error:
        raise UnusableRegion("a damaged bitmask region") from error
    with PillowImage.open(io.BytesIO(raw), formats=("PNG",)) as picture:
        if picture.size != (width, height):
            raise UnusableRegion("a bitmask of another size than its picture")
        alpha = np.asarray(picture.convert("RGBA"))[:, :, 3]
    is_object: BoolMask = alpha >= _OPAQUE
    return is_object


def _from_polygon(value: Any, height: int, width: int) -> BoolMask:  # noqa: ANN401
    """All pixels inside the corners or touched by the line between them."""
    if value.get("closed") is False:
        raise UnusableRegion("a polygon that is not closed")
    points = np.array(value["points"], dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise UnusableRegion("a polygon of fewer than three corners")
    if not np.isfinite(points).all():
        raise UnusableRegion("a damaged polygon region")
    corners = np.clip(points, 0, 100) / 100 * (width, height) - 0.5  # pixel centres
    canvas: NDArray[np.uint8] = np.zeros((height, width), dtype=np.uint8)
    fixed = np.round(corners * 2**_FRACTION_BITS).astype(np.int32)
    cv2.fillPoly(canvas, [fixed], 1, shift=_FRACTION_BITS)
    return canvas.astype(np.bool_)


_READERS: dict[str, Callable[[Any, int, int], BoolMask]] = {
    "brush": _from_brush,
    "bitmask": _from_bitmask,
    "polygon": _from_polygon,
}
