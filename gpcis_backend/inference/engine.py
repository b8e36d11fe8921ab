"""From a list of clicks to a mask: the one path that every way of serving takes.

The mask of a click list is the end of the rollout over it (``clicks.rollout``).  The
engine remembers the state after every prefix, so that a new click costs one pass, an
undo none, and a list it has forgotten is replayed from the longest prefix it knows.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Literal, TypeAlias

import numpy as np

from gpcis_backend.clicks.click import BoolMask, Click, Image, Prob, check_clicks
from gpcis_backend.clicks.consistency import (
    contradicted,
    last_at_pixel,
    obey_clicks,
)
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.rollout import RolloutState, advance
from gpcis_backend.clicks.zoom import CropZoom, ZoomPolicy
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.lru import ByteBoundedCache
from gpcis_backend.inference.predictor import Encoding, Predictor
from gpcis_backend.inference.quality import Calibration, steadiness

CACHE_BYTES = 2**30

Mark = Literal["ok", "forced", "conflict"]
ImageSource: TypeAlias = Image | Callable[[], Image]  # called only if not encoded yet


@dataclass(frozen=True, slots=True)
class Answer:
    """The mask of a click list.

    Args:
        prob: Foreground probability, clicks obeyed where asked for.  (H, W)
        mask: Where ``prob`` is above the threshold.  (H, W)
        marks: One per click: ``ok``; ``forced`` if the model itself says the opposite
            at its pixel; ``conflict`` if a later click took back its pixel.
        kind: ``final``: the whole network has answered.
        ms: Milliseconds spent waiting (``queue``), in ``encode`` and in ``infer``.
        threshold: That made the mask.
        calibration: Of the model.
    """

    prob: Prob
    mask: BoolMask
    marks: tuple[Mark, ...]
    kind: Literal["final"]
    ms: dict[str, float]
    threshold: float
    calibration: Calibration

    @property
    def est_iou(self) -> float | None:
        """Estimated IoU with the truth, in [0, 1]; None if the mask is empty."""
        if not self.mask.any():
            return None
        return self.calibration(steadiness(self.prob, self.threshold))


class Engine:
    """A predictor behind one lock, with what it knows about images and click lists.

    Args:
        predictor: The model.
        policy: Where the network looks; the crop protocol if None.
        cache_bytes: Bound of the memory for encodings and rollout states together.
    """

    def __init__(
        self,
        predictor: Predictor,
        policy: ZoomPolicy | None = None,
        *,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.predictor = predictor
        self.policy = policy or CropZoom()
        self._encodings = ByteBoundedCache[Encoding](cache_bytes // 2)
        self._states = ByteBoundedCache[RolloutState](cache_bytes // 2)
        self._lock = threading.Lock()  # around every pass, so that lists can take turns

    def prepare(self, image_key: str, image: ImageSource) -> None:
        """Encode an image ahead of its first click.

        Args:
            image_key: Names the content of the image.
            image: Upright RGB, or what loads it.  (H, W, 3)
        """
        self._encode(image_key, image, _no_times())

    def segment(
        self,
        image_key: str,
        image: ImageSource,
        clicks: Sequence[Click],
        *,
        init: Prob | None = None,
        threshold: float = 0.5,
        click_consistency: bool = True,
        before_pass: Callable[[], None] = lambda: None,
    ) -> Answer:
        """The mask after all ``clicks``; without any, ``init`` or an empty mask.

        Args:
            image_key: Names the content of the image.
            image: Upright RGB, or what loads it.  (H, W, 3)
            clicks: In the order they were made.
            init: Mask that the user brought along, in [0, 1].  (H, W)
            threshold: A pixel belongs to the mask if its probability is above this.
            click_consistency: Force the mask to the side of every click.  The next
                step never sees what was forced.
            before_pass: Called before each pass of the network; raises to give up.

        Raises:
            InvalidInput: Too many clicks, a threshold outside [0, 1), or an initial
                mask of another size.
            InvalidClick: A click outside the image.
        """
        if not 0 <= threshold < 1:
            raise InvalidInput(f"The threshold must be in [0, 1), not {threshold}.")
        ms = _no_times()
        encoding = self._encode(image_key, image, ms)
        check_clicks(clicks, encoding.height, encoding.width)
        start = RolloutState(prob=_checked(init, encoding))
        key = image_key, sha256(init.tobytes()).digest() if init is not None else b""
        call = _Call(key, encoding, before_pass, ms)
        state = self._roll_out(call, start, tuple(clicks))
        prob = state.prob
        if prob is None:
            prob = np.zeros((encoding.height, encoding.width), dtype=np.float32)
        marks = _marks(prob, clicks, threshold)
        if click_consistency:
            prob = obey_clicks(prob, clicks, threshold)
        mask, calibration = prob > threshold, self.predictor.calibration
        return Answer(prob, mask, marks, "final", ms, threshold, calibration)

    def _encode(
        self, image_key: str, image: ImageSource, ms: dict[str, float]
    ) -> Encoding:
        """The image's encoding, made only if it is not there any more."""
        with self._turn(ms, "encode"):
            encoding = self._encodings.get(image_key)
            if encoding is None:
                encoding = self.predictor.encode(image() if callable(image) else image)
                self._encodings.put(image_key, encoding, encoding.num_bytes)
            return encoding

    def _roll_out(
        self, call: "_Call", state: RolloutState, clicks: tuple[Click, ...]
    ) -> RolloutState:
        """The state after all clicks, from the longest prefix that is known."""
        for num in range(len(clicks), 0, -1):
            with self._lock:
                known = self._states.get((call.key, clicks[:num]))
            if known is not None:
                state = known
                break
        for click in clicks[len(state.clicks) :]:
            state = self._step(call, state, click)
        return state

    def _step(self, call: "_Call", state: RolloutState, click: Click) -> RolloutState:
        """The state after one more click, unless another call has just made it."""
        key = call.key, (*state.clicks, click)
        size = call.encoding.height, call.encoding.width
        with self._turn(call.ms, "infer"):
            known = self._states.get(key)
            if known is not None:
                return known
            call.before_pass()
            predict = partial(self._predict, call.encoding)
            state = advance(state, click, predict, self.policy, *size)
            assert state.prob is not None
            state.prob.setflags(write=False)  # it is the input of the next step
            self._states.put(key, state, state.prob.nbytes)
            return state

    def _predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_prob: Prob | None,
        view: View,
    ) -> Prob:
        return self.predictor.predict(encoding, clicks, prev_prob, view=view)

    @contextmanager
    def _turn(self, ms: dict[str, float], stage: str) -> Iterator[None]:
        """Hold the model; note how long we waited for it and how long we held it."""
        asked = perf_counter()
        with self._lock:
            begun = perf_counter()
            ms["queue"] += 1000 * (begun - asked)
            try:
                yield
            finally:
                ms[stage] += 1000 * (perf_counter() - begun)


@dataclass(frozen=True, slots=True)
class _Call:
    """What all steps of one call share; ``key`` names the image and initial mask."""

    key: tuple[str, bytes]
    encoding: Encoding
    before_pass: Callable[[], None]
    ms: dict[str, float]


def _no_times() -> dict[str, float]:
    return {"queue": 0.0, "encode": 0.0, "infer": 0.0}


def _checked(init: Prob | None, encoding: Encoding) -> Prob | None:
    """The initial mask, if it fits the image."""
    size = encoding.height, encoding.width
    if init is not None and init.shape != size:
        raise InvalidInput(
            f"The initial mask has {init.shape} rows and columns, the image {size}."
        )
    return init


def _marks(prob: Prob, clicks: Sequence[Click], threshold: float) -> tuple[Mark, ...]:
    """What became of each click.

    Of equal clicks on one pixel all count, of opposite ones the last does.
    """
    counting = set(last_at_pixel(clicks))
    forced = set(contradicted(prob, list(counting), threshold))
    return tuple(
        "conflict" if click not in counting else "forced" if click in forced else "ok"
        for click in clicks
    )
