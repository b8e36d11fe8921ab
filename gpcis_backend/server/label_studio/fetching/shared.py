"""Bytes that many threads want at once: made once, kept a while, bounded."""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from gpcis_backend.inference.lru import ByteBoundedCache

_OVERHEAD = 512  # bytes that an entry takes beside its content


class SharedBytes:
    """A cache in memory with one maker at a time for each key; safe for threads.

    Args:
        max_bytes: Of all entries together.
        keep_s: Seconds after which an entry is made anew.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        max_bytes: int,
        keep_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = ByteBoundedCache[tuple[bytes, float]](max_bytes)
        self._keep_s, self._clock = keep_s, clock
        self._making: dict[Hashable, Future[bytes]] = {}
        self._lock = threading.Lock()

    @property
    def num_bytes(self) -> int:
        """Of all entries together."""
        return self._cache.num_bytes

    def known(self, key: Hashable) -> bytes | None:
        """The entry, if it is there and not too old."""
        with self._lock:
            body, until = self._cache.get(key) or (None, float("-inf"))
            return body if self._clock() < until else None

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The entry, by ``make`` if it is not there or too old.

        Threads that come while it is being made wait for the outcome.  A failure is
        theirs too, and is not kept.
        """
        with self._lock:
            body, until = self._cache.get(key) or (b"", float("-inf"))
            if self._clock() < until:
                return body
            making = self._making.get(key)
            mine = Future[bytes]()
            if making is None:
                self._making[key] = mine
        return making.result() if making is not None else self._make(key, make, mine)

    def _make(
        self, key: Hashable, make: Callable[[], bytes], mine: Future[bytes]
    ) -> bytes:
        try:
            body = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        with self._lock:
            entry = body, self._clock() + self._keep_s
            self._cache.put(key, entry, len(body) + _OVERHEAD)
            del self._making[key]
        mine.set_result(body)
        return body
