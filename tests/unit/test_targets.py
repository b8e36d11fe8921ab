"""Which instances become the target, and what is masked around it."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from mmengine.config import Config
from numpy.typing import NDArray

from gpcis_backend.data.pictures import VOID_ID
from gpcis_backend.mmseg_plugin.targets import DropRagged, MaskTarget, SampleObject
from gpcis_backend.mmseg_plugin.transforms import CropObject


def test_ragged_and_tiny_instances_are_never_the_target() -> None:
    ids = _ragged_scene()
    chosen = {
        tuple(found["target"])
        for seed in range(30)
        if (found := SampleObject(least_fill=0.08).transform(_results(seed, ids)))
    }

    assert chosen == {(1,)}


def test_dropped_instances_are_background_for_good() -> None:
    """The paper's order: judged in the whole picture, before any crop."""
    ids = _ragged_scene()

    kept = DropRagged(0.08).transform(_results(0, ids))["ids"]

    assert set(np.unique(kept)) == {0, 1, 3, VOID_ID}
    assert np.array_equal(kept[ids != 2], ids[ids != 2])
    assert not kept[ids == 2].any()


def test_a_small_object_is_judged_after_the_crop() -> None:
    """Section 5: 80 pixels count after augmentation; a crop may enlarge or cut it."""
    ids = np.zeros((400, 400), np.uint8)
    ids[10:22, 10:22] = 1  # 144 pixels, and 59 once shrunk to 256
    results = {**_results(0, ids), "size": 256, "image": np.zeros((400, 400, 3), "u1")}

    found = [
        SampleObject().transform(CropObject().transform({**results, "rng": rng}))
        for rng in map(np.random.default_rng, range(200))
    ]

    assert SampleObject().transform(results) is not None
    assert 0 < sum(each is None for each in found) < 200


def test_unions_are_as_frequent_as_asked() -> None:
    ids = np.zeros((60, 60), np.uint8)
    ids[5:25, 5:25], ids[35:55, 35:55] = 1, 2

    sizes = []
    for seed in range(400):
        found = SampleObject(union=0.15).transform(_results(seed, ids))
        assert found is not None
        sizes.append(len(set(found["target"])))

    assert np.mean(np.array(sizes) == 2) == pytest.approx(0.15, abs=0.07)


@pytest.mark.parametrize("small_parts", ["background", "void"])
def test_small_components_leave_the_target_before_clicks_are_drawn(
    small_parts: Literal["background", "void"],
) -> None:
    """Section 5: less than 900 px at 256 x 256."""
    ids = np.zeros((256, 256), np.uint8)
    ids[10:60, 10:60] = 1
    ids[100:129, 100:131] = 1  # 899
    ids[200:230, 200:230] = 1  # 900
    ids[150:160, 150:160] = 2
    results = {**_results(0, ids), "target": [1]}

    found = MaskTarget(small_parts).transform(results)

    assert found is not None
    (part,) = found["parts"]
    assert np.count_nonzero(part) == 2500 + 900
    assert not part[100:129, 100:131].any()
    assert np.array_equal(found["others"], ids == 2)
    assert np.count_nonzero(found["void"]) == (899 if small_parts == "void" else 0)


def test_components_that_touch_at_a_corner_are_apart_as_in_the_released_code() -> None:
    ids = np.zeros((256, 256), np.uint8)
    ids[0:50, 0:50] = 1
    ids[50:70, 50:70] = 1
    results = {**_results(0, ids), "target": [1]}

    found = MaskTarget("background").transform(results)

    assert found is not None
    assert np.count_nonzero(found["parts"][0]) == 2500


def test_an_object_of_small_parts_only_is_a_target_where_they_are_void() -> None:
    ids = np.zeros((256, 256), np.uint8)
    ids[10:30, 10:30], ids[50:60, 50:60] = 1, 1
    results = {**_results(0, ids), "target": [1]}

    kept = MaskTarget("void").transform(results)

    assert MaskTarget("background").transform(results) is None
    assert kept is not None
    assert np.count_nonzero(kept["parts"][0]) == 400


@pytest.mark.parametrize(
    ("side", "is_usable"),
    [(9, True), (8, False), (59, True), (60, False)],
    ids=["81 pixels", "64 pixels", "85.0 %", "87.9 %"],
)
def test_targets_are_neither_too_small_nor_too_large(
    side: int, is_usable: bool
) -> None:
    """Section 5: 80 < area < .85 side^2; parts of 900/256^2 x 64^2 = 57 are large."""
    ids = np.zeros((64, 64), np.uint8)
    ids[:side, :side] = 1

    found = MaskTarget().transform({**_results(0, ids), "target": [1]})

    assert (found is not None) == is_usable


def test_ids_above_255_stay_apart_from_pixels_without_label() -> None:
    ids = np.zeros((64, 64), np.int32)
    ids[:20, :20], ids[30:50, 30:50], ids[:, 60:] = 300, 1000, VOID_ID

    cropped = CropObject(horizontal_flip=0).transform(_results(1, ids))
    chosen = SampleObject().transform(_results(1, ids))

    assert chosen is not None
    assert set(chosen["target"]) <= {300, 1000}
    assert cropped["ids"].dtype == np.int32
    assert set(np.unique(cropped["ids"])) <= {0, 300, 1000, VOID_ID}


def test_the_papers_config_keeps_the_papers_order(root: Path) -> None:
    """Section 5: ragged, crop, then target; components before clicks; gamma .8."""
    cfg = Config.fromfile(root / "mmseg_configs/_base_/datasets/sbd.py").to_dict()
    steps = cfg["train_dataloader"]["dataset"]["pipeline"]

    names = [str(step["type"]).rsplit(".", 1)[-1] for step in steps]

    assert names == [
        "DropRagged",
        "CropObject",
        "SampleObject",
        "MaskTarget",
        "JitterColours",
        "SampleClicks",
        "PackClicks",
    ]
    assert steps[3]["small_parts"] == "background"
    assert steps[5]["gamma"] == 0.8


def _ragged_scene() -> NDArray[np.uint8]:
    ids = np.zeros((80, 90), np.uint8)
    ids[10:40, 10:40] = 1
    ids[np.arange(80), np.arange(80)] = 2  # fills less than .08 of its box
    ids[50:57, 50:57] = 3  # 49 pixels
    ids[70:, 70:] = VOID_ID
    return ids


def _results(seed: int, ids: NDArray[np.uint8] | NDArray[np.int32]) -> dict[str, Any]:
    return {
        "image": np.zeros((*ids.shape, 3), np.uint8),
        "ids": ids,
        "rng": np.random.default_rng(seed),
        "size": 64,
        "index": 0,
    }
