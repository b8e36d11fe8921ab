"""Loading in the background: requests are answered meanwhile."""

import threading

import pytest

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.model_slot import Loading, ModelSlot
from toy_predictor import ToyPredictor


def test_until_the_weights_are_read_the_slot_says_loading() -> None:
    go_on = threading.Event()
    engine = Engine(ToyPredictor())

    def load() -> Engine:
        go_on.wait(timeout=10)
        return engine

    slot = ModelSlot(load).start()

    assert slot.state == "loading"
    with pytest.raises(Loading, match="again"):
        slot.engine()
    go_on.set()
    assert slot.wait(10).engine() is engine
    assert (slot.state, slot.reason) == ("ready", None)


def test_what_keeps_the_model_from_loading_is_told() -> None:
    def load() -> Engine:
        raise ModelUnavailable("No weights at x.")

    slot = ModelSlot(load).start().wait(10)

    assert (slot.state, slot.reason) == ("failed", "No weights at x.")
    with pytest.raises(ModelUnavailable, match="No weights"):
        slot.engine()


def test_a_crash_while_loading_does_not_leave_the_slot_loading() -> None:
    def load() -> Engine:
        raise RuntimeError("broken")

    slot = ModelSlot(load).start().wait(10)

    assert slot.state == "failed"
    assert "broken" in str(slot.reason)


def test_the_weights_are_read_once() -> None:
    calls: list[int] = []

    def load() -> Engine:
        calls.append(1)
        return Engine(ToyPredictor())

    slot = ModelSlot(load)
    slot.start().start().wait(10)
    slot.start().wait(10)

    assert calls == [1]
