"""The one model and those who wait for it: who is most urgent goes first."""

import threading
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from math import inf
from time import perf_counter

from gpcis_backend.errors import Busy, TimedOut

MAX_WAITING = 32

_GLANCE = 0.05  # seconds between two looks at whether waiting still makes sense


class Priority(IntEnum):
    """What is done first; within one kind, who came first."""

    PREVIEW = 0
    REFINE = 1
    ENCODE = 2
    PREFETCH = 3
    BATCH = 4


@dataclass(frozen=True, slots=True)
class Wait:
    """How a call waits for the model.

    Args:
        priority: Its kind.
        deadline: On ``time.perf_counter``; no pass begins after it.
    """

    priority: Priority = Priority.REFINE
    deadline: float = inf

    @classmethod
    def at_most(cls, priority: Priority, seconds: float) -> "Wait":
        """A wait that ends ``seconds`` from now."""
        return cls(priority, perf_counter() + seconds)

    def check(self) -> None:
        """Raise once the deadline has passed.

        Raises:
            TimedOut: It has.
        """
        if perf_counter() > self.deadline:
            raise TimedOut("The model did not get to this call in time; try again.")


def _go_on() -> None:
    """Never give up."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who takes turns, and how long that took.

    Args:
        wait: How long, and after whom.
        check: Raises to give up, while waiting and at the start of a turn.
        ms: Milliseconds spent waiting (``queue``), in ``encode`` and in ``infer``.
    """

    wait: Wait = field(default_factory=Wait)
    check: Callable[[], None] = _go_on
    ms: dict[str, float] = field(
        default_factory=lambda: {"queue": 0.0, "encode": 0.0, "infer": 0.0}
    )

    def look(self) -> None:
        """Raise if there is no more sense in waiting."""
        self.check()
        self.wait.check()


class Turns:
    """A lock that the most urgent caller gets next.

    Args:
        max_waiting: More callers than that are turned away.
    """

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._waiting: list[tuple[Priority, int]] = []  # the next one first
        self._is_held = False
        self._tickets = count()

    @property
    def num_waiting(self) -> int:
        """Callers without a turn yet."""
        return len(self._waiting)

    @contextmanager
    def hold(self, caller: Caller, stage: str) -> Iterator[None]:
        """Wait for a turn and keep it.

        Args:
            caller: Whose times are noted.
            stage: What the turn is for, such as ``infer``.

        Raises:
            Busy: Too many wait already.
            TimedOut: The deadline passed.
        """
        asked = perf_counter()
        self._acquire(caller)
        begun = perf_counter()
        caller.ms["queue"] += 1000 * (begun - asked)
        try:
            caller.look()
            yield
        finally:
            caller.ms[stage] += 1000 * (perf_counter() - begun)
            with self._changed:
                self._is_held = False
                self._changed.notify_all()

    def _acquire(self, caller: Caller) -> None:
        with self._changed:
            if len(self._waiting) >= self._max_waiting:
                raise Busy(f"{len(self._waiting)} calls wait for the model already.")
            place = caller.wait.priority, next(self._tickets)
            insort(self._waiting, place)
            try:
                while self._is_held or self._waiting[0] != place:
                    self._changed.wait(_GLANCE)
                    caller.look()
                self._is_held = True
            finally:
                self._waiting.remove(place)
                self._changed.notify_all()
