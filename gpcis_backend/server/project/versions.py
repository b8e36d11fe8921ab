"""One stored text that is only replaced by who knows what it replaces (RFC 9110, 13).

A writer names the ETag that it has seen; if another one has saved since, it is told so
instead of overwriting what it never saw.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from gpcis_backend.errors import GpcisError
from gpcis_backend.server.atomic import DiskFull, write_atomically


class Conflict(GpcisError):
    """Somebody else has saved since.

    Args:
        etag: Of what is stored now; None if nothing is.
    """

    code, title, status = "conflict", "Somebody else has saved meanwhile", 412

    def __init__(self, etag: str | None) -> None:
        super().__init__("Another tab or person has saved this meanwhile; load it.")
        self.extra = {"etag": None if etag is None else quoted(etag)}


class PreconditionRequired(GpcisError):
    """A save that does not say what it replaces."""

    code, title, status = "precondition_required", "Say what is replaced", 428


@dataclass(frozen=True, slots=True)
class Condition:
    """What a writer says about what is stored.

    Args:
        if_match: ETags of which one must be stored; ``*`` for any; empty if not said.
        if_none: Nothing may be stored yet.
    """

    if_match: frozenset[str] = frozenset()
    if_none: bool = False

    def check(self, etag: str | None) -> None:
        """Raise unless it holds for what is stored.

        Raises:
            PreconditionRequired: Nothing was said.
            Conflict: It does not hold.
        """
        if not self.if_match and not self.if_none:
            raise PreconditionRequired(
                "Send If-Match with the ETag you loaded, or If-None-Match: * for the "
                "first time."
            )
        if self.if_none and etag is not None:
            raise Conflict(etag)
        if self.if_match and (etag is None or not self.if_match & {"*", etag}):
            raise Conflict(etag)


class Cell(Protocol):
    """A place for one text."""

    def read(self) -> bytes | None:
        """What is stored; None if nothing is."""

    def write(self, data: bytes) -> None:
        """Store ``data``, wholly or not at all."""


@dataclass(frozen=True, slots=True)
class FileCell:
    """A file."""

    path: Path

    def read(self) -> bytes | None:
        """Its bytes."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        """Replace the file in one step."""
        write_atomically(self.path, data)


class MemoryCells:
    """Texts by key that end with the process; bounded, and never dropped.

    Args:
        max_bytes: Of all together.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._texts: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def cell(self, key: str) -> Cell:
        """The place called ``key``."""
        return _MemoryCell(self, key)

    def get(self, key: str) -> bytes | None:
        """What is stored under ``key``."""
        return self._texts.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Store ``data`` under ``key``.

        Raises:
            DiskFull: It does not fit.
        """
        with self._lock:
            others = sum(len(v) for name, v in self._texts.items() if name != key)
            if others + len(data) > self._max_bytes:
                raise DiskFull(
                    "The server keeps annotations in memory and has no room left; "
                    "start it with --data FOLDER."
                )
            self._texts[key] = data


@dataclass(frozen=True, slots=True)
class _MemoryCell:
    cells: MemoryCells
    key: str

    def read(self) -> bytes | None:
        return self.cells.get(self.key)

    def write(self, data: bytes) -> None:
        self.cells.put(self.key, data)


class Versions:
    """Replaces what is in cells, one writer at a time."""

    def __init__(self) -> None:
        self._writing = threading.Lock()

    def replace(
        self,
        cell: Cell,
        condition: Condition,
        change: Callable[[bytes | None], bytes],
        default: bytes | None = None,
    ) -> str:
        """The ETag of what is stored now.

        Args:
            cell: Where.
            condition: Of the writer.
            change: From what is stored to what shall be.
            default: Counts as stored where nothing is.

        Raises:
            PreconditionRequired: No condition.
            Conflict: It does not hold.
            DiskFull: No room.
        """
        with self._writing:
            stored = cell.read()
            known = default if stored is None else stored
            is_first = condition.if_none and stored is None
            if not is_first:
                condition.check(None if known is None else etag_of(known))
            data = change(stored)
            cell.write(data)
            return etag_of(data)


def etag_of(data: bytes) -> str:
    """Names the content, without quotes."""
    return sha256(data).hexdigest()[:32]


def quoted(etag: str) -> str:
    """As the header carries it."""
    return f'"{etag}"'
