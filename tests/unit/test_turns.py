import threading
import time

import pytest

from gpcis_backend.errors import Busy, TimedOut
from gpcis_backend.inference.turns import Caller, Priority, Turns, Wait


def test_the_most_urgent_caller_gets_the_next_turn() -> None:
    turns, done = Turns(), list[Priority]()
    kinds = [Priority.BATCH, Priority.PREFETCH, Priority.REFINE, Priority.PREVIEW]

    with turns.hold(Caller(), "infer"):
        threads = [threading.Thread(target=_take, args=(turns, k, done)) for k in kinds]
        for num, thread in enumerate(threads, start=1):
            thread.start()
            _until(lambda num=num: turns.num_waiting == num)
    for thread in threads:
        thread.join()

    assert done == sorted(kinds)


def test_one_more_than_may_wait_is_turned_away() -> None:
    turns = Turns(max_waiting=1)
    with turns.hold(Caller(), "infer"):
        waiting = threading.Thread(target=_take, args=(turns, Priority.REFINE, []))
        waiting.start()
        _until(lambda: turns.num_waiting == 1)

        with pytest.raises(Busy), turns.hold(Caller(), "infer"):
            pass
    waiting.join()


def test_who_waits_too_long_is_told_so_and_holds_up_nobody() -> None:
    turns = Turns()
    hurried = Caller(Wait.at_most(Priority.PREVIEW, 0.02))
    with (
        turns.hold(Caller(), "infer"),
        pytest.raises(TimedOut),
        turns.hold(hurried, "infer"),
    ):
        pass

    with turns.hold(Caller(), "infer"):
        assert turns.num_waiting == 0


def test_who_gives_up_while_waiting_leaves_at_once() -> None:
    turns = Turns()
    seen = list[float]()

    def overtaken() -> None:
        seen.append(time.perf_counter())
        raise InterruptedError

    with (
        turns.hold(Caller(), "infer"),
        pytest.raises(InterruptedError),
        turns.hold(Caller(check=overtaken), "infer"),
    ):
        pass

    assert seen
    assert turns.num_waiting == 0


def test_waiting_and_holding_are_timed_apart() -> None:
    turns, caller = Turns(), Caller()

    with turns.hold(caller, "encode"):
        time.sleep(0.01)

    assert caller.ms["encode"] >= 10
    assert caller.ms["infer"] == 0


def _take(turns: Turns, kind: Priority, done: list[Priority]) -> None:
    with turns.hold(Caller(Wait(kind)), "infer"):
        done.append(kind)


def _until(is_so: "object") -> None:
    assert callable(is_so)
    end = time.perf_counter() + 20
    while not is_so():
        assert time.perf_counter() < end
        time.sleep(0.001)
