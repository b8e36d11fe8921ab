"""The closer look at what a click changed."""

import numpy as np
import pytest

from gpcis_backend.clicks.click import BoolMask, Click, Prob
from gpcis_backend.clicks.focus import closer_view, mixed
from gpcis_backend.clicks.geometry import Crop, View, whole_image
from gpcis_backend.clicks.rollout import RolloutState, advance
from gpcis_backend.clicks.zoom import CropZoom, ZoomFlip

SHAPE = (200, 300)
WHOLE = View(whole_image(*SHAPE), 64, 64)


def test_a_small_change_is_seen_closer() -> None:
    before, after = _disc(100, 150, 60), _disc(100, 150, 60)
    after[90:110, 205:225] = 1  # what the click added
    click = Click(100, 215, True)

    view = closer_view(before, after, click, WHOLE, 0.5)

    assert view is not None
    assert (view.height, view.width) == (64, 64)
    assert view.crop.contains(click)
    assert max(view.crop.height, view.crop.width) == pytest.approx(0.25 * 300, abs=1)


def test_the_closer_view_holds_the_whole_change() -> None:
    before, after = _disc(100, 60, 30), _disc(100, 60, 30)
    after[20:120, 150:170] = 1

    view = closer_view(before, after, Click(30, 160, True), WHOLE, 0.5)

    assert view is not None
    assert view.crop.top == 0
    assert view.crop.height >= 120
    assert view.crop.contains(Click(119, 169, True))


def test_the_closer_view_stays_inside_the_wide_one() -> None:
    """Of a flat object a square would be coarser than the wide view's rows."""
    before = np.zeros(SHAPE, np.float32)
    before[100:104, 20:280] = 1
    after = before.copy()
    after[100:104, 200:230] = 0
    flat = View(Crop(96, 0, 11, 300), 64, 64)

    view = closer_view(before, after, Click(102, 215, False), flat, 0.5)

    assert view is not None
    assert (view.crop.top, view.crop.height) == (96, 11)
    assert view.crop.width < 100


def test_only_the_change_under_the_click_counts() -> None:
    before = _disc(100, 150, 60)
    after = before.copy()
    after[10:14, 10:14] = 1  # under the click
    after[150:190, 240:299] = 1  # somewhere else

    view = closer_view(before, after, Click(12, 12, True), WHOLE, 0.5)

    assert view is not None
    assert not view.crop.contains(Click(170, 270, True))


def test_a_click_that_changed_nothing_is_looked_at_itself() -> None:
    mask = _disc(100, 150, 60)

    view = closer_view(mask, mask, Click(100, 150, True), WHOLE, 0.5)

    assert view is not None
    assert view.crop.contains(Click(100, 150, True))


@pytest.mark.parametrize(
    ("before", "click", "view"),
    [
        (None, Click(100, 150, True), WHOLE),  # no mask yet
        (np.zeros(SHAPE, np.float32), Click(100, 150, True), WHOLE),  # all is new
        (
            np.zeros(SHAPE, np.float32),
            Click(5, 5, False),
            View(Crop(50, 50, 60, 60), 64, 64),
        ),  # out of sight
    ],
)
def test_without_a_small_change_in_sight_one_look_is_enough(
    before: Prob | None, click: Click, view: View
) -> None:
    after = np.ones(SHAPE, np.float32)

    assert closer_view(before, after, click, view, 0.5) is None


def test_looks_are_mixed_without_a_seam() -> None:
    crop = Crop(40, 0, 80, 120)

    found = mixed(_full(0.0), _full(1.0), crop, WHOLE.crop)

    assert found[80, 60] == 1
    assert found[80, 0] == 1  # at the image's own side
    assert found[39].max() == found[40].max() == 0
    assert 0 < found[45, 60] < 1
    assert (found[:, 120:] == 0).all()
    assert np.abs(np.diff(found[:, 60])).max() < 0.2


def test_a_mixture_obeys_what_both_looks_obey() -> None:
    rng = np.random.default_rng(0)
    wide, closer = (rng.random(SHAPE, dtype=np.float32) for _ in range(2))

    found = mixed(wide, closer, Crop(30, 50, 90, 70), WHOLE.crop)

    both: BoolMask = (wide > 0.5) & (closer > 0.5)
    neither: BoolMask = (wide <= 0.5) & (closer <= 0.5)
    assert (found[both] > 0.5).all()
    assert (found[neither] <= 0.5).all()


@pytest.mark.parametrize(
    ("policy", "looks"),
    [(CropZoom(64), 1), (CropZoom(64, with_focus=True), 2), (ZoomFlip(64), 1)],
)
def test_a_rollout_looks_closer_only_with_focus(
    policy: CropZoom | ZoomFlip, looks: int
) -> None:
    seen: list[tuple[View, Prob | None]] = []
    mask = _disc(100, 150, 90)

    def predict(_: tuple[Click, ...], prev: Prob | None, view: View) -> Prob:
        seen.append((view, prev))
        return mask * np.float32(0.75)

    before = RolloutState(prob=mask)
    state = advance(before, Click(20, 20, True), predict, policy, *SHAPE)

    assert len(seen) == looks
    assert state.view == seen[0][0]  # the wide one
    if looks == 2:
        (wide, prev), (closer, given) = seen
        assert prev is before.prob
        assert closer.crop.height < wide.crop.height
        assert given is not None
        assert given[100, 150] == 0.75  # the wide look's mask


def test_a_late_click_is_seen_once_and_larger() -> None:
    seen: list[int] = []
    mask = _disc(100, 150, 90)

    def predict(_: tuple[Click, ...], __: Prob | None, view: View) -> Prob:
        seen.append(view.height)
        return mask * np.float32(0.75)

    state = RolloutState(prob=mask)
    zoom = CropZoom(64, with_focus=True, late_size=96)
    for col in range(20, 25):
        state = advance(state, Click(20, col, True), predict, zoom, *SHAPE)

    assert seen == [64] * 8 + [96]


def test_late_clicks_lose_the_focus_at_the_same_size_too() -> None:
    zoom, mask = CropZoom(64, with_focus=True, late_size=64), _disc(100, 150, 90)

    looks = [
        zoom.closer(mask, mask, (Click(20, 20, True),) * count, WHOLE) is not None
        for count in (4, 5)
    ]

    assert looks == [True, False]


def _disc(row: int, col: int, radius: int) -> Prob:
    rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
    inside = (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
    disc: Prob = inside.astype(np.float32)
    return disc


def _full(value: float) -> Prob:
    return np.full(SHAPE, value, np.float32)
