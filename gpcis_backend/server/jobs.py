"""Work that takes longer than a call: queued, watched, cancelled, bounded."""

import logging
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any, Literal
from uuid import uuid4

from gpcis_backend.errors import Busy, GpcisError, NotFound

MAX_WAITING = 32

_MAX_KEPT = 256  # jobs remembered
_LIFETIME = 3600.0  # seconds after the end
_MEASURED = 50  # latest durations that make the median

_log = logging.getLogger("gpcis")

State = Literal["queued", "running", "done", "failed", "cancelled"]


class Cancelled(GpcisError):
    """Nobody wants the result any more."""

    code, title, status = "cancelled", "The work was cancelled", 409


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work; read by many threads, written by the board.

    Args:
        id: Not to be guessed.
        kind: Such as ``export``; jobs of one kind wait for each other.
        key: Names the work: while it is under way it is not begun again.
        work: Does it; may leave files in ``folder``.
        folder: Of its results.
        urgency: Smaller ones go first.
    """

    id: str
    kind: str
    key: object
    work: "Callable[[Job], Path | None]"
    folder: Path
    urgency: int
    state: State = "queued"
    progress: float = 0.0
    result: Path | None = None
    error: dict[str, Any] | None = None
    begun: float = field(default_factory=monotonic)
    ended: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since it was ordered, until its end."""
        return (self.ended or monotonic()) - self.begun

    def check(self) -> None:
        """Raise once the job is cancelled.

        Raises:
            Cancelled: It is.
        """
        if self.state == "cancelled":
            raise Cancelled("The work was cancelled.")

    def advance(self, done: int, total: int) -> None:
        """Note progress.

        Raises:
            Cancelled: It is.
        """
        self.check()
        self.progress = done / total if total else 1.0


class JobBoard:
    """Runs jobs, one at a time of each kind; safe for threads."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: dict[str, list[tuple[int, int, Job]]] = {}
        self._busy: set[str] = set()
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self._tickets = count()
        self._folder: Path | None = None

    def order(
        self,
        kind: str,
        key: object,
        work: Callable[[Job], Path | None],
        urgency: int = 0,
    ) -> Job:
        """The job that does ``work``, a new one unless the same is under way.

        Args:
            kind: Of the job.
            key: Names the work.
            work: Called with the job; its result is a file that the job may send.
            urgency: Smaller ones go first; a waiting job takes the smaller of two.

        Raises:
            Busy: Too many jobs wait.
        """
        with self._lock:
            self._forget_old()
            job = self._under_way(kind, key)
            if job is not None:
                if urgency < job.urgency and job.state == "queued":
                    job.urgency = urgency
                    self._enqueue(job)
                return job
            if sum(job.state == "queued" for job in self._jobs.values()) >= MAX_WAITING:
                raise Busy(f"{MAX_WAITING} jobs are waiting already.")
            number = uuid4().hex
            job = Job(number, kind, key, work, self._room() / number, urgency)
            self._jobs[number] = job
            self._enqueue(job)
            if kind not in self._busy:
                self._busy.add(kind)
                name = f"jobs-{kind}"
                threading.Thread(
                    target=self._run, args=(kind,), name=name, daemon=True
                ).start()
            return job

    def get(self, job_id: str) -> Job:
        """The job with this id.

        Raises:
            NotFound: It was never there or ended over an hour ago.
        """
        with self._lock:
            self._forget_old()
            job = self._jobs.get(job_id)
        if job is None:
            raise NotFound("There is no such job any more.")
        return job

    def cancel(self, job_id: str) -> Job:
        """Stop a job; one that has ended is forgotten with its result.

        Raises:
            NotFound: There is no such job.
        """
        job = self.get(job_id)
        with self._lock:
            if job.state in ("queued", "running"):
                self._end(job, "cancelled")
            else:
                self._forget(job)
        return job

    def median_ms(self, kind: str) -> float | None:
        """Of the latest jobs of this kind; None before the first."""
        times = self._times.get(kind)
        return round(1000 * median(times), 1) if times else None

    def to_stats(self) -> dict[str, int]:
        """How many jobs are in which state."""
        with self._lock:
            states = [job.state for job in self._jobs.values()]
        return {state: states.count(state) for state in ("queued", "running", "done")}

    def _enqueue(self, job: Job) -> None:
        entry = job.urgency, next(self._tickets), job
        heappush(self._waiting.setdefault(job.kind, []), entry)

    def _under_way(self, kind: str, key: object) -> Job | None:
        for job in self._jobs.values():
            is_same = job.kind == kind and job.key == key
            if is_same and job.state in ("queued", "running"):
                return job
        return None

    def _run(self, kind: str) -> None:
        """Work until nothing of this kind waits."""
        while (job := self._next(kind)) is not None:
            started = monotonic()
            try:
                job.result = job.work(job)
            except GpcisError as error:
                self._fail(job, error.code, error.title, error.status, str(error))
            except Exception as error:
                number = uuid4().hex[:12]
                _log.error("internal error %s", number, exc_info=error)
                detail = f"The server failed; its log has the details under {number}."
                self._fail(job, "internal", "Something went wrong", 500, detail)
            else:
                self._times.setdefault(kind, deque(maxlen=_MEASURED)).append(
                    monotonic() - started
                )
                with self._lock:
                    job.progress = 1.0
                    self._end(job, "done")

    def _next(self, kind: str) -> Job | None:
        with self._lock:
            waiting = self._waiting.get(kind, [])
            while waiting:
                job = heappop(waiting)[2]
                if job.state == "queued":
                    job.state = "running"
                    return job
            self._busy.discard(kind)
            return None

    def _fail(self, job: Job, code: str, title: str, status: int, detail: str) -> None:
        with self._lock:
            if job.state == "running":
                job.error = {
                    "type": f"urn:gpcis:error:{code}",
                    "title": title,
                    "status": status,
                    "detail": detail,
                    "code": code,
                }
            self._end(job, "failed")

    def _end(self, job: Job, state: State) -> None:
        if job.state in ("queued", "running"):
            job.state, job.ended = state, monotonic()
        if job.state != "done":
            shutil.rmtree(job.folder, ignore_errors=True)

    def _forget_old(self) -> None:
        ended = [job for job in self._jobs.values() if job.ended is not None]
        for num, job in enumerate(ended):
            is_old = monotonic() - (job.ended or 0) > _LIFETIME
            if is_old or len(ended) - num > _MAX_KEPT:
                self._forget(job)

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    def _room(self) -> Path:
        """A folder that ends with the board."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="gpcis-jobs-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder
