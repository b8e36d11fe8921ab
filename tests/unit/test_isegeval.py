"""Our annotator and metrics against the PyPI package isegeval 0.1.0.

They agree on every case in which both are defined: IoU with ignored pixels, the next
click with its ties, borders, ignored and taken pixels, and NoC at its default target of
0.90 in 20 clicks.  Where they differ, each held by a test below:

1.  Both masks empty: ours is IoU 1, isegeval divides 0 by 0.
2.  Nothing left to correct: ours makes no click, isegeval a negative one on the first
    pixel, even where it was clicked before.
3.  ``isegeval.evaluate`` passes neither its threshold nor its budget on: NoC is read at
    0.90, and a miss counts as 20 clicks, whatever was asked for.
4.  isegeval stops at the target, so it has no IoU&k of runs that never stop.

isegeval also keeps curves in float32 and its truth as 1, 0, -1 in one array; neither
changes a number here.
"""

from typing import Protocol

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.clicks.simulator import next_click
from gpcis_backend.metrics import iou, number_of_clicks

isegeval = pytest.importorskip("isegeval", reason="pip install --no-deps isegeval")
isegeval_utils = pytest.importorskip("isegeval.utils")
isegeval_click = pytest.importorskip("isegeval.click.strategies")

Labels = NDArray[np.int64]  # 1 object, 0 background, -1 ignored

sides = st.integers(1, 12)
labels_of = st.tuples(sides, sides).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.sampled_from([-1, 0, 1]))
)
seeds = st.integers(0, 2**16)


@given(labels=labels_of, seed=seeds)
def test_iou_agrees_where_the_union_is_not_empty(labels: Labels, seed: int) -> None:
    pred = _random_mask(labels, seed)
    if not ((pred | (labels == 1)) & (labels != -1)).any():
        return

    ours = iou(pred, labels == 1, labels == -1)

    assert ours == isegeval_utils.get_iou(labels, pred)


@given(labels=labels_of, seed=seeds)
def test_clicks_agree_until_nothing_is_left_to_correct(
    labels: Labels, seed: int
) -> None:
    theirs = isegeval_click.GreatestErrorRegion(labels)
    taken = np.zeros(labels.shape, dtype=np.bool_)

    for step in range(5):
        pred = _random_mask(labels, seed + step)
        click = _ours(labels, pred, taken)
        if click is None:
            return
        taken[click.row, click.col] = True
        assert click == _as_click(theirs.click(pred))


@pytest.mark.parametrize("side", [2, 3, 40, 41])
def test_clicks_agree_on_blobs_of_real_size(side: int) -> None:
    rows, cols = np.mgrid[:120, :90]
    labels = ((rows - 50) ** 2 + (cols - 40) ** 2 < 900).astype(np.int64)
    labels[45:50] = -1
    pred = (abs(rows - 60) < side) & (abs(cols - 60) < side)

    theirs = isegeval_click.GreatestErrorRegion(labels).click(pred)

    assert _ours(labels, pred, np.zeros_like(pred)) == _as_click(theirs)


@given(
    curves=st.lists(
        st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20), min_size=1
    )
)
def test_number_of_clicks_agrees_at_the_default_target(
    curves: list[list[float]],
) -> None:
    theirs = isegeval_utils.compute_noc([np.array(curve) for curve in curves])

    assert number_of_clicks(curves, 0.90, 20) == theirs


def test_empty_union_is_a_number_here_only() -> None:
    nothing = np.zeros((2, 2), dtype=np.int64)

    with np.errstate(invalid="ignore"):
        theirs = isegeval_utils.get_iou(nothing, nothing)

    assert np.isnan(theirs)
    assert iou(nothing > 0, nothing > 0) == 1


def test_right_mask_is_clicked_by_isegeval_only() -> None:
    labels = np.ones((2, 2), dtype=np.int64)

    theirs = isegeval_click.GreatestErrorRegion(labels).click(labels > 0)

    assert _as_click(theirs) == Click(0, 0, is_positive=False)
    assert _ours(labels, labels > 0, labels > 1) is None


def test_isegeval_reads_its_number_at_its_defaults_whatever_is_asked() -> None:
    labels = np.zeros((10, 10), dtype=np.int64)
    labels[:, :5] = 1
    dataset = [(np.zeros((10, 10, 3), dtype=np.uint8), labels)]

    theirs = isegeval.evaluate(dataset, Almost(), threshold=0.85, max_clicks=3)

    assert theirs == 20  # the run ended at IoU 0.88 with the first click
    assert number_of_clicks([[0.88]], 0.85, 3) == 1


def _ours(labels: Labels, pred: BoolMask, taken: BoolMask) -> Click | None:
    return next_click(labels == 1, pred, void=labels == -1, taken=taken)


class TheirClick(Protocol):
    """A click of isegeval; its numbers come from numpy."""

    x: np.int64
    y: np.int64
    is_positive: np.bool_


def _as_click(theirs: TheirClick) -> Click:
    return Click(int(theirs.y), int(theirs.x), bool(theirs.is_positive))


def _random_mask(labels: Labels, seed: int) -> BoolMask:
    """A wrong mask of the same shape."""
    rng = np.random.default_rng(seed)
    return rng.random(labels.shape) < rng.uniform(0, 1)


class Almost:
    """A model, and its own factory, that misses six of fifty pixels."""

    def get_model(self, image: NDArray[np.uint8]) -> "Almost":
        return self

    def predict(self, click: object) -> Labels:
        mask = np.zeros((10, 10), dtype=np.int64)
        mask[:, :5] = 1
        mask[:6, 4] = 0
        return mask
