"""The toy model, made to wait or fail as a test of the page wants it."""

import threading
import time
from collections.abc import Callable

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.inference.predictor import Encoding, Mode
from toy_predictor import ToyPredictor

_PATIENCE = 60.0  # seconds; a held pass goes on after that, whatever happens

Pace = Callable[[int, Mode], float]


def at_once(num_clicks: int, mode: Mode) -> float:
    """No waiting."""
    del num_clicks, mode
    return 0.0


class StagedToy(ToyPredictor):
    """Passes take the seconds of ``pace``, and wait for ``gate`` while it is closed.

    Args:
        has_preview: Whether there is a quick first answer.
        pace: Seconds of a pass, by the number of its clicks and its mode.
        encode_seconds: Of preparing an image.
    """

    def __init__(
        self,
        *,
        has_preview: bool = False,
        pace: Pace = at_once,
        encode_seconds: float = 0.0,
    ) -> None:
        super().__init__(has_preview=has_preview)
        self.pace = pace
        self.encode_seconds = encode_seconds
        self.gate = threading.Event()  # before every pass
        self.gate.set()
        self.refine_gate = threading.Event()  # before passes that are no preview
        self.refine_gate.set()
        self.encode_gate = threading.Event()
        self.encode_gate.set()
        self.failures: list[Exception] = []  # of the next passes, first to last

    def encode(self, image: Image) -> Encoding:
        self.encode_gate.wait(_PATIENCE)
        time.sleep(self.encode_seconds)
        return super().encode(image)

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        self.gate.wait(_PATIENCE)
        if mode == "refine":
            self.refine_gate.wait(_PATIENCE)
        time.sleep(self.pace(len(clicks), mode))
        if self.failures:
            raise self.failures.pop(0)
        return super().predict(encoding, clicks, prev_mask, view=view, mode=mode)
