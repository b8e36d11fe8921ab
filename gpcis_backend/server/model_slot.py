"""The model of a server process: still loading, ready, or why there is none."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from gpcis_backend.clicks.click import Click
from gpcis_backend.errors import GpcisError, ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.load import Runtime

_log = logging.getLogger("gpcis")

_WARM_UP_SIDE = 384  # pixels

State = Literal["loading", "ready", "failed"]


class Loading(ModelUnavailable):
    """The weights are being read; the same call will work soon."""

    code, title, status = "loading", "The model is being loaded", 503


class ModelSlot:
    """Holds an engine that is loaded in the background, so that the port opens at once.

    Args:
        load: Makes the engine; called once, by ``start``.
    """

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load
        self._content: Engine | GpcisError = Loading(
            "The weights are being loaded; try again in a few seconds."
        )
        self._is_done = threading.Event()
        self._start = threading.Lock()

    @classmethod
    def holding(cls, content: Engine | ModelUnavailable) -> "ModelSlot":
        """A slot that is done: with an engine, or with the reason for having none."""
        slot = cls(lambda: slot.engine())
        slot._fill(content)
        return slot

    def start(self, on_done: Callable[[], None] = lambda: None) -> "ModelSlot":
        """Begin to load in a thread, unless that has happened already.

        Args:
            on_done: Called at the end, with or without success.
        """
        if self._start.acquire(blocking=False):
            loader = threading.Thread(
                target=self._run, args=(on_done,), name="load-model", daemon=True
            )
            loader.start()
        return self

    def wait(self, timeout: float | None = None) -> "ModelSlot":
        """Return when loading has ended, or after ``timeout`` seconds."""
        self._is_done.wait(timeout)
        return self

    @property
    def state(self) -> State:
        """What the slot holds."""
        if isinstance(self._content, Engine):
            return "ready"
        return "loading" if isinstance(self._content, Loading) else "failed"

    @property
    def reason(self) -> str | None:
        """Why there is no engine now; None if there is one."""
        return None if isinstance(self._content, Engine) else str(self._content)

    def engine(self) -> Engine:
        """The engine.

        Raises:
            Loading: Not yet.
            ModelUnavailable: It could not be loaded.
        """
        if isinstance(self._content, Engine):
            return self._content
        raise self._content

    def _run(self, on_done: Callable[[], None]) -> None:
        try:
            self._fill(self._load())
        except GpcisError as error:
            _log.error("no model: %s", error)
            self._fill(error)
        except Exception as error:  # otherwise the server would say "loading" for ever
            _log.exception("the model cannot be loaded")
            self._fill(ModelUnavailable(f"The model cannot be loaded: {error}"))
        on_done()

    def _fill(self, content: Engine | GpcisError) -> None:
        self._content = content
        self._start.acquire(blocking=False)
        self._is_done.set()


def load_engine(
    checkpoint: Path | None,
    config: Path | None,
    device: str = "cpu",
    runtime: Runtime = "torch",
) -> Engine:
    """The engine of a checkpoint, warmed up: the first pass is many times slower.

    Args:
        checkpoint: Weights; None for the shipped ones.
        config: mmseg config, where the checkpoint does not carry its own.
        device: Such as ``cpu`` or ``cuda``.
        runtime: Of the network.

    Raises:
        ModelUnavailable: As ``load_predictor``.
    """
    from gpcis_backend.inference.load import load_predictor

    engine = Engine(load_predictor(checkpoint, config, device, runtime))
    picture = np.zeros((_WARM_UP_SIDE, _WARM_UP_SIDE, 3), dtype=np.uint8)
    centre = Click(_WARM_UP_SIDE // 2, _WARM_UP_SIDE // 2, is_positive=True)
    engine.segment("warm-up", picture, (centre, centre))
    return engine
