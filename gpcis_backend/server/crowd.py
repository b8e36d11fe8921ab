"""No caller may take all places: at most so many calls at once from one address."""

import threading
from collections import Counter

from flask import Flask, g, request

from gpcis_backend.errors import Busy


class Crowd:
    """Calls under way by address; safe for threads.

    Args:
        max_calls: At once, of one address.
    """

    def __init__(self, max_calls: int) -> None:
        self._max_calls = max_calls
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def watch(self, app: Flask) -> None:
        """Count the calls to the API of ``app``."""
        app.before_request(self._enter)
        app.teardown_request(self._leave)

    def _enter(self) -> None:
        if not request.path.startswith("/api/"):
            return
        address = request.remote_addr or ""
        with self._lock:
            if self._calls[address] >= self._max_calls:
                raise Busy(
                    f"{self._max_calls} calls of this address are under way; wait for "
                    "one of them."
                )
            self._calls[address] += 1
        g.gpcis_address = address

    def _leave(self, _: BaseException | None) -> None:
        address = g.pop("gpcis_address", None)
        if address is None:
            return
        with self._lock:
            self._calls[address] -= 1
            if not self._calls[address]:
                del self._calls[address]
