"""What went wrong and how much was done: Label Studio shows its annotators neither."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import numpy as np

from gpcis_backend.errors import (
    BadImage,
    GpcisError,
    ModelUnavailable,
    TooLarge,
    TooManyPixels,
    UnsupportedType,
)
from gpcis_backend.server.model_slot import Loading
from gpcis_backend.server.problems import Malformed, Unauthorized

_log = logging.getLogger("gpcis")

_MAX_TIMES = 512  # calls whose duration is remembered
_MAX_SAID = 1024  # remarks that are not repeated
_MAX_LINE = 500  # characters of a reason or a hint
_HINTS: dict[type[GpcisError], str] = {
    BadImage: "Open the file in an image viewer and save it again.",
    UnsupportedType: "Convert the image to JPEG or PNG.",
    TooManyPixels: "Make the image smaller before you import it.",
    TooLarge: "Make the file smaller before you import it.",
    ModelUnavailable: "Start the server with weights that exist.",
    Loading: "Click again in a few seconds.",
    Malformed: "Only Label Studio, or what speaks as it does, should call here.",
    Unauthorized: "In Label Studio choose Basic authentication for this model, with "
    "BASIC_AUTH_USER and BASIC_AUTH_PASS.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failure, told so that somebody can act on it."""

    where: str
    code: str
    error: str
    hint: str
    at: str

    def to_json(self) -> dict[str, str]:
        """As ``/health`` shows it."""
        return {
            "where": self.where,
            "code": self.code,
            "error": self.error,
            "hint": self.hint,
            "at": self.at,
        }


class Journal:
    """Failures, remarks and counters; safe for threads, bounded."""

    def __init__(self) -> None:
        self.last_error: Trouble | None = None
        self._counts: Counter[str] = Counter()
        self._times: deque[float] = deque(maxlen=_MAX_TIMES)
        self._said: deque[int] = deque(maxlen=_MAX_SAID)
        self._lock = threading.Lock()

    def note(self, where: str, error: GpcisError) -> Trouble:
        """Write one log line with reason and remedy; ``/health`` shows the last one."""
        reason = str(getattr(error, "reason", error))
        hint = str(getattr(error, "hint", "") or _HINTS.get(type(error), ""))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        trouble = Trouble(where, error.code, _one_line(reason), _one_line(hint), now)
        _log.warning("Label Studio, %s: %s %s", where, trouble.error, trouble.hint)
        with self._lock:
            self.last_error = trouble
            self._counts[f"error_{error.code}"] += 1
        return trouble

    def say(self, remark: str, key: Hashable = None) -> None:
        """Log a remark once: later ones with the same key or words are kept quiet."""
        line = _one_line(remark)
        digest = hash(line if key is None else key)
        with self._lock:
            if digest in self._said:
                return
            self._said.append(digest)
        _log.warning("Label Studio: %s", line)

    def count(self, what: str) -> None:
        """One more of these."""
        with self._lock:
            self._counts[what] += 1

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Remember how long a prediction took."""
        begun = perf_counter()
        yield
        with self._lock:
            self._times.append(perf_counter() - begun)

    def to_json(self) -> dict[str, Any]:
        """Counters and the median and 95th percentile of a prediction, in ms."""
        with self._lock:
            counts, times = dict(self._counts), list(self._times)
        middle, high = np.percentile(times, (50, 95)) if times else (None, None)
        return {
            "counts": counts,
            "predict_ms_p50": None if middle is None else round(1000 * middle, 1),
            "predict_ms_p95": None if high is None else round(1000 * high, 1),
        }


def _one_line(text: str) -> str:
    """Fit for a log: no control characters, not long."""
    line = " ".join(text[: 2 * _MAX_LINE].split())
    shown = "".join(char if char.isprintable() else "?" for char in line)
    return shown if len(shown) <= _MAX_LINE else f"{shown[:_MAX_LINE]} ..."
