"""Where the network looks, step by step: the two zoom protocols of published numbers.

``crop`` is the target crop of FocalClick, which GPCIS uses; ``zoom-flip`` is the
zoom-in of RITM with its mirror image.  A policy holds no state: the view of the step
before comes in as ``held``.  Edges of boxes are inclusive.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from gpcis_backend.clicks.click import BoolMask, Click, Prob
from gpcis_backend.clicks.focus import closer_view
from gpcis_backend.clicks.geometry import Crop, View, whole_image
from gpcis_backend.errors import InvalidInput

_EXPANSION = 1.4
_HOLD_IOU = 0.5  # zoom-flip keeps a box that overlaps the new one at least this much


class ZoomPolicy(Protocol):
    """Picks the view of each step of a rollout."""

    @property
    def name(self) -> str:
        """The protocol's name, as tables state it."""

    @property
    def threshold(self) -> float:
        """A pixel belongs to the mask if its probability is above this."""

    def view(
        self,
        height: int,
        width: int,
        clicks: tuple[Click, ...],
        prev_prob: Prob | None,
        held: View | None,
    ) -> View:
        """What the network sees for the last of ``clicks``.

        Args:
            height: Rows of the image.
            width: Columns of the image.
            clicks: All clicks so far, the new one included.
            prev_prob: Soft mask of the step before, or the mask that the user brought
                along; None before the first prediction.  (H, W)
            held: View of the step before; None at the first step.
        """

    def closer(
        self,
        before: Prob | None,
        after: Prob,
        clicks: tuple[Click, ...],
        view: View,
    ) -> View | None:
        """What to look at once more, after ``view``; None for nothing.

        Args:
            before: Soft mask of the step before.  (H, W)
            after: What ``view`` gave.  (H, W)
            clicks: All so far, the new one last.
            view: What the network saw.
        """


@dataclass(frozen=True, slots=True)
class CropZoom:
    """Protocol ``crop``: a new box at every click, resized to a square.

    Args:
        size: Side of the network input, in pixels.
        threshold: Of the mask; the published tables use 0.50, the release also 0.49.
        with_focus: Look once more, closer, at what the click changed.
        late_size: Side from the fifth click on, in one look: thin things are what is
            left then.  None for ``size`` and no difference.
    """

    size: int = 384
    threshold: float = 0.50
    with_focus: bool = False
    late_size: int | None = None

    name: ClassVar[str] = "crop"
    first_late: ClassVar[int] = 5
    box_threshold: ClassVar[float] = 0.49
    min_side: ClassVar[float] = 10.0

    def view(
        self,
        height: int,
        width: int,
        clicks: tuple[Click, ...],
        prev_prob: Prob | None,
        held: View | None,
    ) -> View:
        """The box around the object, or the whole image while there is none."""
        box = object_box(clicks, prev_prob, self.box_threshold, self.min_side)
        side = self._late_side(clicks) or self.size
        return View(box or whole_image(height, width), side, side)

    def closer(
        self,
        before: Prob | None,
        after: Prob,
        clicks: tuple[Click, ...],
        view: View,
    ) -> View | None:
        """The part that an early click changed, with focus; see ``focus``."""
        if not self.with_focus or self._late_side(clicks):
            return None
        return closer_view(before, after, clicks[-1], view, self.threshold)

    def _late_side(self, clicks: tuple[Click, ...]) -> int | None:
        """The side that a late click is seen at; None for an early one."""
        return self.late_size if len(clicks) >= self.first_late else None


@dataclass(frozen=True, slots=True)
class ZoomFlip:
    """Protocol ``zoom-flip``: a box that is held while it fits, with mirror averaging.

    Args:
        longest_side: Of the network input after zooming in, in pixels; 600 for DAVIS.
        threshold: Of the mask.
    """

    longest_side: int = 400
    threshold: float = 0.49

    name: ClassVar[str] = "zoom-flip"
    box_threshold: ClassVar[float] = 0.50
    min_side: ClassVar[float] = 200.0

    def view(
        self,
        height: int,
        width: int,
        clicks: tuple[Click, ...],
        prev_prob: Prob | None,
        held: View | None,
    ) -> View:
        """The held box, a new one, or the whole image at its own size.

        The whole image at its own size is never held: it stands for "no box yet", as
        before the first prediction and after the mask became empty.
        """
        whole = View(whole_image(height, width), height, width, with_flip=True)
        box = object_box(clicks, prev_prob, self.box_threshold, self.min_side)
        if box is None:
            return whole
        if held is not None and held != whole and _still_fits(held.crop, box, clicks):
            return held
        return self._zoomed(box)

    def closer(
        self,
        before: Prob | None,
        after: Prob,
        clicks: tuple[Click, ...],
        view: View,
    ) -> View | None:
        """Nothing: RITM looks once."""

    def _zoomed(self, box: Crop) -> View:
        """``box`` with its longest side resized, up or down, aspect ratio kept."""
        scale = self.longest_side / max(box.height, box.width)
        height, width = round(box.height * scale), round(box.width * scale)
        return View(box, max(1, height), max(1, width), with_flip=True)


def policy(
    name: str,
    size: int | None = None,
    threshold: float | None = None,
    with_focus: bool | None = None,
    late_size: int | None = None,
) -> ZoomPolicy:
    """The policy called ``name``; what is given replaces its own.

    Args:
        name: ``crop`` or ``zoom-flip``.
        size: Side of the square (crop) or longest side (zoom-flip), in pixels.
        threshold: Of the mask.
        with_focus: Look once more at what a click changed; only in crop.
        late_size: Side from the fifth click on; only in crop.

    Raises:
        InvalidInput: Unknown name, a value out of range, or in zoom-flip what only
            crop has.
    """
    if name not in ("crop", "zoom-flip"):
        raise InvalidInput(
            f'The predictor protocol "{name}" is unknown; choose crop or zoom-flip.'
        )
    for side in (size, late_size):
        if side is not None and side < 1:
            raise InvalidInput(
                f"The network size must be at least 1 pixel, not {side}."
            )
    if threshold is not None and not 0 < threshold < 1:
        raise InvalidInput(f"The threshold must lie between 0 and 1, not {threshold}.")
    if name == "crop":
        square = CropZoom()
        limit = threshold or square.threshold
        return CropZoom(size or square.size, limit, bool(with_focus), late_size)
    if with_focus or late_size:
        word = "focus" if with_focus else "size for late clicks"
        raise InvalidInput(f"The protocol zoom-flip has no {word}; choose crop.")
    zoom = ZoomFlip()
    return ZoomFlip(size or zoom.longest_side, threshold or zoom.threshold)


def object_box(
    clicks: tuple[Click, ...],
    prev_prob: Prob | None,
    box_threshold: float,
    min_side: float,
) -> Crop | None:
    """The box around the previous mask and all positive clicks; None without a mask.

    Args:
        clicks: All clicks so far, the new one included.
        prev_prob: Soft mask of the step before.  (H, W)
        box_threshold: A pixel counts as mask if its probability is above this.
        min_side: Least rows and columns before clamping to the image, in pixels.
    """
    if prev_prob is None:
        return None
    found: BoolMask = prev_prob > box_threshold  # (H, W)
    if not found.any():
        return None
    rows = np.flatnonzero(found.any(axis=1))
    cols = np.flatnonzero(found.any(axis=0))
    positives = [click for click in clicks if click.is_positive]
    row_span = (rows[0], rows[-1], *(click.row for click in positives))
    col_span = (cols[0], cols[-1], *(click.col for click in positives))
    top, bottom = _expanded(row_span, min_side, found.shape[0])
    left, right = _expanded(col_span, min_side, found.shape[1])
    return Crop(top, left, bottom - top + 1, right - left + 1)


def _expanded(span: tuple[int, ...], min_side: float, length: int) -> tuple[int, int]:
    """First and last pixel of ``span`` enlarged about its centre, halves to even."""
    low, high = int(min(span)), int(max(span))
    half = 0.5 * max(_EXPANSION * (high - low + 1), min_side)
    centre = 0.5 * (low + high)
    return max(0, round(centre - half)), min(length - 1, round(centre + half))


def _still_fits(held: Crop, box: Crop, clicks: tuple[Click, ...]) -> bool:
    """Whether no positive click left the held box and the new one is much the same."""
    if not all(held.contains(click) for click in clicks if click.is_positive):
        return False
    rows = _overlap(held.top, held.height, box.top, box.height)
    cols = _overlap(held.left, held.width, box.left, box.width)
    return rows * cols >= _HOLD_IOU


def _overlap(start: int, length: int, other: int, other_length: int) -> float:
    """IoU of two runs of pixels; the gap of disjoint runs does not matter."""
    ends = (start + length, other + other_length)
    return max(0, min(ends) - max(start, other)) / (max(ends) - min(start, other))
