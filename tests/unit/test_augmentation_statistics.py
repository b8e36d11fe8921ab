"""Targets, crops, mirrors and colours follow the distributions of method.md section 5.

Crops and mirrors are read off a picture whose colours are coordinates; a right sampler
fails a test here once in a million (``chance``).
"""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS
from numpy.typing import NDArray
from scipy import stats

import gpcis_backend.mmseg_plugin  # noqa: F401  (registers the transforms)
from chance import (
    SIGMAS,
    assert_continuous,
    assert_follows,
    assert_mean,
    assert_share,
)

Array = NDArray[np.float64]

_HEIGHT, _WIDTH, _SIDE = 40, 56, 32
_MANY = 4000


@pytest.fixture(scope="module")
def windows() -> Array:
    """Of each crop: ratio, place in 0..1 and mirror of rows, then of columns."""
    rng, crop = np.random.default_rng(0), _transform("CropObject")
    return np.array([_window(crop, rng) for _ in range(_MANY)])  # (S, 2, 3)


@pytest.fixture(scope="module")
def colours() -> Array:
    """Of each picture: slope, offset and the channels' changes."""
    rng = np.random.default_rng(0)
    return np.array([_colour_change(rng) for _ in range(_MANY)])  # (S, 5)


def test_ratios_of_crops_are_truncated_normal(windows: Array) -> None:
    """Normal(.8, .4) cut to [.3, 1.3], in both directions."""
    normal = stats.truncnorm(-0.5 / 0.4, 0.5 / 0.4, loc=0.8, scale=0.4)

    assert_mean(windows[:, :, 0], 0.8)
    for axis in range(2):
        assert_continuous(windows[:, axis, 0], normal)


@pytest.mark.parametrize("is_padded", [False, True], ids=["inside", "padded"])
@pytest.mark.parametrize("axis", [0, 1], ids=["rows", "columns"])
def test_places_of_crops_are_uniform(
    windows: Array, axis: int, is_padded: bool
) -> None:
    """The release's crops all reach the right border."""
    ratio, place, _ = windows[:, axis].T

    assert_continuous(place[(ratio > 1) == is_padded], stats.uniform())


def test_rows_and_columns_are_cropped_apart(windows: Array) -> None:
    for column in range(3):
        together = np.corrcoef(windows[:, 0, column], windows[:, 1, column])[0, 1]
        assert abs(together) < SIGMAS / _MANY**0.5


def test_mirrors_are_as_frequent_as_stated(windows: Array) -> None:
    """Vertical .3, horizontal .3, apart from each other."""
    down, across = windows[:, 0, 2] > 0, windows[:, 1, 2] > 0

    counts = np.bincount(2 * down + across, minlength=4)

    assert_share(down, 0.3)
    assert_share(across, 0.3)
    assert_follows(counts, (0.7 * 0.7, 0.7 * 0.3, 0.3 * 0.7, 0.3 * 0.3))


def test_each_mirror_has_its_own_probability() -> None:
    rng = np.random.default_rng(0)
    crop = _transform("CropObject", horizontal_flip=0.0, vertical_flip=1.0)

    found = {tuple(_window(crop, rng)[:, 2]) for _ in range(20)}

    assert found == {(1.0, 0.0)}


def test_targets_are_uniform_and_unions_as_frequent_as_stated() -> None:
    """One object, or two with probability .15; every one as often as any other."""
    ids = _four_objects()
    rng, times = np.random.default_rng(0), 8000

    drawn = Counter(tuple(sorted(_targets(ids, rng))) for _ in range(times))

    single, union = [drawn[(i,)] for i in range(1, 5)], []
    for i in range(1, 5):
        union += [drawn[(i, j)] for j in range(i + 1, 5)]
    assert sum(single) + sum(union) == times
    assert_follows(single + union, [0.85 / 4] * 4 + [0.15 / 6] * 6)


def test_a_lone_object_is_never_a_union() -> None:
    rng, ids = np.random.default_rng(0), np.where(_four_objects() == 1, 1, 0)

    targets = [_targets(ids, rng) for _ in range(200)]

    assert targets == [[1]] * 200


def test_colours_change_in_three_of_four_pictures(colours: Array) -> None:
    """Brightness with contrast, and RGB: p = .75 each, apart from each other."""
    is_graded, is_shifted = _changes(colours)

    counts = np.bincount(2 * is_graded + is_shifted, minlength=4)

    assert_follows(counts, (1 / 16, 3 / 16, 3 / 16, 9 / 16))


def test_contrast_and_brightness_are_uniform(colours: Array) -> None:
    """Contrast -.15 .. +.4, brightness +-.25 of the full range."""
    is_graded, is_shifted = _changes(colours)
    slope, offset, *_ = colours.T

    assert_continuous(slope[is_graded] - 1, stats.uniform(-0.15, 0.55))
    plain = offset[is_graded & ~is_shifted]
    assert_continuous(plain / 255, stats.uniform(-0.25, 0.5))


def test_shifts_are_uniform_in_each_channel(colours: Array) -> None:
    """+-10, rounded down to -10 .. 9; the channels shift apart."""
    is_graded, is_shifted = _changes(colours)

    shifts = colours[~is_graded & is_shifted, 2:].astype(int)  # (S, 3)

    for channel in shifts.T:
        assert_follows(np.bincount(channel + 10, minlength=20), np.full(20, 1 / 20))
    together = np.corrcoef(shifts.T)[np.triu_indices(3, 1)]
    assert (np.abs(together) < SIGMAS / len(shifts) ** 0.5).all()


def _transform(name: str, **settings: float) -> BaseTransform:
    """The step of the training pipeline with this registered name."""
    transform: BaseTransform = TRANSFORMS.build({"type": name, **settings})
    return transform


def _window(crop: BaseTransform, rng: np.random.Generator) -> Array:
    """Ratio, place and mirror of one crop, for rows and columns.  (2, 3)."""
    rows, cols = np.indices((_HEIGHT, _WIDTH), dtype=np.float32)
    results: dict[str, Any] = {
        "image": np.stack([rows, cols, np.ones_like(rows)], -1),
        "ids": _stripes(),
        "target": [1],
        "rng": rng,
        "size": _SIDE,
    }
    out = crop.transform(results)
    assert out is not None
    found = []
    for axis, length in enumerate((_HEIGHT, _WIDTH)):
        first, last = _ends(out["image"], axis)
        ratio = (abs(last - first) + 1) / length
        slack = length - 1 - abs(last - first)
        place = min(first, last) / slack
        found.append((ratio, place, float(first > last)))
    return np.array(found)


def _ends(image: NDArray[np.float32], axis: int) -> tuple[float, float]:
    """Coordinates under the square's first and last pixel, outside the picture too."""
    inside = image[..., 2] > 0.999
    spots = np.argwhere(inside)[:, axis]
    slope, start = np.polyfit(spots, image[..., axis][inside], 1)
    return float(start), float(start + slope * (_SIDE - 1))


def _stripes() -> NDArray[np.uint8]:
    """Half of every crop is target."""
    ids = np.zeros((_HEIGHT, _WIDTH), np.uint8)
    ids[:, np.arange(_WIDTH) % 4 < 2] = 1
    return ids


def _four_objects() -> NDArray[np.uint8]:
    ids = np.zeros((50, 50), np.uint8)
    for number, (top, left) in enumerate(((2, 2), (2, 26), (26, 2), (26, 26)), start=1):
        ids[top : top + 12, left : left + 12 + number] = number
    return ids


def _targets(ids: NDArray[np.uint8], rng: np.random.Generator) -> list[int]:
    out = _transform("SampleObject").transform({"ids": ids, "rng": rng})
    assert out is not None
    targets: list[int] = out["target"]
    return targets


def _colour_change(rng: np.random.Generator) -> tuple[float, ...]:
    """Slope and offset of the first channel; change of each channel of grey 128."""
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, -1)
    out = _transform("JitterColours").transform({"image": ramp, "rng": rng})["image"][0]
    inner = np.flatnonzero((out[:, 0] > 0) & (out[:, 0] < 255))
    slope, offset = np.polyfit(inner, out[inner, 0] + 0.5, 1)  # values are floored
    return float(slope), float(offset), *(out[128].astype(float) - 128)


def _changes(colours: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether brightness and contrast changed, and whether the channels drifted apart.

    Three shifts that round down to the same number pass for none: one in 400.
    """
    slope, shifts = colours[:, 0], colours[:, 2:]
    is_graded = (np.abs(slope - 1) > 1e-3) | (np.abs(shifts + 0.5) > 10).any(1)
    return is_graded, np.ptp(shifts, axis=1) > 0
