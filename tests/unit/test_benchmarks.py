"""Readers of the evaluation sets: both layouts, mask rules, one clear error each."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.berkeley import berkeley
from gpcis_backend.data.grabcut import grabcut
from gpcis_backend.errors import DataNotFound, InvalidInput

GREY = np.array([[0, 127, 128, 129, 255]], dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "images", "masks"),
    [
        pytest.param("grabcut", "data_GT", "boundary_GT", id="GrabCut archive"),
        pytest.param("grabcut", "img", "gt", id="GrabCut img + gt"),
        pytest.param("berkeley", "images", "masks", id="Berkeley archive"),
        pytest.param("berkeley", "img", "gt", id="Berkeley img + gt"),
    ],
)
def test_both_layouts_give_truth_above_128_and_void_at_128(
    tmp_path: Path, name: str, images: str, masks: str
) -> None:
    _save(tmp_path / images / "a.jpg", np.zeros((1, 5, 3), dtype=np.uint8))
    _save(tmp_path / masks / "a.png", GREY)

    dataset = open_dataset(name, tmp_path)

    assert len(dataset) == 1
    assert dataset[0].name == "a"
    assert dataset[0].image.shape == (1, 5, 3)
    assert dataset[0].truth.tolist() == [[False, False, False, True, True]]
    assert dataset[0].void.tolist() == [[False, False, True, False, False]]


def test_davis_takes_any_colour_as_object_and_labels_every_pixel(
    tmp_path: Path,
) -> None:
    mask = np.array([[[0, 0, 0], [0, 0, 1], [128, 0, 0]]], dtype=np.uint8)
    _save(tmp_path / "img" / "a.png", np.zeros((1, 3, 3), dtype=np.uint8))
    _save(tmp_path / "gt" / "a.png", mask)

    sample = open_dataset("davis", tmp_path)[0]

    assert sample.truth.tolist() == [[False, True, True]]
    assert not sample.void.any()


def test_set_is_also_found_in_the_folder_of_its_name(tmp_path: Path) -> None:
    _grabcut(tmp_path / "GrabCut", ["a"], ["a"])

    assert len(open_dataset("grabcut", tmp_path)) == 1


def test_samples_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    _grabcut(tmp_path, ["b", "a", "c"], ["c", "b", "a"])

    assert [sample.name for sample in grabcut(tmp_path)] == [*"abc"]


def test_objects_of_one_berkeley_photograph_may_share_its_file(tmp_path: Path) -> None:
    for name in ("7", "9", "9b"):
        _save(tmp_path / "images" / f"{name}.jpg", np.full((2, 2, 3), 9, np.uint8))
    for name in ("7", "7a", "9", "9b"):
        _save(tmp_path / "masks" / f"{name}.png", np.full((2, 2), 255, np.uint8))

    dataset = berkeley(tmp_path)

    assert [(i.stem, m.stem) for i, m in dataset.pairs] == [
        ("7", "7"),
        ("7", "7a"),
        ("9", "9"),
        ("9b", "9b"),
    ]


def test_grey_and_palette_files_are_read_as_colours(tmp_path: Path) -> None:
    _save(tmp_path / "img" / "a.png", GREY)
    (tmp_path / "gt").mkdir()
    PillowImage.fromarray(GREY).convert("P").save(tmp_path / "gt" / "a.png")

    sample = open_dataset("grabcut", tmp_path)[0]

    assert sample.image[0, :, 0].tolist() == GREY[0].tolist()
    assert sample.truth.sum() == 2


def test_files_that_are_no_images_are_passed_over(tmp_path: Path) -> None:
    _grabcut(tmp_path, ["a"], ["a"])
    (tmp_path / "img" / "Thumbs.db").write_bytes(b"")
    (tmp_path / "img" / "._a.jpg").write_bytes(b"")

    assert len(open_dataset("grabcut", tmp_path)) == 1


def test_missing_set_names_the_place_and_the_expected_layouts(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound) as caught:
        open_dataset("grabcut", tmp_path / "nowhere")

    message = str(caught.value)
    assert str(tmp_path / "nowhere") in message
    assert "data_GT/ + boundary_GT/ or img/ + gt/" in message


@pytest.mark.parametrize(
    ("images", "masks", "at_fault"),
    [
        pytest.param("ab", "a", "b.jpg", id="image without mask"),
        pytest.param("a", "ab", "b.png", id="mask without image"),
        pytest.param("", "a", "img", id="no images"),
    ],
)
def test_file_without_its_partner_is_named(
    tmp_path: Path, images: str, masks: str, at_fault: str
) -> None:
    _grabcut(tmp_path, list(images), list(masks))

    with pytest.raises(DataNotFound, match=at_fault):
        open_dataset("grabcut", tmp_path)


def test_two_images_of_one_name_are_refused(tmp_path: Path) -> None:
    _grabcut(tmp_path, ["a"], ["a"])
    _save(tmp_path / "img" / "a.png", GREY)

    with pytest.raises(DataNotFound, match="same name"):
        open_dataset("grabcut", tmp_path)


def test_mask_of_another_size_is_named(tmp_path: Path) -> None:
    _grabcut(tmp_path, ["a"], ["a"])
    _save(tmp_path / "gt" / "a.png", GREY)

    with pytest.raises(DataNotFound, match=r"gt.a\.png has 1 rows and 5 columns"):
        open_dataset("grabcut", tmp_path)[0]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
def test_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    _grabcut(tmp_path, ["a"], ["a"])
    (tmp_path / "gt" / "a.png").write_bytes(content)

    with pytest.raises(DataNotFound, match=r"gt.a\.png cannot be read"):
        open_dataset("grabcut", tmp_path)[0]


def test_unknown_set_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="grabcut, berkeley, davis"):
        open_dataset("ade20k", tmp_path)


@pytest.mark.parametrize(("name", "num_objects"), [("GrabCut", 50), ("Berkeley", 100)])
def test_real_set_has_the_published_number_of_objects(
    shared_data: Path, name: str, num_objects: int
) -> None:
    if (shared_data / "toy_set.txt").is_file():
        pytest.skip(f"{shared_data} holds the generated toy set")

    dataset = open_dataset(name.lower(), shared_data / "eval" / name)

    assert len(dataset) == num_objects
    assert dataset[0].truth.any()


def _grabcut(root: Path, images: list[str], masks: list[str]) -> None:
    """An img + gt set of tiny files."""
    for folder in ("img", "gt"):
        (root / folder).mkdir(parents=True)
    for name in images:
        _save(root / "img" / f"{name}.jpg", np.zeros((2, 2, 3), dtype=np.uint8))
    for name in masks:
        _save(root / "gt" / f"{name}.png", np.zeros((2, 2), dtype=np.uint8))


def _save(path: Path, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path)
