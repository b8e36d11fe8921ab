import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gpcis_backend.server.label_studio.fetching.shared import SharedBytes


def test_eight_threads_share_one_making() -> None:
    shared, maker = SharedBytes(10**6, 60), Maker()

    with ThreadPoolExecutor(8) as pool:
        bodies = [pool.submit(shared.get, "key", maker) for _ in range(8)]
        maker.go.set()

        assert {body.result(5) for body in bodies} == {b"1"}


def test_a_failure_reaches_all_that_wait_and_is_not_kept() -> None:
    shared, maker = SharedBytes(10**6, 60), Maker()
    maker.error = ValueError("no")

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(shared.get, "key", maker) for _ in range(4)]
        assert maker.called.wait(5)
        time.sleep(0.3)  # until the others wait, too
        maker.go.set()
        failures = [call.exception(5) for call in calls]
    num_made = maker.num_made
    maker.error = None

    assert all(isinstance(failure, ValueError) for failure in failures)
    assert num_made < 4
    assert shared.get("key", maker) == b"%d" % (num_made + 1)


def test_different_keys_do_not_wait_for_each_other() -> None:
    shared, slow, quick = SharedBytes(10**6, 60), Maker(), Maker()
    quick.go.set()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(shared.get, "slow", slow)
        assert slow.called.wait(5)

        assert shared.get("quick", quick) == b"1"
        slow.go.set()
        assert waiting.result(5) == b"1"


def test_an_entry_is_made_anew_after_its_time() -> None:
    now = [0.0]
    shared, maker = SharedBytes(10**6, 60, clock=lambda: now[0]), Maker()
    maker.go.set()

    assert shared.get("key", maker) == b"1"
    now[0] = 59.9
    assert shared.get("key", maker) == b"1"
    now[0] = 60
    assert shared.get("key", maker) == b"2"


def test_the_bytes_are_bounded() -> None:
    shared = SharedBytes(10_000, 60)

    for number in range(1000):
        shared.get(number, lambda: bytes(100))

    assert shared.num_bytes <= 10_000


def test_an_entry_larger_than_the_cache_is_handed_out_all_the_same() -> None:
    shared = SharedBytes(1000, 60)

    assert shared.get("key", lambda: bytes(5000)) == bytes(5000)
    assert shared.num_bytes == 0


def test_an_interrupted_making_does_not_block_the_next() -> None:
    shared, maker = SharedBytes(1000, 60), Maker()
    maker.go.set()

    with pytest.raises(KeyboardInterrupt):
        shared.get("key", _interrupted)

    assert shared.get("key", maker) == b"1"


class Maker:
    """Makes numbered bodies once it may."""

    def __init__(self) -> None:
        self.go, self.called = threading.Event(), threading.Event()
        self.num_made = 0
        self.error: Exception | None = None

    def __call__(self) -> bytes:
        self.called.set()
        self.go.wait(5)
        self.num_made += 1
        if self.error is not None:
            raise self.error
        return b"%d" % self.num_made


def _interrupted() -> bytes:
    raise KeyboardInterrupt
