"""SBD's reader: its exact layout, its order, and one clear line for what is wrong."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from gpcis_backend.data.benchmarks import open_dataset, open_pictures
from gpcis_backend.data.pictures import VOID_ID
from gpcis_backend.data.published import PUBLISHED
from gpcis_backend.data.sbd import read_instances
from gpcis_backend.errors import DataNotFound
from public_layouts import scene, write_mat, write_sbd

_VAL = ("2008_000009", "2008_000002", "2010_000100")


@pytest.fixture
def sbd(tmp_path: Path) -> Path:
    folder = tmp_path / "SBD"
    write_sbd(folder, train=("2007_000032",), val=_VAL)
    return folder


def test_objects_come_in_the_order_of_the_split_and_of_their_ids(sbd: Path) -> None:
    found = open_dataset("sbd", sbd)

    samples = [found[index] for index in range(len(found))]

    expected = [f"sbd/{name}#{number}" for name in _VAL for number in (1, 2)]
    assert [sample.name for sample in samples] == expected
    for number, sample in enumerate(samples):
        ids = scene(1 + number // 2)[1]
        assert np.array_equal(sample.truth, ids == 1 + number % 2)
        assert not sample.void.any()
        assert sample.image.shape == (*ids.shape, 3)


def test_no_object_is_left_out_however_small_or_ragged(sbd: Path) -> None:
    ids = np.zeros((90, 120), np.uint8)
    ids[3, 4], ids[np.arange(90), np.arange(90)] = 5, 9
    write_mat(sbd / "inst/2008_000009.mat", ids)

    found = open_dataset("sbd", sbd)

    assert [found[i].name for i in (0, 1)] == [
        "sbd/2008_000009#5",
        "sbd/2008_000009#9",
    ]
    assert np.count_nonzero(found[0].truth) == 1


def test_instances_from_255_on_are_objects(sbd: Path) -> None:
    ids = np.zeros((90, 120), np.uint16)
    for row, number in enumerate((254, 255, 256, 1000)):
        ids[20 * row : 20 * row + 20] = number
    write_mat(sbd / "inst/2008_000009.mat", ids)

    found = open_dataset("sbd", sbd)

    truths = [found[index].truth for index in range(4)]
    assert [np.flatnonzero(truth.any(1))[0] for truth in truths] == [0, 20, 40, 60]
    assert not any(found[index].void.any() for index in range(4))
    assert VOID_ID not in open_pictures("sbd", sbd, "val").draw(0, _rng()).ids


@pytest.mark.parametrize(
    "place", ["", "SBD", "sbd", "dataset", "benchmark_RELEASE/dataset"]
)
def test_the_set_is_found_where_archives_put_it(tmp_path: Path, place: str) -> None:
    write_sbd(tmp_path / place, train=("a",), val=("b", "c"))

    assert len(open_dataset("sbd", tmp_path)) == 4
    assert len(open_pictures("sbd", tmp_path, "train")) == 1


def test_an_instance_folder_is_not_taken_for_sbd(tmp_path: Path) -> None:
    for part in ("img", "inst"):
        (tmp_path / part).mkdir()

    with pytest.raises(DataNotFound, match=r"SBD set was not found in .*train\.txt"):
        open_dataset("sbd", tmp_path)


def test_published_counts_are_those_of_the_paper() -> None:
    assert PUBLISHED["sbd"]["val"] == (2857, 6671)
    assert PUBLISHED["sbd"]["train"] == (8498, 20172)


_Damage = Callable[[Path], object]
_INST, _IMG = "inst/2008_000002.mat", "img/2008_000002.jpg"


def _cut(name: str) -> _Damage:
    def damage(root: Path) -> None:
        path = root / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


_BROKEN: dict[str, tuple[_Damage, str]] = {
    "half a .mat": (_cut(_INST), rf"{_INST} cannot be read as a MATLAB file"),
    "half an image": (_cut(_IMG), rf"{_IMG} cannot be read as an image"),
    "text instead of .mat": (
        lambda root: (root / _INST).write_text("<html>404</html>"),
        rf"{_INST} cannot be read as a MATLAB file",
    ),
    "empty .mat": (
        lambda root: (root / _INST).write_bytes(b""),
        rf"{_INST} cannot be read as a MATLAB file",
    ),
    "no GTinst": (
        lambda root: savemat(root / _INST, {"GTcls": {"Segmentation": np.eye(3)}}),
        rf"{_INST} has no variable GTinst",
    ),
    "no Segmentation": (
        lambda root: savemat(root / _INST, {"GTinst": {"Boundaries": np.eye(3)}}),
        rf"{_INST}: GTinst has no single field Segmentation",
    ),
    "GTinst is a matrix": (
        lambda root: savemat(root / _INST, {"GTinst": np.eye(3)}),
        rf"{_INST}: GTinst has no single field Segmentation",
    ),
    "fractions": (
        lambda root: savemat(root / _INST, {"GTinst": {"Segmentation": np.eye(3) / 2}}),
        rf"{_INST}: GTinst.Segmentation is float64 of shape",
    ),
    "sizes differ": (
        lambda root: write_mat(root / _INST, np.ones((9, 9), np.uint8)),
        rf"{_INST} has 9x9 pixels, but its image 2008_000002.jpg 90x120",
    ),
    "mask without image": (
        lambda root: (root / _IMG).unlink(),
        r"val\.txt names 2008_000002, but the image .*jpg is missing. The mask .*mat",
    ),
    "image without mask": (
        lambda root: (root / _INST).unlink(),
        rf"The image .*{_IMG} has no mask: .*{_INST} is missing",
    ),
    "split names nothing that exists": (
        lambda root: (root / "val.txt").write_text("2008_000002\nno_such_name\n"),
        r"val\.txt names no_such_name, but the image .*no_such_name\.jpg is missing",
    ),
    "empty split": (
        lambda root: (root / "val.txt").write_text("\n"),
        r"The split file .*val\.txt is empty",
    ),
    "no split": (
        lambda root: (root / "val.txt").unlink(),
        r"The split file .*val\.txt is missing",
    ),
    "no image folder": (
        lambda root: (root / "img").rename(root / "images"),
        r"SBD does not hold the SBD set: expected img/",
    ),
}


@pytest.mark.parametrize("case", _BROKEN)
def test_what_is_wrong_is_one_line_that_names_the_file(sbd: Path, case: str) -> None:
    damage, message = _BROKEN[case]
    damage(sbd)

    with pytest.raises(DataNotFound, match=message) as error:
        _read_all(sbd.parent)

    assert "\n" not in str(error.value)


def test_no_damage_to_a_mat_file_is_another_error(tmp_path: Path) -> None:
    """Bytes changed one at a time: a map of ids comes out, or one clear line."""
    path, rng = tmp_path / "a.mat", _rng()
    write_mat(path, scene(0)[1])
    whole = path.read_bytes()

    for _ in range(150):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(damaged)
        with suppress(DataNotFound):
            assert read_instances(path).ndim == 2


def _read_all(root: Path) -> None:
    found = open_dataset("sbd", root)
    for index in range(len(found)):
        found[index]


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)
