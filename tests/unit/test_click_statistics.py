"""Training clicks follow the distributions of method.md section 5, pixel by pixel.

Every share is a closed form; every test has a chance of one in a million to fail for a
sampler that is right (``chance``).
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from chance import (
    SIGMAS,
    assert_follows,
    assert_mean,
    assert_share,
    truncated_geometric,
)
from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.clicks.sampler import SamplerSettings, initial_clicks
from regions import Shares, box, clicks_per_pixel, deeper, even

_SHAPE = (26, 26)
_MANY = 5000


@pytest.fixture(scope="module")
def drawn() -> list[list[Click]]:
    """Initial clicks on an L-shaped object beside another one."""
    return _draw([_ell()], _other(), _MANY)


@pytest.mark.parametrize(
    ("gamma", "positives", "negatives"), [(0.8, 4.89, 3.91), (0.7, 3.33, 2.33)]
)
def test_numbers_of_clicks_are_truncated_geometric(
    gamma: float, positives: float, negatives: float
) -> None:
    """1 + k positives, k in 0..23; k negatives, k in 0..24; apart from each other."""
    clicks = _draw([_ell()], _other(), 2500, gamma=gamma)

    found = np.array([_signs(some) for some in clicks])

    for column, first, largest in ((0, 1, 23), (1, 0, 24)):
        shares = truncated_geometric(gamma, largest)
        assert_follows(_tally(found[:, column] - first, largest), shares)
    assert_mean(found[:, 0], positives)
    assert_mean(found[:, 1], negatives)
    together = np.corrcoef(found.T)[0, 1]
    assert abs(together) < SIGMAS / len(found) ** 0.5


def test_the_first_click_is_uniform_over_the_middle(drawn: list[list[Click]]) -> None:
    """{dt > max(dt) / 1.7} of the eroded mask (.9) or of the whole mask (.1)."""
    shares = 0.9 * _middle(_eroded(_ell())) + 0.1 * _middle(_ell())

    assert_follows(_spots([clicks[0] for clicks in drawn]), shares)


def test_further_clicks_are_uniform_over_the_same_mask(
    drawn: list[list[Click]],
) -> None:
    """It is eroded once for all clicks of an object, with probability .9."""
    ell, inner = _ell(), _eroded(_ell())
    seconds = [c[1] for c in drawn if _signs(c)[0] > 1]
    pairs = [c[1:3] for c in drawn if _signs(c)[0] > 2]

    assert_follows(_spots(seconds), 0.9 * even(inner) + 0.1 * even(ell))
    rim = np.count_nonzero(ell & ~inner) / np.count_nonzero(ell)
    on_rim = [sum(not inner[c.row, c.col] for c in pair) for pair in pairs]
    two, one = 0.1 * rim**2, 0.2 * rim * (1 - rim)
    assert_follows(_tally(on_rim, 2), (1 - one - two, one, two))


@pytest.mark.parametrize(
    ("size", "left"), [((8, 11), 10), ((7, 17), 11)], ids=["ten left", "eleven left"]
)
def test_a_thin_object_is_not_eroded_down_to_ten_pixels(
    size: tuple[int, int], left: int
) -> None:
    """Unless 10 px or fewer remain."""
    bar = _rectangle(2, 2 + size[0], 3, 3 + size[1])
    inner = _eroded(bar)
    assert np.count_nonzero(inner) == left

    seconds = [c[1] for c in _draw([bar], _none(), 1500) if _signs(c)[0] > 1]

    share = 0.0 if left == 10 else 0.9
    assert_follows(_spots(seconds), share * even(inner) + (1 - share) * even(bar))


def test_negatives_lie_outside_on_others_and_on_the_ring(
    drawn: list[list[Click]],
) -> None:
    """Shares .1, .4 and .5, for each click anew."""
    truth, other = _ell(), _other()

    spots = _spots([c for clicks in drawn for c in clicks if not c.is_positive])

    ring = _ring(truth)
    assert_follows(spots, 0.1 * even(~truth) + 0.4 * even(other) + 0.5 * even(ring))


@pytest.mark.parametrize("side", [9, 10, 11], ids=["81 px", "100 px", "121 px"])
def test_without_others_their_share_goes_anywhere(side: int) -> None:
    """.5 anywhere, .5 on the ring, ceil(.1 sqrt(area)) wide: 1, 1 and 2 pixels."""
    truth = _rectangle(5, 5 + side, 6, 6 + side)
    clicks = _draw([truth], _none(), 1500)

    spots = _spots([c for some in clicks for c in some if not c.is_positive])

    ring = _ring(truth)
    assert np.count_nonzero(ring) == (side + (4 if side > 10 else 2)) ** 2 - side**2
    assert_follows(spots, 0.5 * even(~truth) + 0.5 * even(ring))


def test_a_negative_whose_region_is_empty_is_left_out() -> None:
    """With the ring void, the half of them; no other region takes their place."""
    truth, rng = _ell(), np.random.default_rng(3)
    void = _ring(truth)

    found = [
        _signs(initial_clicks([truth], _none(), void, rng, SamplerSettings()))[1]
        for _ in range(1500)
    ]

    full, anywhere = _mean(truncated_geometric(0.8, 24)), ~truth & ~void
    assert anywhere.any()
    assert_mean(found, full / 2)


def test_each_part_of_a_merged_target_has_its_own_first_click() -> None:
    """Then k in 0..24 more, each on a random part, however small."""
    ell, square = _ell(), _rectangle(14, 24, 1, 11)
    clicks = [
        [c for c in some if c.is_positive]
        for some in _draw([ell, square], _none(), 2500)
    ]

    for number, part in enumerate((ell, square)):
        firsts = [some[number] for some in clicks]
        shares = 0.9 * _middle(_eroded(part)) + 0.1 * _middle(part)
        assert_follows(_spots(firsts), shares)
    more = [len(some) - 2 for some in clicks]
    assert_follows(_tally(more, 24), truncated_geometric(0.8, 24))
    assert_share([ell[c.row, c.col] for some in clicks for c in some[2:]], 0.5)


def test_a_merged_target_gets_up_to_24_more_positives() -> None:
    """A single one up to 23; with a ratio of 1 every number is as likely."""
    both = [_rectangle(2, 6, 2, 6), _rectangle(9, 14, 9, 14)]
    for parts, firsts, largest in ((both, 2, 24), (both[:1], 1, 23)):
        clicks = _draw(parts, _none(), 400, gamma=1.0)

        more = [_signs(some)[0] - firsts for some in clicks]

        assert_follows(_tally(more, largest), np.full(largest + 1, 1 / (largest + 1)))
        assert max(more) == largest  # (24/25)^400 is below one in a million


def _draw(
    parts: list[BoolMask], others: BoolMask, times: int, gamma: float = 0.8
) -> list[list[Click]]:
    rng, settings = np.random.default_rng(1), SamplerSettings(gamma=gamma)
    return [initial_clicks(parts, others, _none(), rng, settings) for _ in range(times)]


def _signs(clicks: list[Click]) -> tuple[int, int]:
    """Numbers of positives, which come first, and of negatives."""
    signs = [click.is_positive for click in clicks]
    assert signs == sorted(signs, reverse=True)
    return sum(signs), len(signs) - sum(signs)


def _mean(shares: Shares) -> float:
    return float(np.arange(len(shares)) @ shares)


def _tally(values: list[int] | NDArray[np.int64], largest: int) -> NDArray[np.int64]:
    """How often 0 .. largest occur; nothing else may."""
    counts = np.bincount(values, minlength=largest + 1)
    assert len(counts) == largest + 1
    return counts


def _spots(clicks: list[Click]) -> NDArray[np.int64]:
    return clicks_per_pixel(clicks, _SHAPE)


def _middle(region: BoolMask) -> Shares:
    """Uniform over the pixels deeper than max / 1.7."""
    return even(deeper(region, 1.7))


def _eroded(region: BoolMask) -> BoolMask:
    """Three steps of a 3 x 3 square are one of 7 x 7."""
    inner: BoolMask = ndimage.minimum_filter(region, 7)
    return inner


def _ring(truth: BoolMask) -> BoolMask:
    """r steps of a 3 x 3 square reach r pixels far."""
    reach = int(np.ceil(0.1 * np.sqrt(truth.sum())))
    wide: BoolMask = ndimage.maximum_filter(truth, 2 * reach + 1)
    return wide & ~truth


def _none() -> BoolMask:
    return np.zeros(_SHAPE, bool)


def _rectangle(top: int, bottom: int, left: int, right: int) -> BoolMask:
    return box(_SHAPE, slice(top, bottom), slice(left, right))


def _ell() -> BoolMask:
    return _rectangle(2, 12, 2, 12) | _rectangle(4, 14, 9, 20)


def _other() -> BoolMask:
    """It touches the ring around the L."""
    return _rectangle(15, 20, 13, 21)
