"""Whether a model's previews are worth showing: measured on real clicks.

A preview pays where a whole pass is slow, and it must be mostly right: a mask that
jumps when the whole pass arrives is worse than one that comes a moment later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from gpcis_backend.clicks.click import Prob
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.inference.runtime_check import mask_iou, steps
from gpcis_backend.inference.torch_predictor import TorchPredictor

LEAST_AGREEMENT = 0.95  # median IoU of previews with whole passes
SLOW = 0.15  # seconds of a whole pass from which a preview is worth its trouble

_ENOUGH = 4  # passes after which a quick model is known to be quick


@dataclass(slots=True)
class PreviewTrial:
    """How previews did beside whole passes.

    Args:
        ious: Of the masks of both, click by click.
        previews: Seconds of each preview.
        passes: Seconds of each whole pass.
    """

    ious: list[float] = field(default_factory=list)
    previews: list[float] = field(default_factory=list)
    passes: list[float] = field(default_factory=list)

    @property
    def is_slow(self) -> bool:
        """Whether whole passes are."""
        return median(self.passes) >= SLOW

    @property
    def is_worth_showing(self) -> bool:
        """Whether whole passes are slow and previews mostly right."""
        return self.is_slow and median(self.ious) >= LEAST_AGREEMENT

    def __str__(self) -> str:
        """What was measured, in words."""
        if not self.is_slow:
            return f"a whole pass takes {1000 * median(self.passes):.0f} ms"
        return (
            f"median IoU {median(self.ious):.3f} with whole passes over "
            f"{len(self.ious)} clicks, {1000 * median(self.previews):.0f} ms against "
            f"{1000 * median(self.passes):.0f} ms"
        )


def preview_trial(predictor: TorchPredictor, *, is_thorough: bool) -> PreviewTrial:
    """Previews beside whole passes, on the scenes of ``runtime_check``.

    Args:
        predictor: Of a served GP.
        is_thorough: Measure all scenes even if whole passes turn out quick.
    """
    candidate, trial = predictor.with_preview(), PreviewTrial()
    for image, clicks, before, view in steps(predictor.look):
        if len(clicks) == 1:  # another object
            encoding = candidate.encode(image)
        can_preview = candidate.can_preview(encoding, clicks)
        if can_preview:
            quick = _timed(
                lambda: candidate.predict(encoding, clicks, mode="preview"),  # noqa: B023
                trial.previews,
            )
        whole = _timed(
            lambda: candidate.predict(encoding, clicks, before, view=view),  # noqa: B023
            trial.passes,
        )
        if can_preview:
            threshold = CropZoom().threshold
            trial.ious.append(mask_iou(quick > threshold, whole > threshold))
        if len(trial.passes) == _ENOUGH and not (is_thorough or trial.is_slow):
            break
    return trial


def _timed(call: Callable[[], Prob], into: list[float]) -> Prob:
    """What ``call`` returns; its seconds are appended to ``into``."""
    start = perf_counter()
    found = call()
    into.append(perf_counter() - start)
    return found
