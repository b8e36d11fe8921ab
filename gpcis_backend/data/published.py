"""How many pictures and objects the published sets have, to check copies against."""

from typing import NamedTuple


class Counts(NamedTuple):
    """Size of a set, or of one part of it.

    Args:
        images: Photographs.
        objects: Samples to segment.
    """

    images: int
    objects: int


PUBLISHED: dict[str, dict[str, Counts]] = {
    "grabcut": {"test": Counts(50, 50)},
    "berkeley": {"test": Counts(96, 100)},
    "davis": {"test": Counts(345, 345)},
    "sbd": {"train": Counts(8498, 20172), "val": Counts(2857, 6671)},
    "voc": {"val": Counts(1449, 3417)},
}
"""Sets by their names on the command line, then parts.

Sofiiuk et al. 2022 (evaluation sets) and Hariharan et al. 2011 (SBD).
"""
