"""A cache that is bounded by bytes and forgets what was not used for longest."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class ByteBoundedCache(Generic[Value]):
    """Least recently used entries leave when the bytes do not suffice.

    Not safe for threads: its owner holds a lock.

    Args:
        max_bytes: Of all entries together; a larger single entry is not kept at all.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.num_bytes = 0
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Value | None:
        """The entry, which counts as used now; None if it is not there."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: Hashable, value: Value, num_bytes: int) -> None:
        """Keep ``value``, dropping the oldest entries until it fits."""
        self.drop(key)
        if num_bytes > self.max_bytes:
            return
        while self.num_bytes + num_bytes > self.max_bytes:
            self.drop(next(iter(self._entries)))
        self._entries[key] = value, num_bytes
        self.num_bytes += num_bytes

    def values(self) -> list[Value]:
        """All entries, the one used last at the end."""
        return [value for value, _ in self._entries.values()]

    def drop(self, key: Hashable) -> None:
        """Forget an entry, if it is there."""
        _, num_bytes = self._entries.pop(key, (None, 0))
        self.num_bytes -= num_bytes
