"""Which sets a small folder holds, and which of its pictures are held out."""

from pathlib import Path

import numpy as np
import pytest
from PIL.Image import fromarray

from gpcis_backend.data.pictures import Pictures
from gpcis_backend.data.small_sets import find_sets, num_held_out, split_sets
from gpcis_backend.errors import DataNotFound
from gpcis_backend.mmseg_plugin.datasets import ClickDataset, HeldOutObjects


def test_a_folder_of_pictures_is_a_set_itself(tmp_path: Path) -> None:
    _write(tmp_path / "cells", 6)

    split = split_sets(tmp_path / "cells")

    assert [folder.name for folder in split.train] == ["cells"]


def test_all_sets_below_train_count_and_other_folders_do_not(tmp_path: Path) -> None:
    _write(tmp_path / "train/b", 1)
    _write(tmp_path / "train/a", 1)
    (tmp_path / "train/notes/img").mkdir(parents=True)

    assert [path.name for path in find_sets(tmp_path)] == ["a", "b"]


def test_no_set_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match="expected train/SET/img"):
        split_sets(tmp_path)


@pytest.mark.parametrize(
    ("num_pictures", "expected"), [(1, 0), (5, 0), (6, 2), (12, 2), (15, 3), (900, 20)]
)
def test_a_fifth_is_held_out_where_enough_is_left(
    num_pictures: int, expected: int
) -> None:
    assert num_held_out(num_pictures) == expected


def test_no_picture_is_on_both_sides_and_the_split_is_stable(tmp_path: Path) -> None:
    _write(tmp_path, 20, num_annotations=2)

    split, again = split_sets(tmp_path), split_sets(tmp_path)

    train, held_out = _images(split.train), _images(split.held_out)
    assert train.isdisjoint(held_out)
    assert (len(train), len(held_out)) == (16, 4)
    assert split == again
    assert sum(map(len, split.held_out)) == 8  # both annotations of a picture


def test_few_pictures_are_all_learned_from(tmp_path: Path) -> None:
    _write(tmp_path, 5)

    split = split_sets(tmp_path)

    assert len(_images(split.train)) == 5
    assert split.held_out == ()


def test_training_without_named_sets_takes_what_is_there(tmp_path: Path) -> None:
    _write(tmp_path / "train/a", 10)
    _write(tmp_path / "train/b", 10, first=10)

    stream = ClickDataset(None, [], num_samples=1, data_root=str(tmp_path))
    objects = HeldOutObjects(None, min_area=1, data_root=str(tmp_path))

    assert [source.pictures.name for source in stream.sources] == ["a", "b"]
    assert [source.weight for source in stream.sources] == [1, 1]
    assert len(objects) == 4


def test_validation_on_too_few_pictures_says_so(tmp_path: Path) -> None:
    _write(tmp_path, 3)

    with pytest.raises(SystemExit, match="six or more"):
        HeldOutObjects(None, data_root=str(tmp_path))


def _write(
    folder: Path, num_pictures: int, *, num_annotations: int = 1, first: int = 0
) -> None:
    (folder / "img").mkdir(parents=True)
    (folder / "inst").mkdir()
    ids = np.ones((4, 4), np.uint8)
    for number in range(first, first + num_pictures):
        fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / f"img/{number}.png")
        for count in range(num_annotations):
            suffix = f".{count}" if count else ""
            fromarray(ids).save(folder / f"inst/{number}{suffix}.png")


def _images(folders: tuple[Pictures, ...]) -> set[Path]:
    return {image for folder in folders for image, _ in folder.pairs}
