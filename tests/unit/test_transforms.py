"""Training transforms: what moves together, what survives, what is uniform."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage, stats

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.click import Click
from gpcis_backend.clicks.geometry import Crop, View
from gpcis_backend.data.pictures import VOID_ID
from gpcis_backend.mmseg_plugin.stepping import view_prob
from gpcis_backend.mmseg_plugin.targets import MaskTarget, SampleObject
from gpcis_backend.mmseg_plugin.transforms import (
    CropObject,
    JitterColours,
    PackClicks,
    SampleClicks,
    _free_window,
    _target_window,
)

_HEIGHT, _WIDTH = 150, 200
seeds = st.integers(0, 10**6)
few = settings(max_examples=25)


@given(seed=seeds, target_crop=st.sampled_from([0.0, 1.0]))
@few
def test_ids_stay_under_their_pixels(seed: int, target_crop: float) -> None:
    """Acceptance (15): crop, resize, mirror and turn move picture and ids alike."""
    ids = _blocks(seed)
    crop = CropObject(target_crop, turn=0.5, horizontal_flip=0.5, vertical_flip=0.5)

    out = crop.transform(_results(seed, ids))

    rows, cols, inside = np.moveaxis(out["image"].astype(int), -1, 0)
    flat = ndimage.maximum_filter(ids, 5) == ndimage.minimum_filter(ids, 5)
    rows, cols = rows.clip(0, _HEIGHT - 1), cols.clip(0, _WIDTH - 1)
    sure = (inside == 255) & flat[rows, cols]
    assert np.array_equal(out["ids"][sure], ids[rows, cols][sure])
    assert sure.mean() > 0.05


@given(seed=seeds, target_crop=st.sampled_from([0.0, 1.0]))
@few
def test_no_new_ids_appear(seed: int, target_crop: float) -> None:
    """Acceptance (17): nearest neighbour; the release blends ids."""
    ids = _blocks(seed)

    out = CropObject(target_crop, turn=1.0).transform(_results(seed, ids))

    assert set(np.unique(out["ids"])) <= {0, *np.unique(ids)}


@given(
    height=st.integers(2, 90),
    width=st.integers(2, 90),
    size=st.integers(2, 120),
    seed=seeds,
)
@few
def test_a_click_stays_on_its_pixel_in_every_view(
    height: int, width: int, size: int, seed: int
) -> None:
    """Acceptance (15): crop, resize and mirror of the prediction's zoom."""
    rng = np.random.default_rng(seed)
    top, left = rng.integers(0, height), rng.integers(0, width)
    bottom, right = rng.integers(top, height), rng.integers(left, width)
    crop = Crop(int(top), int(left), int(bottom - top + 1), int(right - left + 1))
    row, col = rng.integers(top, bottom + 1), rng.integers(left, right + 1)
    clicks = (Click(int(row), int(col), True),)
    view = View(crop, size, size, with_flip=True)
    spy = _Spy()

    view_prob(spy, _ramps(height, width), clicks, None, view)  # type: ignore[arg-type]

    spots = spy.clicks.on_pixels(size, size)
    wanted = torch.tensor([clicks[0].row, clicks[0].col])
    for picture, (r, c) in zip(spy.inputs, spots.coords[:, 0].long(), strict=True):
        seen = picture[:2, r, c]
        step = torch.tensor([crop.height, crop.width]).sub(1).div(size - 1)
        one_pixel = torch.tensor([crop.height, crop.width]) == 1
        limit = torch.where(one_pixel, 0.0, step / 2) + 1e-3
        assert ((seen - wanted).abs() <= limit).all()


def test_crops_are_uniform_in_position() -> None:
    """Acceptance (17): every release crop reached the right border."""
    rng = np.random.default_rng(0)
    full = np.array([_WIDTH, _HEIGHT], float)
    windows = [_free_window((_HEIGHT, _WIDTH), rng) for _ in range(1500)]
    centres, spans = (np.array(parts) for parts in zip(*windows, strict=True))

    ratios = spans / full
    slack = np.abs(full - spans)
    places = (centres - (full - 1) / 2) / slack + 0.5

    assert ratios.min() >= 0.3
    assert ratios.max() <= 1.3
    normal = stats.truncnorm(-0.5 / 0.4, 0.5 / 0.4, loc=0.8, scale=0.4)
    for axis in range(2):
        assert stats.kstest(places[:, axis], "uniform").pvalue > 1e-3
        assert stats.kstest(ratios[:, axis], normal.cdf).pvalue > 1e-3
        larger = ratios[:, axis] > 1  # position of the padding
        assert stats.kstest(places[larger, axis], "uniform").pvalue > 1e-3
    independence = stats.spearmanr(places[:, 0], places[:, 1])
    assert abs(independence.statistic) < 0.1


def test_corners_of_the_window_become_corners_of_the_square() -> None:
    """As ``align_corners=True``: the centres of the outer pixels."""
    crop = CropObject(turn=0, horizontal_flip=0, vertical_flip=0)
    centre, span = np.array([30.0, 20.0]), np.array([41.0, 11.0])

    matrix = crop._matrix(centre, span, 96, np.random.default_rng(0))

    low, high = ([*(centre + sign * (span - 1) / 2), 1] for sign in (-1, 1))
    assert matrix @ low == pytest.approx([0, 0])
    assert matrix @ high == pytest.approx([95, 95])


@given(seed=seeds)
@few
def test_target_crops_hold_the_whole_target(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((_HEIGHT, _WIDTH), bool)
    (top, bottom), (left, right) = (
        sorted(rng.choice(n, 2, replace=False)) for n in mask.shape
    )
    mask[top : bottom + 1, left : right + 1] = True

    centre, span = _target_window(mask, rng, (1.15, 2.4))

    low, high = centre - (span - 1) / 2, centre + (span - 1) / 2
    assert (low >= -1e-9).all()
    assert (high <= np.array([_WIDTH, _HEIGHT]) - 1 + 1e-9).all()
    assert (low <= np.array([left, top]) + 1e-9).all()
    assert (high >= np.array([right, bottom]) - 1e-9).all()


def test_a_window_smaller_than_the_target_cuts_it_anywhere() -> None:
    """Half of the target's sides: its centre moves over the whole target."""
    is_target = np.zeros((200, 200), bool)
    is_target[60:140, 60:140] = True
    centres = []

    for seed in range(200):
        centre, span = _target_window(
            is_target, np.random.default_rng(seed), (0.5, 0.5)
        )
        centres.append(centre)
        assert span == pytest.approx((41, 41))

    low, high = np.min(centres, 0), np.max(centres, 0)
    assert ((low >= 79) & (low < 83)).all()  # the window's edge at the target's
    assert ((high <= 120) & (high > 116)).all()


@pytest.mark.parametrize(("corrections", "share"), [(0, 0.2), (1, 0.9), (3, 0.9)])
def test_samples_that_will_be_corrected_have_crops_of_their_own(
    corrections: int, share: float
) -> None:
    """As at test time, where the zoom begins with the second click."""
    ids = np.zeros((_HEIGHT, _WIDTH), np.uint8)
    ids[70:80, 100:110] = 1
    crop = CropObject(0.2, corrected_crop=0.9, expansion=(1.5, 1.5))
    zoomed = 0

    for seed in range(300):
        given_results = {**_results(seed, ids), "corrections": corrections}
        zoomed += np.mean(crop.transform(given_results)["ids"] == 1) > 0.3

    assert zoomed / 300 == pytest.approx(share, abs=0.08)


def test_corrected_samples_sometimes_show_a_part_of_the_target_only() -> None:
    """As the closer look at a correction does at test time."""
    ids = np.zeros((_HEIGHT, _WIDTH), np.uint8)
    ids[40:120, 60:140] = 1
    crop = CropObject(1.0, expansion=(1.5, 1.5), part_crop=0.4, part_expansion=(0.5, 1))
    shares = {
        corrections: np.mean(
            [
                (crop.transform({**_results(seed, ids), **number})["ids"] == 1).all()
                for seed in range(300)
            ]
        )
        for corrections in (0, 2)
        for number in ({"corrections": corrections},)
    }

    assert shares[0] == 0
    assert shares[2] == pytest.approx(0.4, abs=0.08)


def test_colours_change_within_focalclicks_bounds() -> None:
    """Section 5: brightness +-.25, contrast -.15..+.4, RGB shift +-10, p = .75 each."""
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, -1)
    same, slopes = 0, []
    for seed in range(300):
        out = JitterColours().transform(
            {"image": grey, "rng": np.random.default_rng(seed)}
        )["image"]
        same += np.array_equal(out, grey)
        lines = out[0].astype(float)
        inner = (lines > 0).all(1) & (lines < 255).all(1)
        slopes.append(np.polyfit(np.flatnonzero(inner), lines[inner, 0], 1)[0])
        change = lines - np.arange(256)[:, None]
        assert np.ptp(change[inner], axis=1).max() <= 21

    assert same / 300 == pytest.approx(1 / 16, abs=0.05)
    assert min(slopes) > 0.83
    assert max(slopes) < 1.42


def test_samples_are_a_function_of_their_seed() -> None:
    ids = _blocks(1)
    runs = [_pipeline().transform_all(_results(5, ids)) for _ in range(2)]
    other = _pipeline().transform_all(_results(6, ids))

    (first, second) = runs
    assert torch.equal(first["inputs"], second["inputs"])
    clicks = [run["data_samples"].metainfo["clicks"] for run in runs]
    assert clicks[0] == clicks[1]
    assert not torch.equal(first["inputs"], other["inputs"])


class _Spy:
    """Stands in for a segmentor and keeps what it is shown."""

    def __init__(self) -> None:
        self.data_preprocessor = self

    def parameters(self) -> Iterator[torch.Tensor]:
        return iter([torch.zeros(1)])

    def normalise(self, batch: torch.Tensor) -> torch.Tensor:
        return batch.float()

    def click_logits(
        self,
        inputs: torch.Tensor,
        prev: torch.Tensor,
        clicks: ClickBatch,
        *,
        noise_var: float | None = None,
    ) -> torch.Tensor:
        self.inputs, self.clicks = inputs, clicks
        return inputs[:, :1]


class _Pipeline:
    def __init__(self, *steps: Any) -> None:
        self.steps = steps

    def transform_all(self, results: dict[str, Any]) -> dict[str, Any]:
        for step in self.steps:
            results = step.transform(results)
            assert results is not None
        return results


def _pipeline(horizontal: float = 0.3, vertical: float = 0.3) -> _Pipeline:
    crop = CropObject(1.0, horizontal_flip=horizontal, vertical_flip=vertical)
    steps = (crop, MaskTarget("void"), JitterColours(), SampleClicks(), PackClicks())
    return _Pipeline(SampleObject(), *steps)


def _results(seed: int, ids: NDArray[np.uint8]) -> dict[str, Any]:
    return {
        "image": _ramps(*ids.shape),
        "ids": ids,
        "target": [1],
        "rng": np.random.default_rng(seed),
        "size": 96,
        "index": seed,
    }


def _ramps(height: int, width: int) -> NDArray[np.uint8]:
    """A picture whose colours are (row, col, 255).  (height, width, 3)."""
    rows, cols = np.indices((height, width))
    return np.stack([rows, cols, np.full_like(rows, 255)], -1).astype(np.uint8)


def _blocks(seed: int) -> NDArray[np.uint8]:
    """Ids 0..3 and void in blocks of 25 pixels, 1 among them."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0, 1, 2, 3, VOID_ID], (_HEIGHT // 25, _WIDTH // 25))
    coarse[2:4, 3:6] = 1
    return np.kron(coarse, np.ones((25, 25))).astype(np.uint8)
