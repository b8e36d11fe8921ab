"""What an annotator has drawn, out of a request's context; pure, sizes in percent.

A context holds the regions of the smart tools so far, in the order they were made:
keypoints (clicks), rectangles (a box) or brush regions (a mask to start from).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gpcis_backend.clicks.box import Box
from gpcis_backend.clicks.click import MAX_CLICKS, Click
from gpcis_backend.errors import InvalidInput

_Item = Mapping[str, Any]
_CLICKS = ("keypointlabels", "keypoint")
_BOXES = ("rectanglelabels", "rectangle")
_BRUSHES = ("brushlabels", "brush")
_DRAWN = (*_CLICKS, *_BOXES, *_BRUSHES)


@dataclass(frozen=True, slots=True)
class Point:
    """A click in percent of the image's width and height."""

    x: float
    y: float
    is_positive: bool

    def to_click(self, height: int, width: int) -> Click:
        """The pixel that covers the point; outside, the nearest one."""
        return Click(
            _pixel(self.y, height), _pixel(self.x, width), is_positive=self.is_positive
        )


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A box in percent: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    def to_box(self, height: int, width: int) -> Box:
        """All pixels that the rectangle touches, inside the image."""
        top, left = _pixel(self.y, height), _pixel(self.x, width)
        bottom = _pixel(self.y + self.height, height)
        right = _pixel(self.x + self.width, width)
        return Box(top, left, bottom - top + 1, right - left + 1)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One object as its annotator has drawn it.

    Args:
        to_name: Name of the image tag; None where no item says it.
        labels: Of the object, the wanted one first.
        points: In the order they were made.
        rectangle: The last one drawn.
        brushes: ``value`` and size of each brush region.  (rle, height, width)
        size: Of the picture as Label Studio knows it.  (height, width)
        is_rotated: The annotator has turned the picture.
    """

    to_name: str | None = None
    labels: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    rectangle: Rectangle | None = None
    brushes: tuple[tuple[list[int], int, int], ...] = field(default=(), repr=False)
    size: tuple[int, int] | None = None
    is_rotated: bool = False

    @property
    def asks_for_something(self) -> bool:
        """Whether anything says where the object is."""
        is_clicked = any(point.is_positive for point in self.points)
        return is_clicked or self.rectangle is not None or bool(self.brushes)


def read_context(context: object) -> Prompt | None:
    """The prompt of a context; None without a context, as at the opening of a task.

    Items that are no regions of a smart tool, or whose numbers make no sense, count
    as not drawn.  A click that does not say otherwise is positive.  If the items differ
    in label or image, those count that agree with the last one.

    Args:
        context: As decoded from JSON.

    Raises:
        InvalidInput: More items than clicks are accepted.
    """
    if not isinstance(context, Mapping) or "result" not in context:
        return None
    drawn = context["result"] if isinstance(context["result"], list) else []
    if len(drawn) > MAX_CLICKS:
        raise InvalidInput(
            f"{len(drawn)} clicks were sent; at most {MAX_CLICKS} are accepted. "
            "Accept this object and start another one."
        )
    items = [item for item in drawn if _is_drawn(item)]
    return _to_prompt(_agreeing(items)) if items else Prompt()


def _to_prompt(items: Sequence[_Item]) -> Prompt:
    last = items[-1]
    points = [_point(item) for item in items if item["type"] in _CLICKS]
    boxes = [_rectangle(item) for item in items if item["type"] in _BOXES]
    brushes = [_brush(item) for item in items if item["type"] in _BRUSHES]
    to_name = last.get("to_name")
    return Prompt(
        to_name=to_name if isinstance(to_name, str) else None,
        labels=_labels(last),
        points=tuple(point for point in points if point),
        rectangle=next((box for box in reversed(boxes) if box), None),
        brushes=tuple(brush for brush in brushes if brush),
        size=_size(last),
        is_rotated=any(_is_rotated(item) for item in items),
    )


def _is_rotated(item: _Item) -> bool:
    return (_number(item.get("image_rotation")) or 0) % 360 != 0


def _is_drawn(item: object) -> bool:
    return (
        isinstance(item, Mapping)
        and item.get("type") in _DRAWN
        and isinstance(item.get("value"), Mapping)
    )


def _agreeing(items: Sequence[_Item]) -> list[_Item]:
    """The items that share a label with the last one, and its image."""
    wanted, to_name = set(_labels(items[-1])), items[-1].get("to_name")
    return [
        item
        for item in items
        if item.get("to_name") == to_name
        and (not wanted or not _labels(item) or wanted & set(_labels(item)))
    ]


def _labels(item: _Item) -> tuple[str, ...]:
    value = item["value"]
    labels = value.get(item["type"]) or value.get("labels")
    if not isinstance(labels, list):
        return ()
    return tuple(label for label in labels if isinstance(label, str))


def _point(item: _Item) -> Point | None:
    x, y = (_number(item["value"].get(name)) for name in "xy")
    if x is None or y is None:
        return None
    return Point(x, y, is_positive=item.get("is_positive", True) not in (False, 0))


def _rectangle(item: _Item) -> Rectangle | None:
    x, y, width, height = (
        _number(item["value"].get(name)) for name in ("x", "y", "width", "height")
    )
    if x is None or y is None or width is None or height is None:
        return None
    return Rectangle(x, y, width, height) if min(width, height) > 0 else None


def _brush(item: _Item) -> tuple[list[int], int, int] | None:
    rle, size = item["value"].get("rle"), _size(item)
    return (rle, *size) if isinstance(rle, list) and rle and size else None


def _size(item: _Item) -> tuple[int, int] | None:
    """Height and width of the picture, if both are given."""
    size = item.get("original_height"), item.get("original_width")
    height, width = (_number(length) for length in size)
    if height is None or width is None or min(height, width) < 1:
        return None
    return int(height), int(width)


def _number(value: object) -> float | None:
    """A finite number; None for all else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer of more than 308 digits
        return None


def _pixel(percent: float, length: int) -> int:
    inside = min(max(percent, 0.0), 100.0)  # before it is multiplied: it may be huge
    return min(math.floor(inside / 100 * length), length - 1)
