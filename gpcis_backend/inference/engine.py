"""From a list of clicks to a mask: the one path that every way of serving takes.

The mask of a click list is the end of the rollout over it (``clicks.rollout``).  The
engine remembers the state after every prefix, so that a new click costs one step, an
undo none, and a list it has forgotten is replayed from the longest prefix it knows.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, TypeAlias

import numpy as np

from gpcis_backend.clicks.cleanup import Cleanup
from gpcis_backend.clicks.click import Click, Image, Prob, check_clicks
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.rollout import RolloutState, advance
from gpcis_backend.clicks.zoom import ZoomPolicy
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.answer import Answer, Kind, LatentMap, to_answer
from gpcis_backend.inference.lru import ByteBoundedCache
from gpcis_backend.inference.predictor import (
    Encoding,
    Predictor,
    can_preview,
    has_latent,
    has_preview,
    own_zoom,
)
from gpcis_backend.inference.turns import Caller, Turns

CACHE_BYTES = 2**30

_MAX_IDLE = 30 * 60.0  # seconds
_FINAL: Kind = "final"

ImageSource: TypeAlias = Image | Callable[[], Image]  # called only if not encoded yet


class Engine:
    """A predictor that callers take turns with, and what it knows about their images.

    Args:
        predictor: The model.
        policy: Where the network looks; None for the model's own crop protocol.
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
        self.policy = policy or own_zoom(predictor)
        self._encodings = ByteBoundedCache[Encoding](cache_bytes // 2, _MAX_IDLE)
        self._states = ByteBoundedCache[RolloutState](cache_bytes // 2, _MAX_IDLE)
        self._memory = threading.Lock()  # around the caches, never around a pass
        self._turns = Turns()  # around every pass

    def prepare(
        self,
        image_key: str,
        image: ImageSource,
        *,
        caller: Caller | None = None,
    ) -> None:
        """Encode an image ahead of its first click.

        Args:
            image_key: Names the content of the image.
            image: Upright RGB, or what loads it.  (H, W, 3)
            caller: How it waits for its turn.

        Raises:
            Busy: Too many calls are waiting.
            TimedOut: The deadline passed.
        """
        self._encode(image_key, image, caller or Caller())

    def segment(
        self,
        image_key: str,
        image: ImageSource,
        clicks: Sequence[Click],
        *,
        init: Prob | None = None,
        threshold: float = 0.5,
        cleanup: Cleanup | None = None,
        click_consistency: bool = True,
        may_preview: bool = False,
        with_latent: bool = False,
        caller: Caller | None = None,
    ) -> Answer:
        """The mask after all ``clicks``; without any, ``init`` or an empty mask.

        Args:
            image_key: Names the content of the image.
            image: Upright RGB, or what loads it.  (H, W, 3)
            clicks: In the order they were made.
            init: Mask that the user brought along, in [0, 1].  (H, W)
            threshold: A pixel belongs to the mask if its probability is above this.
            cleanup: Of the mask; the clicks are obeyed afterwards.
            click_consistency: Force the mask to the side of every click.  The next
                step never sees what was forced.
            may_preview: Answer with the model's quick guess, if it has one and does not
                know the final answer yet.
            with_latent: Also say how sure the model is, where it can; not of previews.
            caller: How it waits for its turns; one for each click that is new.

        Raises:
            InvalidInput: Too many clicks, a threshold outside [0, 1), or an initial
                mask of another size.
            InvalidClick: A click outside the image.
            Busy: Too many calls are waiting.
            TimedOut: The deadline passed before the last pass.
        """
        if not 0 <= threshold < 1:
            raise InvalidInput(f"The threshold must be in [0, 1), not {threshold}.")
        clicks, caller = tuple(clicks), caller or Caller()
        encoding = self._encode(image_key, image, caller)
        check_clicks(clicks, encoding.height, encoding.width)
        start = RolloutState(prob=_checked(init, encoding))
        key = image_key, sha256(init.tobytes()).digest() if init is not None else b""
        call = _Call(key, encoding, start, caller)
        latent, kind = None, _FINAL
        if may_preview and has_preview(self.predictor):
            state, kind = self._preview(call, clicks)
        else:
            state = self._roll_out(call, clicks)
        if with_latent and kind == "final" and clicks:
            latent = self._latent(call, state)
        return to_answer(
            _prob_of(state, encoding),
            clicks,
            threshold,
            cleanup=cleanup or Cleanup(),
            must_obey=click_consistency,
            kind=kind,
            ms=caller.ms,
            calibration=self.predictor.calibration,
            latent=latent,
        )

    def to_stats(self) -> dict[str, Any]:
        """Sizes of caches and queue, for monitoring."""
        with self._memory:
            caches = {
                name: {"num": len(cache), "bytes": cache.num_bytes}
                for name, cache in (
                    ("encodings", self._encodings),
                    ("states", self._states),
                )
            }
        return {"cache": caches, "queue": {"waiting": self._turns.num_waiting}}

    def _encode(self, image_key: str, image: ImageSource, caller: Caller) -> Encoding:
        """The image's encoding, made only if it is not there any more."""
        known = self._known_encoding(image_key)
        if known is not None:
            return known
        with self._turns.hold(caller, "encode"):
            encoding = self._known_encoding(image_key)
            if encoding is None:
                encoding = self.predictor.encode(image() if callable(image) else image)
                with self._memory:
                    self._encodings.put(image_key, encoding, encoding.num_bytes)
            return encoding

    def _known_encoding(self, image_key: str) -> Encoding | None:
        with self._memory:
            return self._encodings.get(image_key)

    def _longest_known(self, call: "_Call", clicks: tuple[Click, ...]) -> RolloutState:
        with self._memory:
            for num in range(len(clicks), 0, -1):
                known = self._states.get((call.key, clicks[:num]))
                if known is not None:
                    return known
        return call.start

    def _roll_out(self, call: "_Call", clicks: tuple[Click, ...]) -> RolloutState:
        """The state after all clicks, from the longest prefix that is known."""
        state = self._longest_known(call, clicks)
        for click in clicks[len(state.clicks) :]:
            state = self._step(call, state, click)
        return state

    def _step(self, call: "_Call", state: RolloutState, click: Click) -> RolloutState:
        """The state after one more click, unless another call has just made it."""
        key = call.key, (*state.clicks, click)
        size = call.size
        with self._turns.hold(call.caller, "infer"):
            with self._memory:
                known = self._states.get(key)
            if known is not None:
                return known
            predict = partial(self._predict, call.encoding)
            state = advance(state, click, predict, self.policy, *size)
            assert state.prob is not None
            state.prob.setflags(write=False)  # it is the input of the next step
            with self._memory:
                self._states.put(key, state, state.prob.nbytes)
            return state

    def _preview(
        self, call: "_Call", clicks: tuple[Click, ...]
    ) -> tuple[RolloutState, Kind]:
        """One quick pass from the longest known prefix, which stays as it is.

        Where the model has none to offer, the whole passes and the final answer.
        """
        state, size, prob = self._longest_known(call, clicks), call.size, None
        if state.clicks != clicks:
            view = self.policy.view(*size, clicks, state.prob, state.view)
            given = call.encoding, clicks, state.prob
            with self._turns.hold(call.caller, "infer"):
                if can_preview(self.predictor, *given):
                    prob = self.predictor.predict(*given, view=view, mode="preview")
        if prob is None:
            return self._roll_out(call, clicks), _FINAL
        return RolloutState(clicks, prob, view), "preview"

    def _latent(self, call: "_Call", state: RolloutState) -> LatentMap | None:
        """How sure the model was at the first look of the step to ``state``."""
        predictor = self.predictor
        if not has_latent(predictor) or state.view is None:
            return None
        before = self._roll_out(call, state.clicks[:-1])
        with self._turns.hold(call.caller, "infer"):
            found = predictor.latent(
                call.encoding, state.clicks, before.prob, view=state.view
            )
        return LatentMap(found, state.view.crop)

    def _predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_prob: Prob | None,
        view: View,
    ) -> Prob:
        return self.predictor.predict(encoding, clicks, prev_prob, view=view)


@dataclass(frozen=True, slots=True)
class _Call:
    """What all steps of one call share; ``key`` names the image and initial mask."""

    key: tuple[str, bytes]
    encoding: Encoding
    start: RolloutState
    caller: Caller

    @property
    def size(self) -> tuple[int, int]:
        return self.encoding.height, self.encoding.width


def _prob_of(state: RolloutState, encoding: Encoding) -> Prob:
    if state.prob is not None:
        return state.prob
    return np.zeros((encoding.height, encoding.width), dtype=np.float32)


def _checked(init: Prob | None, encoding: Encoding) -> Prob | None:
    """The initial mask, if it fits the image."""
    size = encoding.height, encoding.width
    if init is not None and init.shape != size:
        raise InvalidInput(
            f"The initial mask has {init.shape} rows and columns, the image {size}."
        )
    return init
