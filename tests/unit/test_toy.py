"""The generated toy set: layout, labels, determinism, no harm to other files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from gpcis_backend.data.berkeley import berkeley
from gpcis_backend.data.grabcut import grabcut
from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.errors import InvalidInput


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("toy")
    write_toy_set(out, num_train=8, num_eval=3, size=48)
    return out


def test_training_pictures_have_ids_in_the_real_layout(toy: Path) -> None:
    pictures = sorted((toy / "train" / "toy" / "img").iterdir())
    labels = [_labels(path) for path in pictures]

    assert [path.name for path in pictures] == [f"{n:04d}.jpg" for n in range(8)]
    assert all(found <= {0, 1, 2, 3, 255} for found in labels)
    assert all(found & {1, 2, 3} for found in labels)
    assert any(255 in found for found in labels)


def test_evaluation_sets_are_read_by_the_real_readers(toy: Path) -> None:
    banded = grabcut(toy / "eval" / "GrabCut")
    plain = berkeley(toy / "eval" / "Berkeley")

    assert (len(banded), len(plain)) == (3, 3)
    assert all(sample.truth.any() for sample in (*banded, *plain))
    assert all(sample.void.any() for sample in banded)
    assert not any(sample.void.any() for sample in plain)


def test_equal_seeds_give_equal_files(toy: Path, tmp_path: Path) -> None:
    write_toy_set(tmp_path / "again", num_train=8, num_eval=3, size=48)
    write_toy_set(tmp_path / "other", seed=1, num_train=8, num_eval=3, size=48)

    assert _contents(tmp_path / "again") == _contents(toy)
    assert _contents(tmp_path / "other") != _contents(toy)


def test_earlier_toy_set_is_replaced(tmp_path: Path) -> None:
    write_toy_set(tmp_path, num_train=1, num_eval=1, size=32)
    write_toy_set(tmp_path, seed=1, num_train=1, num_eval=1, size=32)

    assert "seed 1" in (tmp_path / "toy_set.txt").read_text(encoding="utf-8")


def test_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "eval").mkdir()

    with pytest.raises(InvalidInput, match="already holds"):
        write_toy_set(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["eval"]


def _labels(picture: Path) -> set[int]:
    inst = picture.parents[1] / "inst" / f"{picture.stem}.png"
    with PillowImage.open(inst) as file:
        assert file.mode == "L"
        return set(np.unique(np.asarray(file)).tolist())


def _contents(root: Path) -> dict[str, bytes]:
    files = [path for path in root.rglob("*.*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}
