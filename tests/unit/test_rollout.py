"""The rollout: what each step is given, when it ends, what a step reports."""

from functools import partial

import numpy as np

from gpcis_backend.clicks.click import Click, Prob
from gpcis_backend.clicks.geometry import View, whole_image
from gpcis_backend.clicks.rollout import (
    Predict,
    RolloutState,
    Step,
    advance,
    num_contradicted,
    simulate,
)
from gpcis_backend.clicks.simulator import random_inner_click
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.metrics import iou

SHAPE = (20, 30)
NOTHING = np.zeros(SHAPE, dtype=np.bool_)
TRUTH = NOTHING.copy()
TRUTH[4:15, 6:21] = True


def test_each_step_gets_all_clicks_and_the_soft_mask_of_the_step_before() -> None:
    model = Recorder(0.75)
    first, second = Click(9, 9, True), Click(1, 1, False)

    state = advance(RolloutState(), first, model, CropZoom(), *SHAPE)
    state = advance(state, second, model, CropZoom(), *SHAPE)

    assert [clicks for clicks, _, _ in model.calls] == [(first,), (first, second)]
    assert model.calls[0][1] is None
    assert model.calls[1][1] is not None
    assert float(model.calls[1][1].max()) == 0.75
    assert state.clicks == (first, second)


def test_initial_mask_is_the_mask_before_the_first_click() -> None:
    model = Recorder(0.5)
    init = TRUTH.astype(np.float32)

    advance(RolloutState(prob=init), Click(9, 9, True), model, CropZoom(), *SHAPE)

    _, prev_prob, view = model.calls[0]
    assert prev_prob is init
    assert view.crop != whole_image(*SHAPE)


def test_state_remembers_the_view_that_was_used() -> None:
    model = Recorder(0.5)

    state = advance(RolloutState(), Click(9, 9, True), model, CropZoom(64), *SHAPE)

    assert state.view == model.calls[0][2] == View(whole_image(*SHAPE), 64, 64)


def test_simulated_user_goes_on_after_a_good_mask_until_nothing_is_wrong() -> None:
    masks = iter([NOTHING, TRUTH & (np.arange(30) > 6), TRUTH])

    steps = _simulate(lambda *_: next(masks).astype(np.float32), max_clicks=20)

    assert [round(step.iou, 2) for step in steps] == [0.0, 0.93, 1.0]
    assert [len(step.state.clicks) for step in steps] == [1, 2, 3]


def test_simulated_user_stops_at_the_last_click() -> None:
    steps = _simulate(lambda *_: NOTHING.astype(np.float32), max_clicks=7)

    assert len(steps) == 7
    assert len({step.click for step in steps}) == 7
    assert [step.num_contradicted for step in steps] == [1, 2, 3, 4, 5, 6, 7]


def test_object_without_labelled_pixels_has_no_step() -> None:
    steps = simulate(
        TRUTH,
        TRUTH,
        Recorder(0.0),
        CropZoom(),
        score=iou,
        threshold=0.5,
        max_clicks=5,
    )

    assert list(steps) == []


def test_mask_is_what_exceeds_the_threshold_strictly() -> None:
    half: Prob = TRUTH * np.float32(0.5)

    at_half = _simulate(lambda *_: half, max_clicks=1, threshold=0.5)
    below = _simulate(lambda *_: half, max_clicks=1, threshold=0.49)

    assert (at_half[0].iou, below[0].iou) == (0.0, 1.0)


def test_total_time_contains_the_network_time() -> None:
    steps = _simulate(Recorder(0.0), max_clicks=3)

    assert all(0 <= step.network_seconds <= step.seconds for step in steps)


def test_another_annotator_can_take_the_place_of_the_careful_one() -> None:
    choose = partial(random_inner_click, rng=np.random.default_rng(5))

    steps = list(
        simulate(
            TRUTH,
            NOTHING,
            Recorder(0.0),
            CropZoom(),
            score=iou,
            threshold=0.5,
            max_clicks=3,
            choose=choose,
        )
    )

    assert steps[0].click != _simulate(Recorder(0.0), max_clicks=1)[0].click
    assert all(TRUTH[step.click.row, step.click.col] for step in steps)


def test_contradicted_clicks_are_those_whose_pixel_says_the_opposite() -> None:
    clicks = (Click(5, 7, True), Click(5, 8, False), Click(0, 0, True))

    assert num_contradicted(clicks, TRUTH) == 2
    assert num_contradicted((), TRUTH) == 0


def _simulate(
    predict: Predict, *, max_clicks: int, threshold: float = 0.5
) -> list[Step]:
    """Steps of the careful annotator on ``TRUTH``."""
    return list(
        simulate(
            TRUTH,
            NOTHING,
            predict,
            CropZoom(),
            score=iou,
            threshold=threshold,
            max_clicks=max_clicks,
        )
    )


class Recorder:
    """A model that says the same everywhere on ``TRUTH`` and records calls."""

    def __init__(self, value: float) -> None:
        self.answer: Prob = np.where(TRUTH, value, 0).astype(np.float32)
        self.calls: list[tuple[tuple[Click, ...], Prob | None, View]] = []

    def __call__(
        self, clicks: tuple[Click, ...], prev_prob: Prob | None, view: View
    ) -> Prob:
        self.calls.append((clicks, prev_prob, view))
        return self.answer
