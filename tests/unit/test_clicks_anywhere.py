"""A share of the training clicks may lie anywhere in their region: their distribution.

A right sampler fails a test here once in a million (``chance``).
"""

import numpy as np
import pytest

from chance import assert_follows
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.clicks.sampler import SamplerSettings, correction, initial_clicks
from regions import Shares, box, clicks_per_pixel, depth, even

_SHAPE = (16, 18)
_REGION = box(_SHAPE, slice(3, 13), slice(2, 14))
_NONE = np.zeros(_SHAPE, bool)


@pytest.mark.parametrize("anywhere", [0.0, 0.4, 1.0])
def test_corrections_mix_the_inner_half_with_the_whole(anywhere: float) -> None:
    rng, prob = np.random.default_rng(0), np.zeros(_SHAPE, np.float32)

    clicks = [
        correction(prob, _REGION, _NONE, rng, anywhere=anywhere) for _ in range(3000)
    ]

    made = [click for click in clicks if click is not None]
    assert_follows(clicks_per_pixel(made, _SHAPE), _mixed(_REGION, 2, anywhere))


@pytest.mark.parametrize("anywhere", [0.0, 0.4, 1.0])
def test_first_clicks_mix_the_middle_with_the_whole(anywhere: float) -> None:
    """Of a region too small to be eroded."""
    rng, region = np.random.default_rng(1), box(_SHAPE, slice(3, 8), slice(2, 8))
    settings = SamplerSettings(single_click=1.0, anywhere=anywhere)

    clicks = [
        initial_clicks([region], _NONE, _NONE, rng, settings)[0] for _ in range(3000)
    ]

    assert_follows(clicks_per_pixel(clicks, _SHAPE), _mixed(region, 1.7, anywhere))


def test_without_a_share_no_number_is_drawn_for_it() -> None:
    """Streams of samples stay what they were."""
    left, right = np.random.default_rng(2), np.random.default_rng(2)
    settings = SamplerSettings(single_click=1.0)

    initial_clicks([_REGION], _NONE, _NONE, left, settings)

    right.random()  # eroded or not
    inner = depth(box(_SHAPE, slice(6, 10), slice(5, 11)))
    right.choice(np.count_nonzero(inner > inner.max() / 1.7))
    right.random()  # a single click or not
    assert left.random() == right.random()


def _mixed(region: BoolMask, divisor: float, anywhere: float) -> Shares:
    """Chance of each pixel."""
    deep = depth(region)
    shares: Shares = (1 - anywhere) * even(deep > deep.max() / divisor)
    return shares + anywhere * even(region)
