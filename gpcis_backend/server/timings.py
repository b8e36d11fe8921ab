"""How long calls took lately, by what they asked for."""

import threading
from collections import deque
from typing import Any

import numpy as np

_MEASURED = 1000  # latest calls of each kind


class Timings:
    """Durations by kind; safe for threads."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, kind: str, ms: float) -> None:
        """Remember a call of ``ms`` milliseconds."""
        with self._lock:
            self._times.setdefault(kind, deque(maxlen=_MEASURED)).append(ms)
            self._counts[kind] = self._counts.get(kind, 0) + 1

    def to_json(self) -> dict[str, Any]:
        """Count, median and 95th percentile of each kind, in milliseconds."""
        with self._lock:
            times = {kind: list(values) for kind, values in self._times.items()}
            counts = dict(self._counts)
        return {
            kind: {
                "count": counts[kind],
                "p50_ms": round(float(np.percentile(values, 50)), 2),
                "p95_ms": round(float(np.percentile(values, 95)), 2),
            }
            for kind, values in times.items()
        }
