"""Numbers of one mask."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

BoolMask: TypeAlias = NDArray[np.bool_]
Prob: TypeAlias = NDArray[np.float32]

_MARGIN = 0.2  # of the way from the threshold to 1 and to 0: .6 and .4 at .5


def iou(pred: BoolMask, truth: BoolMask, void: BoolMask | None = None) -> float:
    """Intersection over union among labelled pixels; 1 if both masks are empty there.

    Args:
        pred: The mask to judge.  (H, W)
        truth: The object.  (H, W)
        void: Pixels without a label.  (H, W)
    """
    labelled = True if void is None else ~void
    union = np.count_nonzero((pred | truth) & labelled)
    if union == 0:
        return 1.0
    return float(np.count_nonzero(pred & truth & labelled) / union)


def steadiness(prob: Prob, threshold: float) -> float:
    """IoU of the masks at a stricter and a more lenient threshold; 0 if both are empty.

    Args:
        prob: Foreground probability.  (H, W)
        threshold: Of the mask between the two.
    """
    strict = np.count_nonzero(prob > threshold + _MARGIN * (1 - threshold))
    lenient = np.count_nonzero(prob > threshold - _MARGIN * threshold)
    return float(strict / lenient) if lenient else 0.0
