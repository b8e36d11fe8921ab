"""How good a mask is by the model's own account: the estimated IoU.

A model that is sure draws much the same mask at a strict and at a lenient threshold.
The IoU of those two masks, the *steadiness*, becomes an estimate of the IoU with the
truth by a logistic map that is fitted to held-out objects, once for each file of
weights (``gpcis calibrate``).
"""

import json
import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpcis_backend.errors import ModelUnavailable

_TRUSTED = 0.05  # mean absolute error
_CERTAIN = 1e-4  # steadiness is kept so far from 0 and 1, whose logits are infinite

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Calibration:
    """From steadiness s to estimated IoU: the logistic of offset + slope · logit(s).

    Args:
        offset: In logits.
        slope: At least 0, so that a steadier mask never counts as a worse one.  The
            defaults leave s as it is: nobody measured these weights.
        error: Mean absolute error on held-out objects; infinite if not measured.
    """

    offset: float = 0.0
    slope: float = 1.0
    error: float = math.inf

    @property
    def is_trusted(self) -> bool:
        """Whether the estimate may be shown without reserve."""
        return self.error <= _TRUSTED

    def __call__(self, steady: float) -> float:
        """The estimated IoU, in [0, 1]."""
        return float(1 / (1 + np.exp(-self.offset - self.slope * logit(steady))))


def logit(steady: ArrayLike) -> NDArray[np.float64]:
    """Log odds of a steadiness, finite at 0 and 1 too; same shape."""
    inner = np.clip(np.asarray(steady, dtype=np.float64), _CERTAIN, 1 - _CERTAIN)
    odds: NDArray[np.float64] = np.log(inner / (1 - inner))
    return odds


def calibration_path(checkpoint: Path) -> Path:
    """Where the calibration of a weight file lies: beside it."""
    return checkpoint.with_suffix(".calibration.json")


def read_calibration(checkpoint: Path, checkpoint_sha256: str) -> Calibration:
    """The calibration that lies beside a weight file; none if it is not of this file.

    Args:
        checkpoint: The weights.
        checkpoint_sha256: Their digest, which the calibration names too.

    Raises:
        ModelUnavailable: The file is damaged.
    """
    path = calibration_path(checkpoint)
    if not path.is_file():
        return Calibration()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        of = found["checkpoint_sha256"]
        offset, slope = float(found["offset"]), float(found["slope"])
        measured = found.get("cross_validated", {})
        error = float(measured.get("mean_absolute_error", math.inf))
        if not (np.isfinite(offset) and 0 <= slope < np.inf):
            raise ValueError("no monotone map")
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
    ) as damage:
        raise ModelUnavailable(
            f"{path} cannot be read as a calibration: delete it, or write it anew "
            "with gpcis calibrate."
        ) from damage
    if of != checkpoint_sha256:
        _log.warning("%s belongs to other weights and is not used.", path)
        return Calibration()
    return Calibration(offset, slope, error)
