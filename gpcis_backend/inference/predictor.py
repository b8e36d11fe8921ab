"""The seam between models and everything above them."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeGuard, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.inference.quality import Calibration

Mode = Literal["preview", "refine"]  # GP update on cached features | whole network


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a predictor keeps of one image.

    Args:
        height: Rows of the original image.
        width: Columns of the original image.
        num_bytes: Memory held, for byte-bounded caches.
        features: Read by the predictor that made it, by nobody else.
    """

    height: int
    width: int
    num_bytes: int
    features: Any


@dataclass(frozen=True, slots=True)
class Latent:
    """The function behind the probability, on the grid that the network works on.

    Args:
        mean: In logits.  (h, w)
        variance: Var(p), in squared logits.  (h, w)
    """

    mean: NDArray[np.float32]
    variance: NDArray[np.float32]


class Predictor(Protocol):
    """A click model.  What it remembers lies in encodings: tabs mix nothing up."""

    @property
    def name(self) -> str:
        """Stable name of model and weights, part of every cache key."""

    @property
    def calibration(self) -> Calibration:
        """How the steadiness of its masks translates to IoU."""

    def encode(self, image: Image) -> Encoding:
        """Do the expensive part, once per image of shape (H, W, 3), RGB."""

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        """Foreground probability after all ``clicks``, at original size.

        Args:
            encoding: Of the image, from ``encode``.
            clicks: In the order they were made; may be empty.
            prev_mask: Soft probability of the step before, zeros if None.  (H, W)
            view: The part of the image to look at and its network size; None looks
                at the whole image as the ``crop`` protocol's first click does.
            mode: ``preview`` only where the model offers it.

        Returns:
            Probability in [0, 1], 0 outside the view's crop.  (H, W)
        """


@runtime_checkable
class LatentPredictor(Protocol):
    """A predictor that also says how sure it is, where its model can."""

    @property
    def has_latent(self) -> bool:
        """Whether this model can."""

    def latent(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None,
        *,
        view: View,
    ) -> Latent:
        """Mean and variance of the pass that ``predict`` makes for these arguments."""


def has_latent(predictor: object) -> TypeGuard[LatentPredictor]:
    """Whether ``predictor`` knows how sure it is."""
    return isinstance(predictor, LatentPredictor) and predictor.has_latent


def own_zoom(predictor: object) -> CropZoom:
    """The crop protocol as the model is made for it."""
    return getattr(predictor, "own_zoom", None) or CropZoom()


def has_preview(predictor: object) -> bool:
    """Whether ``predict`` takes the mode ``preview``."""
    return bool(getattr(predictor, "has_preview", False))


def can_preview(
    predictor: object,
    encoding: Encoding,
    clicks: tuple[Click, ...],
    prev_mask: Prob | None,
) -> bool:
    """Whether it takes that mode here; some need the pass that gave ``prev_mask``."""
    own = getattr(predictor, "can_preview", None)
    if own is None or not has_preview(predictor):
        return has_preview(predictor)
    return bool(own(encoding, clicks, prev_mask))
