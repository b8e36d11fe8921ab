"""A cache that is bounded by bytes and forgets what was not used for longest."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(slots=True)
class _Entry(Generic[Value]):
    value: Value
    num_bytes: int
    used: float


class ByteBoundedCache(Generic[Value]):
    """Least recently used entries leave when the bytes do not suffice.

    Not safe for threads: its owner holds a lock.

    Args:
        max_bytes: Of all entries together; a larger single entry is not kept at all.
        max_idle: Seconds after which an entry that nobody used leaves.
        clock: In seconds.
    """

    def __init__(
        self,
        max_bytes: int,
        max_idle: float = inf,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.max_bytes, self.max_idle = max_bytes, max_idle
        self.num_bytes = 0
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Value | None:
        """The entry, which counts as used now; None if it is not there."""
        self._drop_idle()
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        entry = self._entries[key]
        entry.used = self._clock()
        return entry.value

    def put(self, key: Hashable, value: Value, num_bytes: int) -> None:
        """Keep ``value``, dropping the oldest entries until it fits."""
        self._drop_idle()
        self.drop(key)
        if num_bytes > self.max_bytes:
            return
        while self.num_bytes + num_bytes > self.max_bytes:
            self.drop(next(iter(self._entries)))
        self._entries[key] = _Entry(value, num_bytes, self._clock())
        self.num_bytes += num_bytes

    def values(self) -> list[Value]:
        """All entries, the one used last at the end."""
        return [entry.value for entry in self._entries.values()]

    def drop(self, key: Hashable) -> None:
        """Forget an entry, if it is there."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.num_bytes -= entry.num_bytes

    def _drop_idle(self) -> None:
        latest = self._clock() - self.max_idle
        while self._entries:
            key, entry = next(iter(self._entries.items()))
            if entry.used >= latest:
                return
            self.drop(key)
