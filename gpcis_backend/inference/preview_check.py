"""Whether a model's previews are worth showing: measured on real clicks.

A preview pays where a whole pass is slow, and it must be mostly right: a mask that
jumps when the whole pass arrives is worse than one that comes a moment later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from time import perf_counter

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.inference.predictor import Encoding
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


def preview_trial(predictor: TorchPredictor) -> PreviewTrial:
    """Previews beside whole passes, on the scenes of ``runtime_check``.

    Args:
        predictor: Of a served GP; if its whole passes turn out quick, that is all.
    """
    trial, examined = PreviewTrial(), _Examined(predictor.with_preview())
    zoom = replace(predictor.own_zoom, with_focus=False)  # one pass a click
    for _ in steps(partial(examined.look, trial), zoom):
        if len(trial.passes) == _ENOUGH and not trial.is_slow:
            break
    return trial


class _Examined:
    """A predictor that is asked for a preview, where it has one, before each pass."""

    def __init__(self, predictor: TorchPredictor) -> None:
        self.predictor = predictor
        self.encoding: Encoding | None = None

    def look(
        self,
        trial: PreviewTrial,
        image: Image,
        clicks: tuple[Click, ...],
        prev: Prob | None,
        view: View,
    ) -> Prob:
        """The whole pass; both are noted in ``trial``."""
        if self.encoding is None or len(clicks) == 1:  # another object
            self.encoding = self.predictor.encode(image)
        ask = partial(self.predictor.predict, self.encoding, clicks, prev, view=view)
        quick = None
        if self.predictor.can_preview(self.encoding, clicks, prev):
            quick = _timed(partial(ask, mode="preview"), trial.previews)
        whole = _timed(ask, trial.passes)
        if quick is not None:
            threshold = self.predictor.own_zoom.threshold
            trial.ious.append(mask_iou(quick > threshold, whole > threshold))
        return whole


def _timed(call: Callable[[], Prob], into: list[float]) -> Prob:
    """What ``call`` returns; its seconds are appended to ``into``."""
    start = perf_counter()
    found = call()
    into.append(perf_counter() - start)
    return found
