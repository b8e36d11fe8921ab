"""Training clicks: where they may lie, how many there are, and corrections."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage

from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.clicks.sampler import SamplerSettings, correction, initial_clicks

shapes = st.tuples(st.integers(1, 24), st.integers(1, 24))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[BoolMask], BoolMask, BoolMask]:
    """Disjoint parts of a target, other objects, and void pixels, of one shape."""
    ids = draw(arrays(np.int8, draw(shapes), elements=st.integers(0, 4)))
    ids = np.kron(ids, np.ones((draw(st.integers(1, 4)),) * 2, np.int8))
    parts = [
        ids == i for i in range(1, 1 + draw(st.integers(1, 2))) if (ids == i).any()
    ]
    return parts or [np.ones_like(ids, bool)], ids == 3, ids == 4


@given(scene=scenes(), seed=st.integers(0, 999))
@settings(max_examples=60)
def test_clicks_lie_on_their_side_and_never_on_void(
    scene: tuple[list[BoolMask], BoolMask, BoolMask], seed: int
) -> None:
    """Acceptance (16)."""
    parts, others, void = scene
    truth = np.logical_or.reduce(parts)

    clicks = _clicks(parts, others, void, seed)

    assert (truth & ~void).any() <= sum(c.is_positive for c in clicks) <= 26
    assert sum(not click.is_positive for click in clicks) <= 24
    for click in clicks:
        assert truth[click.row, click.col] == click.is_positive
        assert not void[click.row, click.col]


@pytest.mark.parametrize(
    ("gamma", "positives", "negatives"), [(0.8, 4.89, 3.91), (0.7, 3.33, 2.33)]
)
def test_numbers_of_clicks_are_the_published_ones(
    gamma: float, positives: float, negatives: float
) -> None:
    """Acceptance (16): one object, means within four standard errors."""
    truth = _square(20, 6, 14)
    none = np.zeros_like(truth)
    counts = np.array(
        [
            _signs(_clicks([truth], none, none, seed, gamma=gamma))
            for seed in range(1500)
        ]
    )

    error = 4 * counts.std(0) / np.sqrt(len(counts))
    assert abs(counts.mean(0) - (positives, negatives)) == pytest.approx(
        0, abs=error.max()
    )
    assert counts.max(0).tolist() <= [24, 24]


@pytest.mark.parametrize(
    ("gamma", "positives", "negatives"), [(0.8, 4.89, 3.91), (0.7, 3.33, 2.33)]
)
def test_the_published_means_follow_from_the_rule(
    gamma: float, positives: float, negatives: float
) -> None:
    """P(k) proportional to gamma^k: 1 + k, k <= 23, and k <= 24."""
    means = []
    for largest in (23, 24):
        k = np.arange(largest + 1)
        means.append((k * gamma**k).sum() / (gamma**k).sum())

    assert means[0] + 1 == pytest.approx(positives, abs=0.01)
    assert means[1] == pytest.approx(negatives, abs=0.01)


def test_first_click_lies_near_the_middle() -> None:
    """Deeper than max / 1.7, of the eroded or of the whole mask."""
    truth, void = _square(40, 4, 36), np.zeros((40, 40), bool)
    depth = _depth(truth)

    firsts = [_clicks([truth], void, void, seed)[0] for seed in range(200)]

    assert min(depth[c.row, c.col] for c in firsts) > depth.max() / 1.7
    rows = [c.row for c in firsts]
    assert min(rows) < 16
    assert max(rows) > 23


def test_further_clicks_keep_off_the_rim_nine_times_out_of_ten() -> None:
    truth, void = _square(40, 4, 36), np.zeros((40, 40), bool)
    depth = _depth(truth)

    on_rim = []
    for seed in range(400):
        more = [c for c in _clicks([truth], void, void, seed)[1:] if c.is_positive]
        if more:
            on_rim.append(any(depth[c.row, c.col] <= 3 for c in more))

    assert 0.01 < np.mean(on_rim) < 0.1


@pytest.mark.parametrize(
    ("has_others", "shares"),
    [(True, (0.5, 0.4, 0.1)), (False, (0.5, 0.0, 0.5))],
    ids=["others", "no others"],
)
def test_negatives_come_from_ring_others_and_anywhere(
    has_others: bool, shares: tuple[float, float, float]
) -> None:
    """Section 5; the ring is ceil(.1 sqrt(area)) wide."""
    truth, others = _square(60, 20, 40), _square(60, 52, 58) & has_others
    void = np.zeros_like(truth)
    kernel = np.ones((3, 3), bool)
    ring = ndimage.binary_dilation(truth, kernel, iterations=2) & ~truth

    spots = [
        (click.row, click.col)
        for seed in range(800)
        for click in _clicks([truth], others, void, seed)
        if not click.is_positive
    ]

    error = 4 * 0.5 / len(spots) ** 0.5
    for region, share in zip((ring, others), shares, strict=False):
        expected = share + shares[2] * region.sum() / (~truth).sum()
        found = np.mean([region[spot] for spot in spots])
        assert found == pytest.approx(expected, abs=error)


def test_a_merged_target_gets_a_first_click_on_each_part() -> None:
    left, right = _square(30, 2, 10), _square(30, 18, 28)
    none = np.zeros_like(left)

    for seed in range(50):
        clicks = _clicks([left, right], none, none, seed)
        assert left[clicks[0].row, clicks[0].col]
        assert right[clicks[1].row, clicks[1].col]


@pytest.mark.parametrize("area", [1, 2], ids=["one pixel", "two pixels"])
def test_tiny_objects_are_clicked(area: int) -> None:
    truth = np.zeros((9, 9), bool)
    truth.flat[:area] = True
    none = np.zeros_like(truth)

    for seed in range(30):
        clicks = _clicks([truth], none, none, seed)
        assert clicks[0].is_positive
        assert all(truth[c.row, c.col] == c.is_positive for c in clicks)


def test_an_object_that_fills_the_image_gets_no_negative_click() -> None:
    truth = np.ones((8, 8), bool)

    for seed in range(30):
        clicks = _clicks([truth], ~truth, ~truth, seed)
        assert clicks
        assert all(click.is_positive for click in clicks)


def test_an_object_without_label_gets_no_click() -> None:
    truth = _square(9, 2, 6)

    clicks = _clicks([truth], ~truth & False, np.ones_like(truth), 0)

    assert clicks == []


def test_single_clicks_are_as_frequent_as_asked() -> None:
    truth, none = _square(20, 6, 14), np.zeros((20, 20), bool)
    alone = [
        len(_clicks([truth], none, none, seed, single_click=0.85, gamma=0.9)) == 1
        for seed in range(400)
    ]

    assert np.mean(alone) == pytest.approx(0.85, abs=0.08)


@given(
    truth=arrays(np.bool_, (9, 7)),
    void=arrays(np.bool_, (9, 7)),
    seed=st.integers(0, 999),
)
@settings(max_examples=60)
def test_a_correction_lies_in_the_deeper_error_and_has_its_sign(
    truth: BoolMask, void: BoolMask, seed: int
) -> None:
    """Section 5: FN = p < .49, FP = p > .49; ties are negative; inner half."""
    rng = np.random.default_rng(seed)
    prob = rng.choice([0.0, 0.485, 0.49, 0.495, 1.0], truth.shape).astype(np.float32)
    at = np.float32(0.49)

    click = correction(prob, truth, void, rng)

    missed = _depth(truth & (prob < at) & ~void)
    spilled = _depth(~truth & (prob > at) & ~void)
    if max(missed.max(), spilled.max()) == 0:
        assert click is None
        return
    assert click is not None
    assert click.is_positive == (missed.max() > spilled.max())
    depth = missed if click.is_positive else spilled
    assert depth[click.row, click.col] > depth.max() / 2


def test_corrections_cover_the_inner_half_of_a_large_error() -> None:
    truth, none = _square(40, 4, 36), np.zeros((40, 40), bool)
    depth = _depth(truth)

    found = set()
    for seed in range(300):
        rng = np.random.default_rng(seed)
        click = correction(np.zeros((40, 40), np.float32), truth, none, rng)
        assert click is not None
        found.add(depth[click.row, click.col])

    assert min(found) == 9  # the deepest pixels lie 16 from the border
    assert max(found) == 16


def _clicks(
    parts: list[BoolMask],
    others: BoolMask,
    void: BoolMask,
    seed: int,
    **changes: float,
) -> list[Click]:
    rng = np.random.default_rng(seed)
    return initial_clicks(parts, others, void, rng, SamplerSettings(**changes))


def _signs(clicks: list[Click]) -> tuple[int, int]:
    positives = sum(click.is_positive for click in clicks)
    return positives, len(clicks) - positives


def _square(side: int, start: int, stop: int) -> BoolMask:
    mask = np.zeros((side, side), bool)
    mask[start:stop, start:stop] = True
    return mask


def _depth(region: BoolMask) -> NDArray[np.float64]:
    """Exact distance to the region's border; the image border counts."""
    padded: NDArray[np.float64] = ndimage.distance_transform_edt(np.pad(region, 1))
    return padded[1:-1, 1:-1]


def test_the_same_error_gives_the_same_click_wherever_it_lies_in_memory() -> None:
    """OpenCV's distances differ in their last bit with the address of the picture."""
    rows, cols = np.mgrid[:64, :64]
    truth = ((rows - 28.8) / 16) ** 2 + ((cols - 38.4) / 12.8) ** 2 < 1
    void, prob = np.zeros_like(truth), np.zeros(truth.shape, np.float32)

    clicks = set()
    for number in range(200):
        _elsewhere = [bytearray(17 * number + size) for size in range(number % 9)]
        clicks.add(correction(prob, truth, void, np.random.default_rng(3)))

    assert len(clicks) == 1
