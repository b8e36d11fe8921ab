"""Predict, click, repeat: what a list of clicks means.

The mask of a click list is the end of the rollout over it: predict after clicks 1..n,
each time with the soft mask and the view of the step before.  Serving advances along
the user's clicks; validation and evaluation let ``simulate`` make them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

import numpy as np

from gpcis_backend.clicks.click import BoolMask, Click, Prob
from gpcis_backend.clicks.focus import mixed
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.simulator import ChooseClick, next_click
from gpcis_backend.clicks.zoom import ZoomPolicy

Predict: TypeAlias = Callable[[tuple[Click, ...], Prob | None, View], Prob]
Score: TypeAlias = Callable[[BoolMask, BoolMask, BoolMask], float]


@dataclass(frozen=True, slots=True)
class RolloutState:
    """All that the next step needs; start with ``RolloutState()``.

    Args:
        clicks: Made so far, in order.
        prob: Soft mask after them; before the first click None, or the mask that the
            user brought along.  (H, W)
        view: Where the network looked; None before the first click.
    """

    clicks: tuple[Click, ...] = ()
    prob: Prob | None = None
    view: View | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One click of a simulated annotator and what came of it.

    Args:
        click: The click.
        state: After it.
        prob: Soft mask after it.  (H, W)
        iou: Score of the mask after it.
        num_contradicted: Clicks so far that the mask contradicts at their own pixel.
        network_seconds: Inside the predictor.
        seconds: In total: choosing the click, predicting, scoring.
    """

    click: Click
    state: RolloutState
    prob: Prob
    iou: float
    num_contradicted: int
    network_seconds: float
    seconds: float


def advance(
    state: RolloutState,
    click: Click,
    predict: Predict,
    policy: ZoomPolicy,
    height: int,
    width: int,
) -> RolloutState:
    """The state after one more click: choose the view, predict with the soft mask.

    The policy may ask for a second, closer look at a part.

    Args:
        state: Of the step before.
        click: The new click, inside the image.
        predict: Called with all clicks, the soft mask of the step before and the view.
        policy: Chooses the view.
        height: Rows of the image.
        width: Columns of the image.
    """
    clicks = (*state.clicks, click)
    view = policy.view(height, width, clicks, state.prob, state.view)
    prob = predict(clicks, state.prob, view)
    closer = policy.closer(state.prob, prob, clicks, view)
    if closer is not None:
        prob = mixed(prob, predict(clicks, prob, closer), closer.crop, view.crop)
    return RolloutState(clicks, prob, view)


def simulate(
    truth: BoolMask,
    void: BoolMask,
    predict: Predict,
    policy: ZoomPolicy,
    *,
    score: Score,
    threshold: float,
    max_clicks: int,
    choose: ChooseClick = next_click,
) -> Iterator[Step]:
    """Yield the steps of an annotator who starts from an empty mask.

    No IoU ends the loop.  It ends after ``max_clicks``, or earlier when ``choose``
    finds nothing left to correct; the IoU then stays what it is, so a curve shorter
    than ``max_clicks`` is meant to be held constant at its last value.  An object
    without any labelled pixel yields no step at all.

    Args:
        truth: The object.  (H, W)
        void: Pixels without a label.  (H, W)
        predict: The model, bound to the image.
        policy: Chooses the view of each step.
        score: ``metrics.iou``, called with mask, truth and void.
        threshold: A pixel belongs to the mask if its probability is above this.
        max_clicks: At most so many steps.
        choose: The annotator.
    """
    state, taken, pred = RolloutState(), np.zeros_like(truth), np.zeros_like(truth)
    for _ in range(max_clicks):
        start = perf_counter()
        click = choose(truth, pred, void=void, taken=taken)
        if click is None:
            return
        taken[click.row, click.col] = True
        before = perf_counter()
        state = advance(state, click, predict, policy, *truth.shape)
        network_seconds = perf_counter() - before
        assert state.prob is not None
        pred = state.prob > threshold
        iou, wrong = score(pred, truth, void), num_contradicted(state.clicks, pred)
        seconds = perf_counter() - start
        yield Step(click, state, state.prob, iou, wrong, network_seconds, seconds)


def num_contradicted(clicks: tuple[Click, ...], mask: BoolMask) -> int:
    """How many clicks lie on a pixel of ``mask`` that says the opposite.  (H, W)."""
    return sum(
        bool(mask[click.row, click.col]) != click.is_positive for click in clicks
    )
