"""Held-out objects of an instance folder as a set to evaluate on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.instance_folder import photograph
from gpcis_backend.errors import DataNotFound

STEMS = [str(number) for number in range(60)]


def test_every_large_object_of_a_held_out_photograph_is_one_sample(
    tmp_path: Path,
) -> None:
    _write(tmp_path / "mine", STEMS)
    kept = [stem for stem in STEMS if photograph(stem) % 10 == 0]

    found = open_dataset("held-out", tmp_path / "mine")

    names = [found[index].name for index in range(len(found))]
    expected = [f"mine/{stem}#{number}" for stem in kept for number in (1, 2)]
    assert sorted(names) == sorted(expected)
    assert found[0].truth.sum() == 900
    assert found[0].void.sum() == 10


def test_folder_without_a_held_out_object_says_so(tmp_path: Path) -> None:
    held_out = next(stem for stem in STEMS if photograph(stem) % 10 == 0)
    _write(tmp_path / "mine", [held_out], side=20)

    with pytest.raises(DataNotFound, match="No held-out object"):
        open_dataset("held-out", tmp_path / "mine")


def _write(folder: Path, stems: list[str], side: int = 30) -> None:
    """Pictures with two squares, a speck and some pixels without a label."""
    ids = np.zeros((70, 80), dtype=np.uint8)
    ids[:side, :side], ids[-side:, -side:], ids[:2, 60:65] = 1, 2, 3
    ids[69, :10] = 255
    for name in ("img", "inst"):
        (folder / name).mkdir(parents=True)
    for stem in stems:
        PillowImage.fromarray(ids).convert("RGB").save(folder / "img" / f"{stem}.jpg")
        PillowImage.fromarray(ids).save(folder / "inst" / f"{stem}.png")
