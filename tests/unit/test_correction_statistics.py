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
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.clicks.sampler import correction
from gpcis_backend.mmseg_plugin.build import model_settings
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from regions import box, clicks_per_pixel, deeper, even
from tiny_models import sample

_SHAPE = (20, 24)
_SIDE = 16


@pytest.mark.parametrize("is_positive", [True, False], ids=["missed", "spilled"])
def test_corrections_are_uniform_over_the_inner_half(is_positive: bool) -> None:
    """{dt > max(dt) / 2} of the deeper error; the image border is a border."""
    deep, shallow = _corner(), box(_SHAPE, slice(15, 19), slice(16, 22))
    rng, none = np.random.default_rng(0), np.zeros(_SHAPE, bool)
    truth, wrong = (deep, shallow) if is_positive else (shallow, deep)
    prob = np.where(wrong, 0.6, 0.4).astype(np.float32)

    clicks = [correction(prob, truth, none, rng) for _ in range(3000)]

    made = [click for click in clicks if click is not None]
    assert len(made) == 3000
    assert {click.is_positive for click in made} == {is_positive}
    assert_follows(clicks_per_pixel(made, _SHAPE), even(deeper(deep, 2)))


@pytest.mark.parametrize("order", ["predict_first", "click_first"])
def test_a_batch_gets_none_to_three_corrections_equally_often(
    order: str, root: Path
) -> None:
    """J is uniform in {0, 1, 2, 3}, once for the whole batch, in the paper's config."""
    settings = model_settings(root / "mmseg_configs" / "gpcis_r50.py")
    default = signature(ClickSegmentor).parameters["corrections"].default
    shares = np.array(settings.get("corrections", default), dtype=float)
    model = _Undecided(shares / shares.sum(), order)

    rounds = [_rounds_of(model, 2 * batch) for batch in range(1000)]

    assert_follows(np.bincount(rounds, minlength=4), np.full(4, 0.25))


def _rounds_of(model: "_Undecided", index: int) -> int:
    """Predictions before the training pass; every image gets as many clicks."""
    samples = [sample(_SIDE, [], index=index + i) for i in range(2)]
    model.calls = 0

    prev = ClickSegmentor._correct(
        cast(Any, model), torch.zeros(2, 3, _SIDE, _SIDE), samples
    )

    assert [len(s.metainfo["clicks"]) for s in samples] == [model.calls] * 2
    assert (prev == (0.5 if model.calls else 0)).all()
    return model.calls


class _Undecided:
    """Stands in for a segmentor: everything is object and background alike."""

    def __init__(self, corrections: Any, click_order: str) -> None:  # noqa: ANN401
        self.corrections, self.click_order = corrections, click_order
        self.decode_head, self.calls = SimpleNamespace(noise_var=1e-2), 0

    def click_logits(self, inputs: Tensor, *_: object, noise_var: float) -> Tensor:
        assert noise_var == 1e-2
        self.calls += 1
        return torch.zeros(len(inputs), 1, _SIDE, _SIDE)

    def train(self) -> None: ...

    def eval(self) -> None: ...


def _corner() -> BoolMask:
    """An L in the corner of the image."""
    return box(_SHAPE, slice(0, 13), slice(0, 9)) | box(
        _SHAPE, slice(0, 8), slice(0, 17)
    )
