"""The simulated annotator: ties, borders, void and taken pixels."""

import numpy as np

from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.clicks.simulator import (
    border_distance,
    decile_click,
    next_click,
    random_inner_click,
)

NOTHING = np.zeros((9, 9), dtype=np.bool_)


def test_equally_deep_errors_give_the_negative_click() -> None:
    truth, pred = _square(1, 1), _square(5, 5)

    click = _next(truth, pred)

    assert click == Click(6, 6, is_positive=False)


def test_deeper_missed_region_gives_the_positive_click() -> None:
    truth, pred = _square(0, 0, side=5), _square(6, 6)

    click = _next(truth, pred)

    assert click == Click(2, 2, is_positive=True)


def test_first_of_equal_maxima_in_raster_order_is_clicked() -> None:
    truth = _square(0, 6) | _square(4, 0)

    click = _next(truth, NOTHING)

    assert click == Click(1, 7, is_positive=True)


def test_object_that_fills_the_image_is_clicked_at_its_centre() -> None:
    click = _next(~NOTHING, NOTHING)

    assert click == Click(4, 4, is_positive=True)


def test_no_pixel_is_clicked_twice() -> None:
    taken, clicks = NOTHING.copy(), []
    while click := next_click(_square(2, 2), NOTHING, void=NOTHING, taken=taken):
        taken[click.row, click.col] = True
        clicks.append(click)

    assert len(clicks) == len(set(clicks)) == 9


def test_void_pixels_are_neither_wrong_nor_clicked() -> None:
    void = _square(0, 0, side=5)

    click = next_click(~NOTHING, NOTHING, void=void, taken=NOTHING)

    assert click is not None
    assert not void[click.row, click.col]
    assert next_click(void, NOTHING, void=void, taken=NOTHING) is None
    assert next_click(NOTHING, void, void=void, taken=NOTHING) is None


def test_right_mask_needs_no_click() -> None:
    assert _next(_square(2, 2), _square(2, 2)) is None
    assert _random(_square(2, 2), _square(2, 2), seed=0) is None


def test_single_pixel_image_is_clicked_in_its_pixel() -> None:
    one = np.ones((1, 1), dtype=np.bool_)

    assert next_click(one, ~one, void=~one, taken=~one) == Click(0, 0, True)
    assert next_click(one, ~one, void=~one, taken=one) is None


def test_random_clicks_spread_evenly_over_the_inner_half() -> None:
    truth = _square(0, 0, side=9)
    depth = border_distance(truth)
    inner = depth > depth.max() / 2

    clicks = [_random(truth, NOTHING, seed) for seed in range(2000)]

    hits = np.zeros(truth.shape)
    for click in clicks:
        assert click is not None
        assert click.is_positive
        hits[click.row, click.col] += 1
    assert (hits[inner] > 0).all()
    assert (hits[~inner] == 0).all()
    assert np.ptp(hits[inner]) < 8 * np.sqrt(2000 / inner.sum())


def test_random_click_has_the_sign_of_the_centre_click() -> None:
    truth, pred = _square(0, 0), _square(4, 4, side=5)

    click = _random(truth, pred, seed=3)

    assert click is not None
    assert not click.is_positive
    assert pred[click.row, click.col]


def _square(top: int, left: int, side: int = 3) -> BoolMask:
    mask = NOTHING.copy()
    mask[top : top + side, left : left + side] = True
    return mask


def _next(truth: BoolMask, pred: BoolMask) -> Click | None:
    return next_click(truth, pred, void=NOTHING, taken=NOTHING)


def _random(truth: BoolMask, pred: BoolMask, seed: int) -> Click | None:
    rng = np.random.default_rng(seed)
    return random_inner_click(truth, pred, void=NOTHING, taken=NOTHING, rng=rng)


def test_deciles_of_the_click_map_hold_a_tenth_of_its_mass_each() -> None:
    truth = np.zeros((7, 9), dtype=np.bool_)
    truth[1:6, 2:6] = True
    depth = border_distance(truth)
    hits = np.zeros(truth.shape)

    for decile in range(1, 11):
        rng = np.random.default_rng(decile)
        for _ in range(400):
            click = _decile(truth, rng, decile)
            hits[click.row, click.col] += 1

    share = depth / depth.sum()
    error = 5 * np.sqrt(share * (1 - share) / hits.sum())
    assert (np.abs(hits / hits.sum() - share) <= error).all()


def test_first_decile_is_shallow_and_the_last_deep() -> None:
    truth = np.ones((21, 21), dtype=np.bool_)
    depth = border_distance(truth)
    rng = np.random.default_rng(0)

    first = [_decile(truth, rng, 1) for _ in range(50)]
    last = [_decile(truth, rng, 10) for _ in range(50)]

    shallow = max(depth[click.row, click.col] for click in first)
    deep = min(depth[click.row, click.col] for click in last)
    assert shallow < deep
    assert all(click.is_positive for click in (*first, *last))


def test_single_wrong_pixel_is_in_every_decile() -> None:
    truth = NOTHING.copy()
    truth[2, 3] = True

    clicks = {_decile(truth, np.random.default_rng(n), n) for n in range(1, 11)}

    assert clicks == {Click(2, 3, is_positive=True)}


def test_nothing_wrong_gives_no_decile_click() -> None:
    rng = np.random.default_rng(0)

    click = decile_click(
        NOTHING, NOTHING, void=NOTHING, taken=NOTHING, rng=rng, decile=1
    )

    assert click is None


def _decile(truth: BoolMask, rng: np.random.Generator, decile: int) -> Click:
    nothing = np.zeros_like(truth)
    click = decile_click(
        truth, nothing, void=nothing, taken=nothing, rng=rng, decile=decile
    )
    assert click is not None
    return click
