"""A click model without weights: pixels join the click whose colour is nearest."""

import os
from copy import copy
from typing import Self

import numpy as np

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.inference.predictor import Encoding, Latent, Mode
from gpcis_backend.inference.quality import Calibration

_NEUTRAL = 0.25  # colour distance at which one positive click loses its hold


class ToyPredictor:
    """Deterministic; counts its passes, so that tests can count them too."""

    name = "toy"
    config = "none"
    checkpoint_sha256 = "0" * 64
    settings_sha256 = None
    calibration = Calibration()
    num_parameters = 0

    has_latent = True

    def __init__(
        self, *, has_preview: bool = False, noise_var: float | None = None
    ) -> None:
        self.has_preview = has_preview
        self.noise_var = noise_var
        self.modes: list[Mode] = []
        self.num_encodings = 0
        self.num_passes = 0

    def encode(self, image: Image) -> Encoding:
        self.num_encodings += 1
        colours = image.astype(np.float32) / 255  # (H, W, 3)
        height, width, _ = image.shape
        return Encoding(height, width, colours.nbytes, features=colours)

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        self.num_passes += 1
        self.modes.append(mode)
        near = {sign: _distance(encoding, clicks, sign) for sign in (True, False)}
        logits = 12 * (near[False] - near[True]) + 0.1  # a tie is foreground
        logits -= 10 * (self.noise_var or 0)
        if prev_mask is not None:
            logits += 0.1 * prev_mask
        prob: Prob = (1 / (1 + np.exp(-logits))).astype(np.float32)
        if view is None:
            return prob
        return view.crop.paste(view.crop.cut(prob), encoding.height, encoding.width)

    def with_noise_var(self, noise_var: float) -> Self:
        """Sees less foreground, the greater it is."""
        other = copy(self)
        other.noise_var = noise_var
        return other

    def latent(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None,
        *,
        view: View,
    ) -> Latent:
        """Unsure far from all clicks."""
        near = {sign: _distance(encoding, clicks, sign) for sign in (True, False)}
        rows, cols = np.mgrid[: encoding.height, : encoding.width]
        away = [(rows - c.row) ** 2 + (cols - c.col) ** 2 for c in clicks]
        mean = view.crop.cut(12 * (near[False] - near[True]))
        variance = view.crop.cut(np.min(away, axis=0) / (rows.size + 1))
        return Latent(mean.astype(np.float32), variance.astype(np.float32))


class DyingPredictor(ToyPredictor):
    """Takes its process along, as the system does that runs out of memory."""

    def encode(self, image: Image) -> Encoding:
        os._exit(9)


def _distance(encoding: Encoding, clicks: tuple[Click, ...], sign: bool) -> Prob:
    """Colour distance to the nearest click of this sign.  (H, W)."""
    nearest: Prob = np.full(
        (encoding.height, encoding.width), _NEUTRAL, dtype=np.float32
    )
    chosen = [click for click in clicks if click.is_positive == sign]
    for num, click in enumerate(chosen):
        offset = encoding.features - encoding.features[click.row, click.col]
        distance = np.sqrt((offset**2).sum(axis=2))
        nearest = distance if num == 0 and sign else np.minimum(nearest, distance)
    return nearest
