"""Weight files: what is read, what is refused, and that no file can run code."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint, write_safetensors


class _Attack:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


class _History(list):  # type: ignore[type-arg]
    """Stands for the log buffers that mmengine stores beside the weights."""


def test_weights_come_out_of_a_checkpoint_with_other_objects(tmp_path: Path) -> None:
    path = tmp_path / "run.pth"
    weights = {"a": torch.arange(6.0).view(2, 3), "b": torch.tensor(3)}
    torch.save({"state_dict": weights, "hub": _History([1, 2]), "meta": {"x": 1}}, path)

    settings, loaded = read_checkpoint(path)

    assert settings is None
    assert torch.equal(loaded["a"], weights["a"])
    assert torch.equal(loaded["b"], weights["b"])


def test_a_checkpoint_from_a_stranger_runs_no_code(tmp_path: Path) -> None:
    path, marker = tmp_path / "evil.pth", tmp_path / "executed"
    torch.save({"state_dict": {"a": torch.ones(1)}, "x": _Attack(marker)}, path)

    read_checkpoint(path)

    assert not marker.exists()


def test_an_old_style_pickle_runs_no_code(tmp_path: Path) -> None:
    path, marker = tmp_path / "evil.pth", tmp_path / "executed"
    path.write_bytes(pickle.dumps(_Attack(marker)))

    with pytest.raises(ModelUnavailable, match="not a readable checkpoint"):
        read_checkpoint(path)

    assert not marker.exists()


@pytest.mark.parametrize("name", ["text.pth", "text.safetensors"])
def test_a_text_file_is_no_checkpoint(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("not weights\n")

    with pytest.raises(ModelUnavailable, match="not a readable checkpoint"):
        read_checkpoint(path)


def test_safetensors_keep_settings_and_halve_the_floats(tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    weights = {
        "w": torch.tensor([0.5, 1.25]),
        "norm.num_batches_tracked": torch.tensor(7),
    }

    write_safetensors(path, weights, {"type": "Model"}, {"note": "text"})
    settings, loaded = read_checkpoint(path)

    assert settings == {"type": "Model"}
    assert loaded["w"].dtype == torch.float16
    assert loaded.keys() == {"w"}
