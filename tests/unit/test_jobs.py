import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gpcis_backend.errors import Busy, InvalidInput, NotFound
from gpcis_backend.server import jobs
from gpcis_backend.server.jobs import Job, JobBoard


def test_the_most_urgent_job_of_a_kind_goes_next() -> None:
    board, gate, done = JobBoard(), threading.Event(), list[str]()
    first = board.order("encode", "first", lambda job: _wait(gate))
    for name, urgency in (("late", 3), ("later", 3), ("soon", 2)):
        last = board.order("encode", name, _noting(done, name), urgency)
    board.order("encode", "later", _noting(done, "never"), 1)

    gate.set()
    _until(lambda: len(done) == 3)

    assert done == ["later", "soon", "late"]
    _until(lambda: first.state == last.state == "done")


def test_the_same_work_is_not_begun_twice() -> None:
    board, gate = JobBoard(), threading.Event()

    one = board.order("encode", "image", lambda job: _wait(gate))
    two = board.order("encode", "image", lambda job: _wait(gate))
    other = board.order("export", "image", lambda job: None)

    assert one is two
    assert other is not one
    _until(lambda: other.state == "done")  # kinds do not wait for each other
    assert one.state == "running"
    gate.set()
    _until(lambda: one.state == "done")
    assert board.order("encode", "image", lambda job: None) is not one


def test_a_running_job_ends_at_its_next_step() -> None:
    board, steps = JobBoard(), list[int]()

    def work(job: Job) -> None:
        job.folder.mkdir()
        for num in range(100_000):
            steps.append(num)
            job.advance(num, 100_000)
            time.sleep(0.001)

    job = board.order("export", 1, work)
    _until(lambda: len(steps) > 2)
    board.cancel(job.id)

    assert job.state == "cancelled"
    _until(lambda: not job.folder.exists())
    last = len(steps)
    time.sleep(0.05)
    assert len(steps) <= last + 1
    assert 0 < job.progress < 1


def test_a_waiting_job_that_is_cancelled_never_begins() -> None:
    board, gate, done = JobBoard(), threading.Event(), list[str]()
    board.order("export", 1, lambda job: _wait(gate))
    waiting = board.order("export", 2, _noting(done, "begun"))

    board.cancel(waiting.id)
    gate.set()
    after = board.order("export", 3, lambda job: None)
    _until(lambda: after.state == "done")

    assert done == []
    assert waiting.state == "cancelled"


def test_too_many_waiting_jobs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_WAITING", 1)
    board, gate = JobBoard(), threading.Event()
    running = board.order("export", 1, lambda job: _wait(gate))
    _until(lambda: running.state == "running")
    board.order("export", 2, lambda job: None)

    with pytest.raises(Busy):
        board.order("export", 3, lambda job: None)
    gate.set()


def test_jobs_and_results_leave_after_their_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = JobBoard()

    def work(job: Job) -> Path:
        job.folder.mkdir()
        (job.folder / "result").write_text("x")
        return job.folder / "result"

    job = board.order("export", 1, work)
    _until(lambda: job.state == "done")
    assert board.get(job.id).result is not None

    monkeypatch.setattr(jobs, "_LIFETIME", -1.0)

    with pytest.raises(NotFound):
        board.get(job.id)
    assert not job.folder.exists()


def test_errors_and_bugs_are_told_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    board = JobBoard()

    def refuse(job: Job) -> None:
        raise InvalidInput("Too many classes.")

    def break_down(job: Job) -> None:
        raise RuntimeError("secret /etc/file")

    refused, broken = board.order("export", 1, refuse), board.order("x", 2, break_down)
    _until(lambda: refused.state == broken.state == "failed")

    assert refused.error is not None
    assert refused.error["code"] == "invalid"
    assert broken.error is not None
    assert "secret" not in str(broken.error)
    assert "secret" in caplog.text


def test_the_median_of_a_kind_is_known_after_its_first_job() -> None:
    board = JobBoard()
    assert board.median_ms("encode") is None

    job = board.order("encode", 1, lambda job: None)
    _until(lambda: job.state == "done")

    median = board.median_ms("encode")
    assert median is not None
    assert median >= 0


def _wait(gate: threading.Event) -> None:
    assert gate.wait(30)


def _noting(done: list[str], name: str) -> Callable[[Job], None]:
    return lambda job: done.append(name)


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.002)
