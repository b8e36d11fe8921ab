"""Corrections during training: where they fall, and how many a batch gets.

Method.md section 5; a right sampler fails a test here once in a million (``chance``).
"""

from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from chance import assert_follows
from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.clicks.sampler import correction
from gpcis_backend.mmseg_plugin.build import model_settings
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from regions import box, clicks_per_pixel, deeper, even
from tiny_models import sample

_SHAPE = (20, 24)
_SIDE = 16


@pytest.mark.parametrize("side", [12, 14], ids=["6 deep", "7 deep"])
@pytest.mark.parametrize("is_positive", [True, False], ids=["missed", "spilled"])
def test_corrections_are_uniform_over_the_inner_half(
    is_positive: bool, side: int
) -> None:
    """{dt > max(dt) / 2} of the deeper error; the image border is a border."""
    deep, shallow = _corner(side), box(_SHAPE, slice(15, 19), slice(16, 22))
    rng, none = np.random.default_rng(0), np.zeros(_SHAPE, bool)
    truth, wrong = (deep, shallow) if is_positive else (shallow, deep)
    prob = np.where(wrong, 0.6, 0.4).astype(np.float32)

    clicks = [correction(prob, truth, none, rng) for _ in range(1500)]

    made = [click for click in clicks if click is not None]
    assert len(made) == 1500
    assert {click.is_positive for click in made} == {is_positive}
    assert_follows(clicks_per_pixel(made, _SHAPE), even(deeper(deep, 2)))


@pytest.mark.parametrize("order", ["predict_first", "click_first"])
def test_a_batch_gets_none_to_three_corrections_equally_often(
    order: str, root: Path
) -> None:
    """J is uniform in {0, 1, 2, 3}, once for the whole batch, in the paper's config."""
    settings = model_settings(root / "mmseg_configs" / "gpcis_r50.py")
    default = signature(ClickSegmentor).parameters["corrections"].default
    assert list(default) == [0.25] * 4
    shares = np.array(settings.get("corrections", default), dtype=float)
    model = _Undecided(shares / shares.sum(), order)

    rounds = [_rounds_of(model, 2 * batch) for batch in range(600)]

    assert_follows(np.bincount(rounds, minlength=4), np.full(4, 0.25))


@pytest.mark.parametrize(
    ("order", "clicks"), [("predict_first", [0, 1, 2]), ("click_first", [1, 2, 3])]
)
def test_predictions_see_the_clicks_that_their_order_says(
    order: str, clicks: list[int]
) -> None:
    """Release: the mask lags one click, as at test time.  Paper: it does not."""
    model = _Undecided(np.array([0.0, 0.0, 0.0, 1.0]), order)

    assert _rounds_of(model, 0) == 3

    assert model.seen == [(clicks[0], 0.0), (clicks[1], 0.5), (clicks[2], 0.5)]


def test_pixels_without_a_label_are_never_corrected() -> None:
    """Section 5: they belong to neither kind of error; here nothing else is wrong."""
    packed = sample(_SIDE, [])  # a square, and a corner without label
    label = packed.gt_sem_seg.data
    model = _Undecided(np.array([0.0, 1.0]), "predict_first")
    model.logits = torch.where(label == 0, -5.0, 5.0)[None]

    ClickSegmentor._correct(cast(Any, model), torch.zeros(1, 3, _SIDE, _SIDE), [packed])

    assert len(model.seen) == 1
    assert packed.metainfo["clicks"] == []


def _rounds_of(model: "_Undecided", index: int) -> int:
    """Predictions before the training pass; every image gets as many clicks."""
    samples = [sample(_SIDE, [], index=index + i) for i in range(2)]
    model.seen = []

    prev = ClickSegmentor._correct(
        cast(Any, model), torch.zeros(2, 3, _SIDE, _SIDE), samples
    )

    assert [len(s.metainfo["clicks"]) for s in samples] == [len(model.seen)] * 2
    assert (prev == (0.5 if model.seen else 0)).all()
    return len(model.seen)


class _Undecided:
    """Stands in for a segmentor: everything is object and background alike."""

    def __init__(self, corrections: Any, click_order: str) -> None:  # noqa: ANN401
        self.corrections, self.click_order = corrections, click_order
        self.anywhere = 0.0
        self.decode_head = SimpleNamespace(noise_var=1e-2)
        self.logits = torch.zeros(1, 1, _SIDE, _SIDE)
        self.seen: list[tuple[int, float]] = []  # clicks an image, previous mask

    _counts = ClickSegmentor._counts

    def click_logits(
        self,
        inputs: Tensor,
        prev: Tensor,
        clicks: ClickBatch,
        *,
        noise_var: float,
        start: None,
    ) -> Tensor:
        assert noise_var == 1e-2
        self.seen.append((int(clicks.valid[0].sum()), prev.mean().item()))
        return self.logits.expand(len(inputs), -1, -1, -1)

    def train(self) -> None: ...

    def eval(self) -> None: ...


def _corner(side: int) -> BoolMask:
    """A square in the corner of the image."""
    return box(_SHAPE, slice(0, side), slice(0, side))
