"""Specks off, holes filled: what an annotator may ask of a mask."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gpcis_backend.clicks.click import BoolMask, Click

_WITH_CORNERS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What to do with a mask.

    Args:
        largest: Keep the largest part and those with a positive click.
        fill_px: Fill holes of at most so many pixels that have no negative click.
    """

    largest: bool = False
    fill_px: int = 0

    def __call__(self, mask: BoolMask, clicks: Sequence[Click]) -> BoolMask:
        """The cleaned mask; the same array if there is nothing to do.  (H, W).

        Parts may hang together by a corner; holes end where four neighbours do.
        """
        if self.largest:
            mask = _largest(mask, [click for click in clicks if click.is_positive])
        if self.fill_px:
            against = [click for click in clicks if not click.is_positive]
            mask = _filled(mask, against, self.fill_px)
        return mask


def _largest(mask: BoolMask, positives: Sequence[Click]) -> BoolMask:
    labels, num_parts = ndimage.label(mask, structure=_WITH_CORNERS)
    if num_parts < 2:
        return mask
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    keep = areas == areas.max()
    keep[np.argmax(areas) + 1 :] = False  # of equal ones the first
    for click in positives:
        keep[labels[click.row, click.col]] = True
    keep[0] = False
    kept: BoolMask = keep[labels]
    return kept


def _filled(mask: BoolMask, negatives: Sequence[Click], fill_px: int) -> BoolMask:
    labels, num_parts = ndimage.label(~mask)
    areas = np.bincount(labels.ravel(), minlength=num_parts + 1)
    fill = areas <= fill_px
    borders = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    fill[np.unique(np.concatenate(borders))] = False  # open to the outside
    for click in negatives:
        fill[labels[click.row, click.col]] = False
    fill[0] = False
    filled: BoolMask = mask | fill[labels]
    return filled
