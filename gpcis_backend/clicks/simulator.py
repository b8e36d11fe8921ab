"""The annotator of evaluations: where the next click goes, given what is wrong.

The rules are those of the protocol behind published NoC numbers (RITM), to the letter.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from gpcis_backend.clicks.click import BoolMask, Click

Depth = NDArray[np.float64]

_NUM_DECILES = 10


class ChooseClick(Protocol):
    """A simulated annotator: ``next_click`` or a variation of it."""

    def __call__(
        self, truth: BoolMask, pred: BoolMask, *, void: BoolMask, taken: BoolMask
    ) -> Click | None:
        """The next click; None if nothing is left to correct."""


def next_click(
    truth: BoolMask, pred: BoolMask, *, void: BoolMask, taken: BoolMask
) -> Click | None:
    """Return the click a careful annotator would make next; None if all is right.

    It goes to the pixel farthest from the border of the larger error region.  Ties
    go to the negative click and to the first pixel in raster order: the protocol
    that published NoC numbers assume.

    Args:
        truth: The object.  (H, W)
        pred: The mask to correct.  (H, W)
        void: Pixels without a label; they are never wrong.  (H, W)
        taken: Pixels clicked before; they are never clicked twice.  (H, W)
    """
    depth, is_positive = _worst_error(truth, pred, void, taken)
    if depth.max() == 0:
        return None
    return _click_at(int(depth.argmax()), depth, is_positive)


def random_inner_click(
    truth: BoolMask,
    pred: BoolMask,
    *,
    void: BoolMask,
    taken: BoolMask,
    rng: np.random.Generator,
) -> Click | None:
    """A click of the same sign, anywhere well inside the same error region.

    Uniform over the pixels deeper than half of the greatest depth.  Arguments as for
    ``next_click``; bind ``rng`` with ``functools.partial`` to pass this to a rollout.
    """
    depth, is_positive = _worst_error(truth, pred, void, taken)
    if depth.max() == 0:
        return None
    inner = np.flatnonzero(depth > depth.max() / 2)
    return _click_at(int(rng.choice(inner)), depth, is_positive)


def decile_click(
    truth: BoolMask,
    pred: BoolMask,
    *,
    void: BoolMask,
    taken: BoolMask,
    rng: np.random.Generator,
    decile: int,
) -> Click | None:
    """A click of the same sign, as likely as one tenth of all clicks are.

    RClicks sorts the pixels by how likely people are to click there and cuts the
    probability mass into ten.  Its map is learned from people; the depth inside the
    error region stands in for it here.

    Arguments as for ``random_inner_click``, and:

    Args:
        truth: The object.  (H, W)
        pred: The mask to correct.  (H, W)
        void: Pixels without a label.  (H, W)
        taken: Pixels clicked before.  (H, W)
        rng: Draws the place inside the decile, in proportion to the map.
        decile: 1, the least likely places, to 10, the most likely.
    """
    depth, is_positive = _worst_error(truth, pred, void, taken)
    if depth.max() == 0:
        return None
    order = np.argsort(depth, axis=None, kind="stable")
    mass = np.cumsum(depth.ravel()[order])
    place = (decile - 1 + rng.random()) / _NUM_DECILES * mass[-1]
    number = int(np.searchsorted(mass, place, side="right"))
    return _click_at(int(order[min(number, len(order) - 1)]), depth, is_positive)


def _worst_error(
    truth: BoolMask, pred: BoolMask, void: BoolMask, taken: BoolMask
) -> tuple[Depth, bool]:
    """Depth of the error region that reaches deeper, and whether it was missed."""
    missed = np.where(taken, 0, border_distance(truth & ~pred & ~void))  # (H, W)
    spilled = np.where(taken, 0, border_distance(pred & ~truth & ~void))  # (H, W)
    is_positive = bool(missed.max() > spilled.max())
    return (missed if is_positive else spilled), is_positive


def _click_at(index: int, depth: Depth, is_positive: bool) -> Click:
    row, col = np.unravel_index(index, depth.shape)
    return Click(int(row), int(col), is_positive)


def border_distance(region: BoolMask) -> Depth:
    """Exact Euclidean distance to the nearest pixel that is not in ``region``.

    Pixels beyond the image count as not in the region, so an object that fills the
    image is deepest at its centre.  (H, W) -> (H, W), in pixels, 0 outside.
    """
    depth = np.zeros(region.shape, dtype=np.float64)
    rows = np.flatnonzero(region.any(axis=1))
    if len(rows) == 0:
        return depth
    cols = np.flatnonzero(region.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1))
    # Every pixel around the box is a zero, and nearer than any zero beyond it.
    padded: Depth = distance_transform_edt(np.pad(region[box], 1))
    depth[box] = padded[1:-1, 1:-1]
    return depth
