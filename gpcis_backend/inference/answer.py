"""What an engine answers to a click list: mask, marks, and how sure the model is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gpcis_backend.clicks.cleanup import Cleanup
from gpcis_backend.clicks.click import BoolMask, Click, Prob
from gpcis_backend.clicks.consistency import contradicted, last_at_pixel, obey_clicks
from gpcis_backend.clicks.geometry import Crop
from gpcis_backend.inference.predictor import Latent
from gpcis_backend.inference.quality import Calibration
from gpcis_backend.metrics import steadiness

Mark = Literal["ok", "forced", "conflict"]
Kind = Literal["preview", "final"]


@dataclass(frozen=True, slots=True)
class LatentMap:
    """Mean and variance of the last click, at its first look where there were two.

    Args:
        latent: On a grid of their own.
        crop: The part of the image that the grid covers.
    """

    latent: Latent
    crop: Crop


@dataclass(frozen=True, slots=True)
class Answer:
    """The mask of a click list.

    Args:
        prob: Foreground probability, clicks obeyed where asked for.  (H, W)
        mask: Where ``prob`` is above the threshold, cleaned up where asked for.  (H, W)
        marks: One per click: ``ok``; ``forced`` if the model or the clean-up says the
            opposite at its pixel; ``conflict`` if a later click took back its pixel.
        kind: ``final``: the whole network has answered.
        ms: Milliseconds spent waiting (``queue``), in ``encode`` and in ``infer``.
        threshold: That made the mask.
        calibration: Of the model.
        latent: Where it was asked for and the model has it.
    """

    prob: Prob
    mask: BoolMask
    marks: tuple[Mark, ...]
    kind: Kind
    ms: dict[str, float]
    threshold: float
    calibration: Calibration
    latent: LatentMap | None = None

    @property
    def est_iou(self) -> float | None:
        """Estimated IoU with the truth, in [0, 1]; None if the mask is empty."""
        if not self.mask.any():
            return None
        return self.calibration(steadiness(self.prob, self.threshold))


def to_answer(
    prob: Prob,
    clicks: Sequence[Click],
    threshold: float,
    *,
    cleanup: Cleanup,
    must_obey: bool,
    kind: Kind,
    ms: dict[str, float],
    calibration: Calibration,
    latent: LatentMap | None,
) -> Answer:
    """The answer that a probability map becomes.

    Args:
        prob: Of the model.  (H, W)
        clicks: In the order they were made.
        threshold: A pixel belongs to the mask if its probability is above this.
        cleanup: Of the mask.
        must_obey: Force the mask to the side of every click.
        kind: Of the pass.
        ms: Its times.
        calibration: Of the model.
        latent: Of the pass.
    """
    said = prob > threshold
    counting = last_at_pixel(clicks)
    cleaned = cleanup(said, counting)
    marks = _marks((said, cleaned), clicks)
    mask = cleaned
    if must_obey and contradicted(said, counting, 0.5):
        prob = obey_clicks(prob, clicks, threshold)
        mask = prob > threshold
    if must_obey and cleaned is not said:
        mask = obey_clicks(cleaned.astype(np.float32), clicks, 0.5) > 0.5
    return Answer(prob, mask, marks, kind, ms, threshold, calibration, latent)


def _marks(masks: Sequence[BoolMask], clicks: Sequence[Click]) -> tuple[Mark, ...]:
    """What became of each click.

    Of equal clicks on one pixel all count, of opposite ones the last does.
    """
    counting = set(last_at_pixel(clicks))
    forced = {
        click for mask in masks for click in contradicted(mask, list(counting), 0.5)
    }
    return tuple(
        "conflict" if click not in counting else "forced" if click in forced else "ok"
        for click in clicks
    )
