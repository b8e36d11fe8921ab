"""Laws that every view of both protocols obeys."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.clicks.click import Click
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.zoom import ZoomPolicy, policy

sides = st.integers(1, 60)
policies = st.sampled_from([policy("crop", 32), policy("zoom-flip", 40)])


@given(zoom=policies, height=sides, width=sides, seed=st.integers(0, 999))
def test_every_view_lies_in_the_image_and_holds_the_object_and_its_clicks(
    zoom: ZoomPolicy, height: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    clicks: tuple[Click, ...] = ()
    held: View | None = None
    prob = None

    for _ in range(4):
        clicks = (*clicks, _random_click(rng, height, width))
        view = zoom.view(height, width, clicks, prob, held)
        _check_inside(view, height, width)
        assert all(view.crop.contains(c) for c in clicks if c.is_positive)
        held = view
        prob = _random_object(rng, height, width)


@given(height=sides, width=sides, seed=st.integers(0, 999))
def test_crop_view_contains_the_whole_previous_mask(
    height: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    prob = _random_object(rng, height, width)
    clicks = (_random_click(rng, height, width),)

    view = policy("crop").view(height, width, clicks, prob, None)

    assert view.crop.cut(prob > 0.49).sum() == (prob > 0.49).sum()


def _check_inside(view: View, height: int, width: int) -> None:
    assert view.crop.top >= 0
    assert view.crop.left >= 0
    assert 1 <= view.crop.height <= height - view.crop.top
    assert 1 <= view.crop.width <= width - view.crop.left
    assert min(view.height, view.width) >= 1


def _random_click(rng: np.random.Generator, height: int, width: int) -> Click:
    row, col = int(rng.integers(height)), int(rng.integers(width))
    return Click(row, col, bool(rng.random() < 0.6))


def _random_object(
    rng: np.random.Generator, height: int, width: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A rectangle of certain pixels, sometimes empty."""
    prob = np.zeros((height, width), dtype=np.float32)
    top, bottom = sorted(rng.integers(0, height + 1, 2))
    left, right = sorted(rng.integers(0, width + 1, 2))
    prob[top:bottom, left:right] = 1
    return prob
