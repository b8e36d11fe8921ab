"""A ``segmentation`` of COCO: run lengths, or one polygon for each part."""

import numpy as np

from gpcis_backend.data.coco_rle import from_coco
from gpcis_backend.data.polygons import fill, to_points
from gpcis_backend.data.sample import BoolMask
from gpcis_backend.errors import InvalidInput


def to_mask(segmentation: object, height: int, width: int) -> BoolMask:
    """The mask of it.  (height, width).

    Raises:
        InvalidInput: It is neither, or damaged, or of another size.
    """
    if isinstance(segmentation, dict):
        return from_coco(segmentation, height, width)
    mask = np.zeros((height, width), dtype=np.bool_)
    if not isinstance(segmentation, list):
        raise InvalidInput("A segmentation is neither run lengths nor polygons.")
    for part in segmentation:
        mask |= fill(to_points(part), height, width)
    return mask
