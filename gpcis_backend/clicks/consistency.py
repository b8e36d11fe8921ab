"""The promise of serving: no click is contradicted by the mask that is shown."""

from collections.abc import Sequence

import numpy as np

from gpcis_backend.clicks.click import BoolMask, Click, Prob

_RADIUS = 3  # pixels of the original image around a click that the model contradicts


def obey_clicks(prob: Prob, clicks: Sequence[Click], threshold: float) -> Prob:
    """A copy of ``prob`` that is on every click's side of ``threshold``.

    Of several clicks on one pixel the last one counts.  Where the probability
    disagrees with a click, a disc around it becomes exactly 1 or 0, which satisfies any
    threshold in [0, 1); the disc never covers the pixel of an opposite click.

    Args:
        prob: Foreground probability.  (H, W)
        clicks: In the order they were made, all inside.
        threshold: A pixel belongs to the mask if its probability is above this.
    """
    forced = prob.copy()
    counting = last_at_pixel(clicks)
    for click in contradicted(prob, counting, threshold):
        rows, cols = _disc(click, *prob.shape)
        free = np.ones(rows.shape, dtype=bool)
        for other in counting:
            if other.is_positive != click.is_positive:
                free &= (rows != other.row) | (cols != other.col)
        forced[rows[free], cols[free]] = float(click.is_positive)
    return forced


def last_at_pixel(clicks: Sequence[Click]) -> list[Click]:
    """The clicks that count: of several on one pixel only the last."""
    latest = {(click.row, click.col): click for click in clicks}
    return list(latest.values())


def contradicted(
    prob: Prob | BoolMask, clicks: Sequence[Click], threshold: float
) -> list[Click]:
    """The clicks whose own pixel of ``prob`` says the opposite.  (H, W)."""
    return [
        click
        for click in clicks
        if bool(prob[click.row, click.col] > threshold) != click.is_positive
    ]


def _disc(click: Click, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels around a click, clipped to the image."""
    offsets = np.arange(-_RADIUS, _RADIUS + 1)
    rows, cols = np.meshgrid(offsets, offsets, indexing="ij")
    near = rows**2 + cols**2 <= _RADIUS**2
    rows, cols = rows[near] + click.row, cols[near] + click.col
    inside = (rows >= 0) & (rows < height) & (cols >= 0) & (cols < width)
    return rows[inside], cols[inside]
