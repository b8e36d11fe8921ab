"""Padded clicks: whole pixels, one click a spot, disks, the authors' layout."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.maps import click_maps

Row = tuple[float, float, float]
places = st.floats(0, 12, allow_nan=False, width=16)
rows = st.lists(
    st.tuples(places, places, st.sampled_from([1.0, -1.0])), min_size=0, max_size=6
)


def test_a_disk_has_81_pixels() -> None:
    """Acceptance (15)."""
    maps = click_maps(_batch([(10, 12, 1)]), 24, 26)

    assert maps.sum((2, 3)).tolist() == [[81, 0]]
    spots = torch.nonzero(maps[0, 0]) - torch.tensor([10, 12])
    assert spots.square().sum(1).max() == 25


@given(images=st.lists(rows, min_size=1, max_size=3))
@settings(max_examples=25)
def test_scattered_disks_equal_measured_distances(images: list[list[Row]]) -> None:
    """Acceptance (15): clipped by the image, overlapping, both signs, padding."""
    clicks = ClickBatch.from_rows(images, "cpu").on_pixels(11, 9)

    maps = click_maps(clicks, 11, 9)

    assert torch.equal(maps, _slow_maps(clicks, 11, 9))


def test_padding_draws_nothing() -> None:
    clicks = _batch([(3, 3, 1), (6, 6, -1)], [])

    maps = click_maps(clicks.on_pixels(8, 8), 8, 8)

    assert not maps[1].any()
    assert click_maps(_batch([], []), 8, 8).shape == (2, 2, 8, 8)


@pytest.mark.parametrize(
    ("place", "pixel"),
    [
        pytest.param((2.4, 6.6), (2, 7), id="nearest"),
        pytest.param((-3.0, 4.0), (0, 4), id="above"),
        pytest.param((9.6, 99.0), (9, 11), id="below right"),
    ],
)
def test_coordinates_are_rounded_and_stay_inside(
    place: tuple[float, float], pixel: tuple[float, float]
) -> None:
    """Section 2: nearest, clamped; the release truncates."""
    spots = _batch([(*place, 1)]).on_pixels(10, 12)

    assert tuple(spots.coords[0, 0].tolist()) == pixel


@pytest.mark.parametrize(
    ("clicks", "kept"),
    [
        pytest.param([(4, 4, 1), (4, 4, -1)], [1], id="same pixel, last wins"),
        pytest.param([(4, 4, 1), (4, 4.9, -1)], [1], id="less than a pixel"),
        pytest.param([(4, 4, 1), (4, 5, -1)], [0, 1], id="one pixel"),
        pytest.param([(4, 4, -1), (9, 9, 1), (4, 4, 1)], [1, 2], id="others stay"),
        pytest.param([(4, 4, 1), (4, 4.8, 1), (4, 5.6, 1)], [2], id="each replaces"),
        pytest.param([(3.6, 3.6, 1), (4.4, 4.4, -1)], [1], id="diagonal, same pixel"),
        pytest.param([(1.5, 4, 1), (2.5, 4, -1)], [1], id="halves, same pixel"),
        pytest.param([(-4, 3, 1), (-9, 3, -1)], [1], id="clamped to the same pixel"),
    ],
)
def test_of_clicks_on_one_spot_the_last_counts(
    clicks: list[Row], kept: list[int]
) -> None:
    """Rule 5."""
    spots = _batch(clicks).on_pixels(12, 12)

    assert torch.nonzero(spots.valid[0]).flatten().tolist() == kept


@given(images=st.lists(rows, min_size=1, max_size=3))
@settings(max_examples=25)
def test_whole_pixels_hold_one_click_each_and_the_newest_stays(
    images: list[list[Row]],
) -> None:
    clicks = ClickBatch.from_rows(images, "cpu")

    spots = clicks.on_pixels(13, 13)

    for image, given_rows in enumerate(images):
        keep = spots.valid[image]
        pixels = [tuple(p) for p in spots.coords[image][keep].tolist()]
        assert len(set(pixels)) == len(pixels)
        assert spots.valid[image].any() == bool(given_rows)
        if given_rows:
            assert spots.order[image].max() == len(given_rows) - 1
            assert spots.label[image, len(given_rows) - 1] == given_rows[-1][2]
        assert not spots.coords[image][~keep].any()
        assert (spots.order[image][~keep] == -1).all()
    again = spots.on_pixels(13, 13)
    assert torch.equal(again.label, spots.label)
    assert torch.equal(again.coords, spots.coords)


@given(images=st.lists(rows, min_size=1, max_size=3))
@settings(max_examples=25)
def test_the_authors_layout_is_kept_there_and_back(images: list[list[Row]]) -> None:
    clicks = ClickBatch.from_rows(images, "cpu")

    packed = clicks.to_signed_slots(slots=6)
    back = ClickBatch.from_signed_slots(packed)

    assert packed.shape == (len(images), 12, 3)
    for image in range(len(images)):
        assert _in_order(back, image) == _in_order(clicks, image)
        assert (packed[image, :6, 2] >= 0).sum() == (clicks.label[image] == 1).sum()
    assert torch.equal(back.to_signed_slots(6), packed)


def test_the_authors_layout_of_two_clicks() -> None:
    packed = _batch([(5, 6, -1), (7, 8, 1)]).to_signed_slots(slots=2)

    empty = [-1.0, -1.0, -1.0]
    assert packed[0].tolist() == [[7, 8, 1], empty, [5, 6, 0], empty]


def test_the_authors_order_100_stays_newest() -> None:
    packed = torch.full((1, 4, 3), -1.0)
    packed[0, 0] = torch.tensor([3.0, 4.0, 0.0])
    packed[0, 2] = torch.tensor([3.0, 4.0, 100.0])

    spots = ClickBatch.from_signed_slots(packed).on_pixels(9, 9)

    assert spots.label.tolist() == [[0, 0, -1, 0]]


def test_too_many_clicks_of_one_sign_are_refused() -> None:
    clicks = _batch([(float(i), 0, 1) for i in range(3)])

    with pytest.raises(ValueError, match="3 clicks, but 2 slots a sign"):
        clicks.to_signed_slots(slots=2)


def _batch(*images: list[Row]) -> ClickBatch:
    return ClickBatch.from_rows(images, "cpu")


def _in_order(clicks: ClickBatch, image: int) -> list[tuple[float, ...]]:
    """(order, row, col, label) of the valid clicks, oldest first."""
    keep = clicks.valid[image]
    parts = (clicks.order[image], *clicks.coords[image].T, clicks.label[image])
    return sorted(zip(*(part[keep].tolist() for part in parts), strict=True))


def _slow_maps(clicks: ClickBatch, height: int, width: int) -> Tensor:
    """Every pixel against every click."""
    grid = np.moveaxis(np.indices((height, width)), 0, -1)
    maps = torch.zeros(len(clicks), 2, height, width)
    for image in range(len(clicks)):
        for slot in torch.nonzero(clicks.valid[image]).flatten().tolist():
            gap = grid - clicks.coords[image, slot].numpy()
            near = torch.from_numpy((gap**2).sum(-1) <= 25)
            maps[image, int(clicks.label[image, slot] < 0)][near] = 1
    return maps
