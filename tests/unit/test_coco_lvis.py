"""COCO + LVIS: both layouts, overlapping instances, pickles that may not run code."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.benchmarks import open_dataset, open_pictures
from gpcis_backend.data.layers import to_layers
from gpcis_backend.data.pictures import VOID_ID
from gpcis_backend.data.plain_pickle import read_plain
from gpcis_backend.errors import DataNotFound
from public_layouts import (
    WIDTH,
    scene,
    write_coco_json,
    write_ritm_coco_lvis,
)

_NAMES = ("000000000139", "000000000285")


def test_packed_objects_are_masks_that_are_not_stuff(tmp_path: Path) -> None:
    write_ritm_coco_lvis(tmp_path / "COCO_LVIS", "val", _NAMES)

    found = open_dataset("coco_lvis", tmp_path)

    ids = scene(0)[1]
    left = np.arange(WIDTH) < 30
    expected = [ids == 1, ids == 2, (ids == 1) & left]
    assert len(found) == 6
    for index, truth in enumerate(expected):
        assert np.array_equal(found[index].truth, truth)
        assert not found[index].void.any()
    assert found[5].name == "coco_lvis/000000000285#2"


def test_packed_pictures_show_one_map_at_a_time_by_its_number_of_objects(
    tmp_path: Path,
) -> None:
    write_ritm_coco_lvis(tmp_path, "train", _NAMES)
    pictures, rng = open_pictures("coco_lvis", tmp_path, "train"), _rng()

    seen = [frozenset(np.unique(pictures.draw(0, rng).ids)) for _ in range(90)]

    assert set(seen) == {frozenset({0, 1, 2}), frozenset({0, 7})}
    assert 0.5 < np.mean([ids == {0, 1, 2} for ids in seen]) < 0.85


@pytest.mark.parametrize("as_lvis", [False, True], ids=["COCO", "LVIS"])
def test_published_objects_are_polygons_and_run_lengths(
    tmp_path: Path, as_lvis: bool
) -> None:
    write_coco_json(tmp_path / "coco", "val", _NAMES, as_lvis=as_lvis)

    found = open_dataset("coco_lvis", tmp_path)

    ids = scene(1)[1]
    samples = [found[index] for index in (2, 3)]
    assert len(found) == 4
    for number, sample in enumerate(samples, start=1):
        assert np.array_equal(sample.truth, ids == number)
        assert np.count_nonzero(sample.void) == (0 if as_lvis else 5 * WIDTH)


def test_a_picture_in_both_files_is_annotated_twice(tmp_path: Path) -> None:
    for as_lvis in (False, True):
        write_coco_json(tmp_path, "train", _NAMES, as_lvis=as_lvis)

    pictures = open_pictures("coco_lvis", tmp_path, "train")

    assert len(pictures) == 4
    assert [pictures.stem(index) for index in range(4)] == [*_NAMES, *_NAMES]
    assert {pictures.file(index).name for index in range(4)} == {
        "instances_train2017.json",
        "lvis_v1_train.json",
    }


def test_overlapping_masks_come_back_whole() -> None:
    rng = _rng()
    masks: list[BoolMask] = [rng.random((12, 15)) < 0.3 for _ in range(300)]
    void = np.zeros((12, 15), np.bool_)
    void[0] = True

    layers = to_layers(masks, void)

    for mask, (layer, instance) in zip(masks, layers.objects, strict=True):
        assert np.array_equal(layers.maps[layer] == instance, mask)
    assert VOID_ID not in {instance for _, instance in layers.objects}
    covered = np.zeros_like(void) | np.isin(layers.maps[0], [0, VOID_ID])
    assert np.array_equal(layers.maps[0] == VOID_ID, void & covered)


class _Bomb:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        import os

        return os.system, ("touch exploded",)


def test_a_pickle_that_would_run_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hannotation.pickle"
    path.write_bytes(pickle.dumps({"a": _Bomb()}))

    with pytest.raises(DataNotFound, match=r"hannotation\.pickle.*not allowed"):
        read_plain(path)

    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_pickles_of_every_protocol_are_read(
    tmp_path: Path, protocol: int
) -> None:
    path = tmp_path / "a.pickle"
    value = {"a": [1, (2.5, None)], "b": np.arange(6).reshape(2, 3), "c": np.int64(7)}
    path.write_bytes(pickle.dumps(value, protocol))

    found = read_plain(path)

    assert isinstance(found, dict)
    assert found["a"] == value["a"]
    assert np.array_equal(found["b"], np.arange(6).reshape(2, 3))
    assert found["c"] == 7


_Damage = Callable[[Path], object]


def _rewrite(
    root: Path, change: Callable[[dict[str, list[dict[str, object]]]], object]
) -> None:
    path = root / "annotations" / "instances_val2017.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


_BROKEN_JSON: dict[str, tuple[_Damage, str]] = {
    "half a file": (
        lambda root: (root / "annotations/instances_val2017.json").write_text('{"im'),
        r"instances_val2017\.json cannot be read as JSON",
    ),
    "another file": (
        lambda root: _rewrite(root, lambda content: content.pop("images")),
        r"instances_val2017\.json is no file of COCO instances: KeyError",
    ),
    "unknown picture": (
        lambda root: _rewrite(root, lambda c: c["annotations"][0].update(image_id=77)),
        r"instances_val2017\.json is no file of COCO instances: KeyError\(77\)",
    ),
    "no annotation": (
        lambda root: _rewrite(root, lambda content: content["annotations"].clear()),
        r"instances_val2017\.json annotates no object",
    ),
    "missing image": (
        lambda root: (root / f"val2017/{_NAMES[1]}.jpg").unlink(),
        r"json names val2017/000000000285.jpg, but .* is missing \(1 of 2",
    ),
    "other size": (
        lambda root: _rewrite(
            root, lambda c: [image.update(width=99) for image in c["images"]]
        ),
        r"instances_val2017\.json, picture 000000000139\.jpg: The run lengths",
    ),
    "broken polygon": (
        lambda root: _rewrite(
            root, lambda c: c["annotations"][0].update(segmentation=[[1, 2]])
        ),
        r"picture 000000000139\.jpg: A polygon needs three corners",
    ),
}


@pytest.mark.parametrize("case", _BROKEN_JSON)
def test_broken_annotations_are_one_line_that_names_the_file(
    tmp_path: Path, case: str
) -> None:
    damage, message = _BROKEN_JSON[case]
    write_coco_json(tmp_path, "val", _NAMES)
    damage(tmp_path)

    with pytest.raises(DataNotFound, match=message) as error:
        _read_all(tmp_path)

    assert "\n" not in str(error.value)


_BROKEN_PACKING: dict[str, tuple[_Damage, str]] = {
    "half a pickle": (
        lambda root: (root / f"val/masks/{_NAMES[0]}.pickle").write_bytes(b"\x80\x04"),
        r"masks/000000000139\.pickle cannot be read as a pickle",
    ),
    "other content": (
        lambda root: (root / f"val/masks/{_NAMES[0]}.pickle").write_bytes(
            pickle.dumps([1, 2, 3])
        ),
        r"masks/000000000139\.pickle holds no maps of instances",
    ),
    "no image bytes": (
        lambda root: (root / f"val/masks/{_NAMES[0]}.pickle").write_bytes(
            pickle.dumps(([np.zeros(9, np.uint8)], [(0, 1)] * 3))
        ),
        r"masks/000000000139\.pickle holds no maps of instances",
    ),
    "no masks": (
        lambda root: (root / f"val/masks/{_NAMES[1]}.pickle").unlink(),
        r"hannotation\.pickle names 000000000285, but .*285\.pickle is missing",
    ),
    "no image": (
        lambda root: (root / f"val/images/{_NAMES[1]}.jpg").unlink(),
        r"hannotation\.pickle names 000000000285, but .*285\.jpg is missing",
    ),
    "a list of names": (
        lambda root: (root / "val/hannotation.pickle").write_bytes(pickle.dumps(["a"])),
        r"hannotation\.pickle does not say num_instance_masks",
    ),
    "no names": (
        lambda root: (root / "val/hannotation.pickle").write_bytes(pickle.dumps({})),
        r"hannotation\.pickle names no picture with objects",
    ),
    "another part": (
        lambda root: (root / "val").rename(root / "train"),
        r"holds no annotations of the part val: expected val/hannotation\.pickle",
    ),
}


@pytest.mark.parametrize("case", _BROKEN_PACKING)
def test_broken_packing_is_one_line_that_names_the_file(
    tmp_path: Path, case: str
) -> None:
    damage, message = _BROKEN_PACKING[case]
    write_ritm_coco_lvis(tmp_path, "val", _NAMES)
    damage(tmp_path)

    with pytest.raises(DataNotFound, match=message) as error:
        _read_all(tmp_path)

    assert "\n" not in str(error.value)


def _read_all(root: Path) -> None:
    found = open_dataset("coco_lvis", root)
    for index in range(len(found)):
        found[index]


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)
