"""What ``load_from`` of a config may name."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader

from gpcis_backend.inference.load import SHIPPED
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint
from gpcis_backend.mmseg_plugin.weight_addresses import weight_file


@pytest.mark.parametrize("address", ["gpcis://gpcis_lite0", str(SHIPPED)])
def test_safetensors_load_as_a_checkpoint(address: str) -> None:
    loaded = CheckpointLoader.load_checkpoint(address)["state_dict"]

    _, weights = read_checkpoint(SHIPPED)
    assert loaded.keys() == weights.keys()
    assert all(loaded[name].equal(value) for name, value in weights.items())


def test_the_finetuning_config_starts_from_the_shipped_weights(root: Path) -> None:
    cfg = Config.fromfile(root / "mmseg_configs" / "gpcis_lite0_finetune.py")

    assert weight_file(cfg.load_from) == SHIPPED


def test_a_missing_file_is_one_line() -> None:
    with pytest.raises(SystemExit, match=r"gpcis: load_from: .*no\.safetensors"):
        CheckpointLoader.load_checkpoint("no.safetensors")
