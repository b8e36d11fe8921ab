"""Pascal VOC's reader: palette PNG files, pixels without label, splits."""

from pathlib import Path

import numpy as np
import pytest

from gpcis_backend.data.benchmarks import open_dataset, open_pictures
from gpcis_backend.errors import DataNotFound, InvalidInput
from public_layouts import scene, write_davis, write_voc

_VAL = ("2007_000033", "2007_000042")


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    folder = tmp_path / "VOCdevkit" / "VOC2012"
    write_voc(folder, train=("2007_000032",), val=_VAL)
    return folder


@pytest.mark.parametrize("levels", [0, 1, 2], ids=["itself", "devkit", "above"])
def test_objects_are_palette_indices_and_255_has_no_label(
    voc: Path, levels: int
) -> None:
    root = [voc, voc.parent, voc.parent.parent][levels]

    found = open_dataset("voc", root)

    names = [found[index].name for index in range(len(found))]
    assert names == [f"voc/{name}#{number}" for name in _VAL for number in (1, 2)]
    assert np.array_equal(found[0].truth, scene(1)[1] == 1)
    assert found[0].void[4].all()
    assert np.count_nonzero(found[0].void) == found[0].void.shape[1]


def test_training_pictures_are_those_of_their_split(voc: Path) -> None:
    train = open_pictures("voc", voc, "train")

    drawn = train.draw(0, np.random.default_rng(0))

    assert len(train) == 1
    assert drawn.name == "voc/2007_000032"
    assert set(np.unique(drawn.ids)) == {0, 1, 2, 255}


def test_a_missing_mask_is_named(voc: Path) -> None:
    (voc / "SegmentationObject" / "2007_000042.png").unlink()

    with pytest.raises(DataNotFound, match=r"has no mask: .*2007_000042\.png"):
        open_dataset("voc", voc)


def test_a_wrong_root_says_what_was_expected_where(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match=r"SegmentationObject.*VOCdevkit/VOC2012"):
        open_dataset("voc", tmp_path)


def test_an_unknown_set_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="grabcut, berkeley, davis, sbd, voc"):
        open_dataset("pascal", tmp_path)


def test_davis_takes_any_colour_for_the_object(tmp_path: Path) -> None:
    write_davis(tmp_path / "DAVIS", ("bear_1", "bear_2"))

    found = open_dataset("davis", tmp_path)

    assert len(found) == 2
    assert np.array_equal(found[1].truth, scene(1)[1] > 0)
    assert not found[1].void.any()
