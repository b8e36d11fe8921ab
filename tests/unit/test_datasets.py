"""Instance folders, where they are found, and the stream of training samples."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL.Image import fromarray

from gpcis_backend.data.instance_folder import open_instance_folder
from gpcis_backend.data.root import data_root
from gpcis_backend.errors import DataNotFound
from gpcis_backend.mmseg_plugin.datasets import ClickDataset, HeldOutObjects
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor
from gpcis_backend.mmseg_plugin.samplers import StreamSampler
from gpcis_backend.mmseg_plugin.targets import MaskTarget, SampleObject
from gpcis_backend.mmseg_plugin.transforms import (
    CropObject,
    PackClicks,
    SampleClicks,
)


def _write_set(folder: Path, stems: list[str]) -> None:
    (folder / "img").mkdir(parents=True)
    (folder / "inst").mkdir()
    for stem in stems:
        ids = np.zeros((40, 50), np.uint8)
        ids[8:32, 10:40] = 1
        image = np.repeat(ids[..., None] * 200, 3, -1)
        fromarray(image).save(folder / "img" / f"{stem}.png")
        fromarray(ids).save(folder / "inst" / f"{stem}.png")


def _stream(root: Path, **changes: object) -> ClickDataset:
    settings = {
        "sets": [{"name": "a", "weight": 1}],
        "pipeline": [
            {"type": SampleObject},
            {"type": CropObject, "target_crop": 1.0},
            {"type": MaskTarget, "small_parts": "void"},
            {"type": SampleClicks},
            {"type": PackClicks},
        ],
        "num_samples": 8,
        "stages": ((0, 32), (4, 48)),
        "data_root": str(root),
    }
    return ClickDataset(**{**settings, **changes})  # type: ignore[arg-type]


def test_one_photograph_never_lies_in_both_parts(tmp_path: Path) -> None:
    stems = [
        f"{kind}{i}_{photo:06d}" for photo in range(60) for i, kind in enumerate("xy")
    ]
    _write_set(tmp_path / "a", stems)

    train, val = (
        open_instance_folder(tmp_path, "a", part) for part in ("train", "val")
    )

    photos = [
        {path.stem.split("_")[1] for path, _ in part.pairs} for part in (train, val)
    ]
    assert photos[0].isdisjoint(photos[1])
    assert len(train) + len(val) == len(stems)
    assert len(val) > 0


def test_a_second_annotation_belongs_to_the_same_image(tmp_path: Path) -> None:
    _write_set(tmp_path / "a", ["7"])
    (tmp_path / "a/inst/7.1.png").write_bytes((tmp_path / "a/inst/7.png").read_bytes())

    folder = open_instance_folder(tmp_path, "a")

    assert [image.name for image, _ in folder.pairs] == ["7.png", "7.png"]


def test_an_annotation_without_image_is_named(tmp_path: Path) -> None:
    _write_set(tmp_path / "a", ["7", "8"])
    (tmp_path / "a/img/7.png").unlink()

    with pytest.raises(DataNotFound, match=r"inst/7\.png has no image"):
        open_instance_folder(tmp_path, "a")


def test_an_image_without_annotation_is_named(tmp_path: Path) -> None:
    _write_set(tmp_path / "a", ["7", "8"])
    (tmp_path / "a/inst/7.png").unlink()

    with pytest.raises(DataNotFound, match=r"img/7\.png has no ids 7\.png in .*inst"):
        open_instance_folder(tmp_path, "a")


def test_ids_of_another_size_are_named(tmp_path: Path) -> None:
    _write_set(tmp_path / "a", ["7"])
    fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "a/inst/7.png")

    with pytest.raises(DataNotFound, match="has 4x4 pixels"):
        open_instance_folder(tmp_path, "a")[0]


def test_missing_data_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GPCIS_DATA", raising=False)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(DataNotFound, match="gpcis data toy") as error:
        data_root(None, "train")

    assert str(tmp_path / "data") in str(error.value)


def test_an_explicit_root_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("explicit", "environment"):
        (tmp_path / name / "train").mkdir(parents=True)
    monkeypatch.setenv("GPCIS_DATA", str(tmp_path / "environment"))

    assert data_root(None, "train") == tmp_path / "environment/train"
    assert data_root(str(tmp_path / "explicit"), "train") == tmp_path / "explicit/train"


def test_a_sample_depends_on_its_index_only(tmp_path: Path) -> None:
    _write_set(tmp_path / "train/a", [str(i) for i in range(6)])
    first, second = _stream(tmp_path), _stream(tmp_path)
    for index in range(5):
        first[index]  # whatever was drawn before

    one, other = first[5], second[5]

    assert (one["inputs"] == other["inputs"]).all()
    clicks = [sample["data_samples"].metainfo["clicks"] for sample in (one, other)]
    assert clicks[0] == clicks[1]


def test_the_crop_grows_at_its_stage(tmp_path: Path) -> None:
    _write_set(tmp_path / "train/a", [str(i) for i in range(6)])

    stream = _stream(tmp_path)

    assert stream[3]["inputs"].shape == (3, 32, 32)
    assert stream[4]["inputs"].shape == (3, 48, 48)


def test_batches_of_one_stage_may_differ_in_size(tmp_path: Path) -> None:
    _write_set(tmp_path / "train/a", [str(i) for i in range(6)])
    stages = ((0, 32), (4, (48, 64)))

    stream = _stream(tmp_path, num_samples=64, stages=stages, same_side=4)

    sides = [stream[index]["inputs"].shape[1] for index in range(64)]
    batches = [sides[start : start + 4] for start in range(0, 64, 4)]
    assert all(len(set(batch)) == 1 for batch in batches)
    assert set(sides[:4]) == {32}
    assert set(sides[4:]) == {48, 64}
    assert sides[60] == _stream(tmp_path, stages=stages, same_side=4)._side(60)


@pytest.mark.parametrize(
    "changes", [{"same_side": 0}, {"stages": ((0, ()),)}], ids=["run", "sides"]
)
def test_sides_that_make_no_sense_are_refused(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    _write_set(tmp_path / "train/a", [str(i) for i in range(6)])

    with pytest.raises(SystemExit, match="same_side must be 1 or more"):
        _stream(tmp_path, **changes)


def test_a_batch_of_several_sizes_says_what_to_set() -> None:
    pictures = [torch.zeros(3, side, side, dtype=torch.uint8) for side in (32, 48)]

    with pytest.raises(SystemExit, match=r"same_side .* multiples of the batch"):
        ClickPreprocessor()({"inputs": pictures, "data_samples": []}, True)


def test_a_set_without_objects_says_so(tmp_path: Path) -> None:
    _write_set(tmp_path / "train/a", ["1", "2"])
    for path in (tmp_path / "train/a/inst").iterdir():
        fromarray(np.zeros((40, 50), np.uint8)).save(path)

    with pytest.raises(SystemExit, match="check the instance ids in a"):
        _stream(tmp_path)[0]


def test_validation_without_objects_says_what_to_change(tmp_path: Path) -> None:
    _write_set(tmp_path / "train/a", [str(i) for i in range(20)])

    def objects(min_area: int) -> HeldOutObjects:
        root = str(tmp_path)
        return HeldOutObjects(["a"], min_area=min_area, data_root=root, val_every=2)

    assert len(objects(min_area=100)) > 0
    with pytest.raises(SystemExit, match="min_area"):
        objects(min_area=10_000)


def test_epochs_walk_the_stream_without_gap_or_overlap(tmp_path: Path) -> None:
    _write_set(tmp_path / "train/a", [str(i) for i in range(6)])
    sampler = StreamSampler(_stream(tmp_path), epoch_samples=4)

    seen = []
    for epoch in range(3):
        sampler.set_epoch(epoch)
        seen += list(sampler)

    assert seen == list(range(12))
