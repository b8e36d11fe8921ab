"""Which files of a set are missing, damaged or too few."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gpcis_backend.data.archives.catalogue import PUBLIC_SETS, public_set
from gpcis_backend.data.archives.check import Tally, check_set
from gpcis_backend.data.archives.names import BERKELEY, GRABCUT
from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.published import PUBLISHED, Counts
from gpcis_backend.errors import DataNotFound, InvalidInput
from public_layouts import (
    write_coco_json,
    write_davis,
    write_mat,
    write_ritm_coco_lvis,
    write_sbd,
    write_voc,
)


def test_the_real_sets_are_whole(shared_data: Path) -> None:
    for name in ("grabcut", "berkeley"):
        (tally,) = _check(name, public_set(name).place(shared_data))

        assert tally.found == PUBLISHED[name]["test"]
        assert tally.is_whole


def test_names_of_the_small_sets_are_as_many_as_published() -> None:
    assert len(GRABCUT) == PUBLISHED["grabcut"]["test"].objects
    assert len(BERKELEY) == PUBLISHED["berkeley"]["test"].objects


def test_a_missing_pair_of_a_small_set_is_named(tmp_path: Path) -> None:
    _write_grabcut(tmp_path, sorted(GRABCUT - {"llama"}))

    (tally,) = _check("grabcut", tmp_path)

    assert not tally.is_whole
    assert tally.found == Counts(49, 49)
    assert tally.faults == (f"{tmp_path}/boundary_GT/llama.* is missing.",)


def test_a_set_under_other_names_is_counted_without_guesses(tmp_path: Path) -> None:
    _write_grabcut(tmp_path, ["0001", "0002"])

    (tally,) = _check("grabcut", tmp_path)

    assert (tally.found, tally.faults) == (Counts(2, 2), ())
    assert not tally.is_whole


def _drop_image(root: Path) -> None:
    (root / "data_GT/bool.jpg").unlink()


def _drop_mask(root: Path) -> None:
    (root / "boundary_GT/bool.png").unlink()


def _cut_image(root: Path) -> None:
    path = root / "data_GT/bool.jpg"
    path.write_bytes(path.read_bytes()[:-20])


def _empty_mask(root: Path) -> None:
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(root / "boundary_GT/bool.png")


def _grow_mask(root: Path) -> None:
    Image.fromarray(np.full((9, 8), 255, np.uint8)).save(root / "boundary_GT/bool.png")


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        pytest.param(_drop_image, "data_GT/bool.* is missing", id="no image"),
        pytest.param(_drop_mask, "data_GT/bool.jpg has no mask", id="no mask"),
        pytest.param(_cut_image, "bool.jpg cannot be read", id="half an image"),
        pytest.param(_empty_mask, "bool.png shows no object", id="nothing in it"),
        pytest.param(_grow_mask, "has 9 rows and 8 columns", id="another size"),
    ],
)
def test_one_bad_file_is_named_and_the_others_are_counted(
    tmp_path: Path, spoil: Callable[[Path], None], complaint: str
) -> None:
    _write_grabcut(tmp_path, sorted(GRABCUT))
    spoil(tmp_path)

    (tally,) = _check("grabcut", tmp_path)

    assert not tally.is_whole
    assert tally.found == Counts(49, 49)
    assert complaint in tally.faults[0]


def test_objects_of_one_photograph_are_counted_with_it(tmp_path: Path) -> None:
    _write_pairs(tmp_path / "images", tmp_path / "masks", ["7", "7a", "7b", "8"])
    (tmp_path / "images/7a.jpg").unlink()

    (tally,) = _check("berkeley", tmp_path)

    assert tally.found == Counts(2, 4)
    assert tally.faults == ()


def test_every_missing_or_damaged_file_of_sbd_is_named(tmp_path: Path) -> None:
    write_sbd(tmp_path, train=["a", "b"], val=["c", "d", "e", "f"], objects=3)
    (tmp_path / "img/b.jpg").unlink()
    (tmp_path / "inst/d.mat").unlink()
    (tmp_path / "inst/e.mat").write_bytes(b"MATLAB 5.0 and nothing more")
    write_mat(tmp_path / "inst/f.mat", np.ones((4, 5), np.uint8))

    train, val = _check("sbd", tmp_path)

    assert (train.found, val.found) == (Counts(1, 3), Counts(1, 3))
    assert train.published == Counts(8498, 20172)
    assert [fault.split()[0] for fault in (*train.faults, *val.faults)] == [
        f"{tmp_path}/{file}"
        for file in ("img/b.jpg", "inst/d.mat", "inst/e.mat", "inst/f.mat")
    ]


def test_a_split_file_that_is_missing_is_named(tmp_path: Path) -> None:
    write_sbd(tmp_path, train=["a"], val=["b"])
    (tmp_path / "train.txt").unlink()

    with pytest.raises(DataNotFound, match=r"train\.txt is missing"):
        _check("sbd", tmp_path)


def test_objects_of_voc_are_counted_without_the_unlabelled(tmp_path: Path) -> None:
    write_voc(tmp_path, val=["a", "b"])

    (val,) = _check("voc", tmp_path)

    assert (val.found, val.faults) == (Counts(2, 4), ())


def test_frames_of_davis_are_counted(tmp_path: Path) -> None:
    write_davis(tmp_path, ["a", "b"])

    (test,) = _check("davis", tmp_path)

    assert (test.found, test.published) == (Counts(2, 2), Counts(345, 345))


def test_the_packed_coco_names_what_is_missing(tmp_path: Path) -> None:
    write_ritm_coco_lvis(tmp_path, "val", ["a", "b", "c"])
    (tmp_path / "val/images/b.jpg").unlink()
    (tmp_path / "val/masks/c.pickle").write_bytes(b"cos\nsystem\n(S'true'\ntR.")

    (val,) = _check("coco_lvis", tmp_path)

    assert val.found == Counts(1, 3)
    assert [fault.split()[0] for fault in val.faults] == [
        f"{tmp_path}/val/images/b.jpg",
        f"{tmp_path}/val/masks/c.pickle",
    ]


def test_the_published_files_of_coco_are_counted_too(tmp_path: Path) -> None:
    write_coco_json(tmp_path, "val", ["a", "b"])

    (val,) = _check("coco_lvis", tmp_path)

    assert (val.found, val.is_whole) == (Counts(2, 4), True)


@pytest.mark.parametrize("name", PUBLIC_SETS)
def test_every_public_set_has_a_reader_and_a_check(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataNotFound):
        open_dataset(name, tmp_path)
    with pytest.raises(DataNotFound):
        _check(name, tmp_path)


def test_an_unknown_set_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="grabcut, berkeley, davis, sbd, voc, coco"):
        public_set("imagenet")


def test_a_set_that_lacks_only_an_image_is_not_whole() -> None:
    tally = Tally("val", Counts(2, 5), Counts(2, 5), ())

    assert tally.is_whole
    assert not replace(tally, found=Counts(1, 5)).is_whole
    assert not replace(tally, faults=("a.jpg is missing",)).is_whole


def _check(name: str, folder: Path) -> list[Tally]:
    return list(check_set(name, folder, lambda what, done, total: None))


def _write_grabcut(root: Path, names: list[str]) -> None:
    _write_pairs(root / "data_GT", root / "boundary_GT", names)


def _write_pairs(images: Path, masks: Path, names: list[str]) -> None:
    """Pictures of 9x9 pixels, masked all over."""
    images.mkdir()
    masks.mkdir()
    for name in names:
        Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(images / f"{name}.jpg")
        Image.fromarray(np.full((9, 9), 255, np.uint8)).save(masks / f"{name}.png")
