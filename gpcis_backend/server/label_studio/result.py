"""A mask as the regions that Label Studio stores: brush, bitmask or polygons; pure."""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.Image import fromarray

from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.server.label_studio.brush import to_brush
from gpcis_backend.server.label_studio.labeling import Kind, OutputTag

_TOLERANCE = 1.0  # pixels that a polygon may run beside the mask's outline
_SPECK = 10  # pixels; smaller parts without a click become no polygon
_FINER = 2  # outlines are traced on this many samples a pixel

_Value = dict[str, Any]
_Polygon = NDArray[np.float64]  # (x, y) in pixels from the image's corner, (N, 2)


@dataclass(frozen=True, slots=True)
class Regions:
    """What a mask became.

    Args:
        items: One region; of polygons one for each part.
        num_holes: That polygons cannot show.
        num_specks: Parts too small for a polygon.
        num_covered: Negative clicks that a polygon covers, as they lie in its hole.
    """

    items: list[dict[str, Any]]
    num_holes: int = 0
    num_specks: int = 0
    num_covered: int = 0


def to_regions(
    mask: BoolMask, clicks: Sequence[Click], tag: OutputTag, label: str, score: float
) -> Regions:
    """The regions of a mask; none if it is empty.

    Args:
        mask: Of one object, at the size Label Studio knows the picture by.  (H, W)
        clicks: Positive ones keep their part, however small.
        tag: Where the regions belong.
        label: One of the tag's; not used if it has none.
        score: Estimated IoU, in [0, 1].
    """
    if not mask.any():
        return Regions([])
    values, *losses = _WRITERS[tag.kind](mask, clicks)
    labels = {tag.type: [label]} if tag.has_labels else {}
    height, width = mask.shape
    items = [
        {
            "id": uuid4().hex[:10],
            "from_name": tag.name,
            "to_name": tag.to_name,
            "type": tag.type,
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "score": score,
            "value": {**value, **labels},
        }
        for value in values
    ]
    return Regions(items, *losses)


_Written = tuple[list[_Value], int, int, int]  # values, holes, specks, covered clicks


def _brush(mask: BoolMask, clicks: Sequence[Click]) -> _Written:
    return [{"format": "rle", "rle": to_brush(mask)}], 0, 0, 0


def _bitmask(mask: BoolMask, clicks: Sequence[Click]) -> _Written:
    """A PNG of the image's size: the object opaque black, the rest transparent."""
    shade = np.zeros(mask.shape, dtype=np.uint8)
    alpha = np.where(mask, np.uint8(255), np.uint8(0))
    picture = fromarray(np.dstack([shade, shade, shade, alpha]))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    coded = base64.b64encode(buffer.getvalue()).decode()
    return [{"imageDataURL": f"data:image/png;base64,{coded}"}], 0, 0, 0


def _polygon(mask: BoolMask, clicks: Sequence[Click]) -> _Written:
    """Outlines of the parts, in percent; a speck counts only if it was clicked."""
    outlines, num_holes = _outlines(mask)
    clicked = [click for click in clicks if click.is_positive]
    height, width = mask.shape
    values: list[_Value] = []
    covered: set[Click] = set()
    for outline in outlines:
        inside = [click for click in clicked if _holds(outline, click)]
        if cv2.contourArea(outline.astype(np.float32)) < _SPECK and not inside:
            continue
        points = 100 * _simplified(outline, clicks) / (width, height)
        values.append({"points": points.round(4).tolist(), "closed": True})
        covered |= {c for c in clicks if not c.is_positive and _holds(outline, c)}
    return values, num_holes, len(outlines) - len(values), len(covered)


def _outlines(mask: BoolMask) -> tuple[list[_Polygon], int]:
    """Outer outline of every part, and the number of holes in them.

    Traced on a finer grid, so that an outline runs a quarter of a pixel inside the
    part's edge instead of half a pixel, and the smallest part still has four corners.
    """
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = int(rows[0]), int(cols[0])
    part = mask[top : rows[-1] + 1, left : cols[-1] + 1]
    fine = part.repeat(_FINER, axis=0).repeat(_FINER, axis=1).astype(np.uint8)
    contours, tree = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    is_outer = [node[3] < 0 for node in tree[0]]
    outlines = [
        (contour[:, 0, :] + 0.5) / _FINER + (left, top)
        for contour, outer in zip(contours, is_outer, strict=True)
        if outer
    ]
    return outlines, len(contours) - len(outlines)


def _simplified(outline: _Polygon, clicks: Sequence[Click]) -> _Polygon:
    """Fewer corners, unless a click would change sides."""
    simple: _Polygon = cv2.approxPolyDP(
        outline.astype(np.float32), _TOLERANCE, closed=True
    )[:, 0, :].astype(np.float64)
    is_kept = len(simple) >= 3 and all(
        _holds(simple, click) == _holds(outline, click) for click in clicks
    )
    return simple if is_kept else outline


def _holds(outline: _Polygon, click: Click) -> bool:
    """Whether the centre of the clicked pixel lies inside."""
    centre = click.col + 0.5, click.row + 0.5
    return cv2.pointPolygonTest(outline.astype(np.float32), centre, False) >= 0


_WRITERS: dict[Kind, Callable[[BoolMask, Sequence[Click]], _Written]] = {
    "brush": _brush,
    "bitmask": _bitmask,
    "polygon": _polygon,
}
