"""DAVIS: 345 frames of videos, all moving objects of a frame together."""

from pathlib import Path

import numpy as np

from gpcis_backend.data.image_pairs import ImagePairs, Layout, find_pairs
from gpcis_backend.data.sample import BoolMask, Image

LAYOUTS = (Layout("img", "gt"),)


def davis(root: Path) -> ImagePairs:
    """The set below ``root``, laid out as its public archive: img + gt."""
    return find_pairs("DAVIS", root, LAYOUTS, coloured_masks)


def coloured_masks(mask: Image) -> tuple[BoolMask, BoolMask]:
    """Truth wherever any channel is above zero; every pixel is labelled."""
    truth: BoolMask = mask.max(axis=2) > 0
    return truth, np.zeros_like(truth)
