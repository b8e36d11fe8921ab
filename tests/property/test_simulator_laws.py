"""The annotator against an obviously right one, which measures every distance."""

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.clicks.simulator import next_click, random_inner_click

sides = st.integers(1, 7)
shapes = st.tuples(sides, sides)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[BoolMask, BoolMask, BoolMask, BoolMask]:
    """Truth, prediction, void and taken pixels of one shape."""
    shape = draw(shapes)
    truth, pred, void, taken = (draw(arrays(np.bool_, shape)) for _ in range(4))
    return truth, pred, void & draw(st.booleans()), taken & draw(st.booleans())


@given(scene=scenes())
def test_next_click_is_the_one_that_measuring_every_distance_gives(
    scene: tuple[BoolMask, BoolMask, BoolMask, BoolMask],
) -> None:
    truth, pred, void, taken = scene

    click = next_click(truth, pred, void=void, taken=taken)

    assert click == _slow_click(truth, pred, void, taken)


@given(scene=scenes(), seed=st.integers(0, 99))
def test_random_click_lies_on_a_wrong_free_pixel_and_has_its_sign(
    scene: tuple[BoolMask, BoolMask, BoolMask, BoolMask], seed: int
) -> None:
    truth, pred, void, taken = scene
    rng = np.random.default_rng(seed)

    click = random_inner_click(truth, pred, void=void, taken=taken, rng=rng)

    centre = next_click(truth, pred, void=void, taken=taken)
    assert (click is None) == (centre is None)
    if click and centre:
        here = click.row, click.col
        assert click.is_positive == centre.is_positive == bool(truth[here])
        assert pred[here] != truth[here]
        assert not void[here]
        assert not taken[here]


def _slow_click(
    truth: BoolMask, pred: BoolMask, void: BoolMask, taken: BoolMask
) -> Click | None:
    """The rule as method.md states it, pixel by pixel."""
    missed = _slow_depth(truth & ~pred & ~void, taken)
    spilled = _slow_depth(pred & ~truth & ~void, taken)
    is_positive = max(missed.values()) > max(spilled.values())
    depth = missed if is_positive else spilled
    row, col = max(depth, key=lambda pixel: depth[pixel])  # the first maximum
    return Click(row, col, is_positive) if depth[row, col] > 0 else None


def _slow_depth(region: BoolMask, taken: BoolMask) -> dict[tuple[int, int], float]:
    """Distance of every pixel to the nearest one off the region or off the image."""
    height, width = region.shape
    around = itertools.product(range(-1, height + 1), range(-1, width + 1))
    off = [p for p in around if not _inside(p, region)]
    return {
        pixel: 0.0 if taken[pixel] else min(math.dist(pixel, other) for other in off)
        for pixel in itertools.product(range(height), range(width))
    }


def _inside(pixel: tuple[int, int], region: BoolMask) -> bool:
    row, col = pixel
    height, width = region.shape
    return 0 <= row < height and 0 <= col < width and bool(region[row, col])
