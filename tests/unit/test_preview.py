"""Previews: the GP alone on features that are there, and whether they are shown."""

import numpy as np
import pytest
import torch

from gpcis_backend.clicks.click import Click, Image
from gpcis_backend.clicks.geometry import Crop, View, whole_image
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference import load, preview_check
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import read_image
from gpcis_backend.inference.load import SHIPPED, load_predictor
from gpcis_backend.inference.preview import MOST_PASSES, Picture, WholePass
from gpcis_backend.inference.preview_check import PreviewTrial, preview_trial
from gpcis_backend.inference.runtime_check import NUM_CLICKS
from gpcis_backend.inference.torch_predictor import TorchPredictor

FIRST, SECOND, THIRD = (
    Click(90, 184, True),
    Click(200, 130, False),
    Click(99, 150, True),
)


@pytest.fixture(scope="module")
def served() -> TorchPredictor:
    return load_predictor().as_served()


@pytest.fixture(scope="module")
def quick(served: TorchPredictor) -> TorchPredictor:
    return served.with_preview()


def test_a_preview_obeys_every_click_without_the_network(
    quick: TorchPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding = quick.encode(_coffee())
    first = quick.predict(encoding, (FIRST,))
    monkeypatch.setattr(quick.click_model, "network", _forbidden)

    found = quick.predict(encoding, (FIRST, SECOND), first, mode="preview")

    assert found.shape == first.shape
    assert found[FIRST.row, FIRST.col] > 0.5
    assert found[SECOND.row, SECOND.col] < 0.5


def test_without_a_new_click_the_preview_is_the_pass_itself(
    quick: TorchPredictor,
) -> None:
    encoding = quick.encode(_coffee())
    whole = quick.predict(encoding, (FIRST, SECOND))

    found = quick.predict(encoding, (FIRST, SECOND), whole, mode="preview")

    np.testing.assert_allclose(found, whole, atol=1e-5)


def test_a_preview_starts_from_the_pass_that_gave_the_mask(
    quick: TorchPredictor,
) -> None:
    """The same clicks after another initial mask are another object."""
    encoding, image = quick.encode(_coffee()), _coffee()
    first = quick.predict(encoding, (FIRST,))
    other = quick.predict(encoding, (FIRST,), np.ones(image.shape[:2], np.float32))

    for mask in (first, other):
        assert quick.can_preview(encoding, (FIRST, SECOND), mask)
    assert not quick.can_preview(encoding, (FIRST, SECOND), first.copy())
    assert not quick.can_preview(encoding, (THIRD, SECOND), first)
    one, two = (
        quick.predict(encoding, (FIRST, SECOND), mask, mode="preview")
        for mask in (first, other)
    )
    assert not np.array_equal(one, two)


def test_what_is_remembered_is_counted(
    quick: TorchPredictor, served: TorchPredictor
) -> None:
    encoding, prob = quick.encode(_coffee()), None
    side = quick.own_zoom.late_size
    assert side is not None
    late = View(whole_image(*_coffee().shape[:2]), side, side)
    for count in range(1, 7):
        clicks = (FIRST, SECOND, THIRD)[:count]
        prob = quick.predict(encoding, clicks, prob, view=late)

    passes = encoding.features.passes[0]
    held = sum(p.maps.nbytes + p.prob.nbytes for p in passes)
    assert len(passes) == MOST_PASSES
    assert encoding.num_bytes >= _coffee().nbytes + held
    assert served.encode(_coffee()).num_bytes == _coffee().nbytes


def test_an_engine_without_the_pass_answers_finally(quick: TorchPredictor) -> None:
    engine = Engine(quick)
    engine.segment("coffee", _coffee(), [FIRST])
    known = engine._known_encoding("coffee")
    assert known is not None
    known.features.passes[0] = ()  # as after many other passes

    found = engine.segment("coffee", _coffee(), [FIRST, SECOND], may_preview=True)

    assert found.kind == "final"


def test_the_first_click_has_no_preview(quick: TorchPredictor) -> None:
    engine = Engine(quick)

    first = engine.segment("coffee", _coffee(), [FIRST], may_preview=True)
    second = engine.segment("coffee", _coffee(), [FIRST, SECOND], may_preview=True)
    final = engine.segment("coffee", _coffee(), [FIRST, SECOND])

    assert (first.kind, second.kind, final.kind) == ("final", "preview", "final")


def test_a_click_outside_of_what_was_seen_needs_a_whole_pass() -> None:
    picture = Picture(np.zeros((300, 300, 3), np.uint8))
    prob, view = np.zeros((300, 300), np.float32), View(Crop(0, 0, 120, 200), 96, 96)
    whole = WholePass((FIRST,), view, torch.zeros(()), prob)
    picture.keep(whole)

    assert picture.before((FIRST, THIRD), prob) is whole
    assert picture.before((FIRST, SECOND), prob) is None


def test_a_model_as_trained_has_no_preview() -> None:
    trained = load_predictor()
    encoding = trained.encode(_coffee())

    with pytest.raises(InvalidInput, match="ask for refine"):
        trained.predict(encoding, (FIRST, SECOND), mode="preview")
    with pytest.raises(InvalidInput, match="not served"):
        trained.with_preview()


@pytest.mark.parametrize(
    ("ious", "seconds", "is_worth"),
    [
        pytest.param([0.9, 0.96, 0.99], 0.4, True, id="slow and right"),
        pytest.param([0.9, 0.94, 0.99], 0.4, False, id="wrong too often"),
        pytest.param([0.99, 0.99], 0.03, False, id="quick already"),
    ],
)
def test_previews_are_shown_where_they_help(
    ious: list[float], seconds: float, is_worth: bool
) -> None:
    trial = PreviewTrial(ious, [0.01] * 3, [seconds] * 3)

    assert trial.is_worth_showing is is_worth


def test_a_quick_model_is_not_examined_for_long(
    served: TorchPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_check, "SLOW", 60.0)

    trial = preview_trial(served)

    assert len(trial.passes) == 4
    assert len(trial.ious) <= 3
    assert "a whole pass takes" in str(trial)


def test_previews_of_a_slow_model_are_compared_on_every_scene(
    served: TorchPredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_check, "SLOW", 0.0)

    trial = preview_trial(served)

    assert len(trial.passes) == NUM_CLICKS
    assert 0 < len(trial.ious) <= NUM_CLICKS - 6  # six objects begin with a click
    assert all(0 <= iou <= 1 for iou in trial.ious)
    assert "median IoU" in str(trial)


@pytest.mark.parametrize("slow", [0.0, 60.0])
def test_what_is_served_has_previews_only_if_they_help(
    slow: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(load, "_served", lambda predictor, _: predictor.as_served())
    monkeypatch.setattr(preview_check, "SLOW", slow)
    monkeypatch.setattr(preview_check, "LEAST_AGREEMENT", 0.0)

    with caplog.at_level("INFO", "gpcis"):
        found = load_predictor(runtime="auto")

    assert found.has_preview is (slow == 0)
    assert ("Previews: median IoU" in caplog.text) is (slow == 0)


def _coffee() -> Image:
    return read_image(SHIPPED.parent / "check" / "coffee.jpg")


def _forbidden(x: object) -> object:
    raise AssertionError("the network ran")
