"""What a training run must not depend on: cuts, portions, averages."""

from pathlib import Path
from typing import Any

import pytest
import torch

from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint
from training_run import train

_DROPS_AND_AVERAGES = {
    "param_scheduler": [{"type": "DropLR", "by_epoch": False}],
    "default_hooks.ema.type": "EMAHook",
    "default_hooks.ema.momentum": 0.3,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_toy_set(folder, num_train=12, num_eval=1, size=96)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "options"),
    [("gpcis", _DROPS_AND_AVERAGES), ("ritm", {})],
    ids=["gp, rate drops, averaged weights", "plain head"],
)
def test_a_resumed_run_repeats_an_unbroken_one_exactly(
    data: Path, root: Path, tmp_path: Path, head: str, options: dict[str, Any]
) -> None:
    """Samples, corrections, draws, optimiser and rates: equal to the last bit."""
    config = root / "mmseg_configs" / f"{head}_lite0.py"
    options = {
        **options,
        "train_dataloader.dataset.data_root": str(data),
        "train_cfg.max_epochs": 3,
    }

    whole, weights = train(config, tmp_path / "whole", options)
    first, _ = train(config, tmp_path / "cut", options, cut_before=2)
    second, again = train(config, tmp_path / "cut", {**options, "resume": True})

    assert (len(first), len(second), len(whole)) == (2, 4, 6)
    assert first + second == whole
    assert weights.keys() == again.keys()
    assert all(torch.equal(weights[name], again[name]) for name in weights)


@pytest.mark.slow
def test_two_halves_of_a_batch_add_up_to_the_whole(
    data: Path, root: Path, tmp_path: Path
) -> None:
    """The step, not the portion, draws corrections and prior weights.

    Batch norms are held fixed, since they would see half a batch; the rest differs by
    the rounding of sums.
    """
    config = root / "mmseg_configs" / "gpcis_lite0.py"
    options = {
        "train_dataloader.dataset.data_root": str(data),
        "train_dataloader.batch_size": 4,
        "param_scheduler": None,  # it counts iterations, not steps
    }
    portions = {
        **options,
        "train_dataloader.batch_size": 2,
        "optim_wrapper.accumulative_counts": 2,
    }

    whole, weights = train(config, tmp_path / "whole", options, with_fixed_norms=True)
    parts, summed = train(config, tmp_path / "parts", portions, with_fixed_norms=True)

    halves = [step["loss"] for step in parts]
    means = [sum(pair) / 2 for pair in zip(halves[::2], halves[1::2], strict=True)]
    assert means == pytest.approx([step["loss"] for step in whole], rel=1e-5)
    for name, value in weights.items():
        torch.testing.assert_close(summed[name], value, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_checkpoint_holds_the_averaged_weights_and_the_trained_ones(
    data: Path, root: Path, tmp_path: Path
) -> None:
    """The averaged ones under the names that testing and publishing read."""
    config = root / "mmseg_configs" / "gpcis_lite0.py"
    options = {"train_dataloader.dataset.data_root": str(data), **_DROPS_AND_AVERAGES}

    _, trained = train(config, tmp_path, {**options, "train_cfg.max_epochs": 1})

    _, averaged = read_checkpoint(tmp_path / "epoch_1.pth")
    saved = torch.load(tmp_path / "epoch_1.pth", weights_only=False)["ema_state_dict"]
    name = "decode_head.projection.weight"
    assert torch.equal(saved[f"module.{name}"], trained[name])
    assert not torch.equal(averaged[name], trained[name])
    torch.testing.assert_close(averaged[name], trained[name], rtol=0.1, atol=0.01)


@pytest.mark.parametrize("option", ["load_from", "resume"])
def test_weights_of_another_model_end_the_run_in_one_line(
    option: str, data: Path, root: Path, tmp_path: Path
) -> None:
    foreign = tmp_path / "work" / "epoch_1.pth"
    foreign.parent.mkdir()
    torch.save({"state_dict": {"stem.weight": torch.zeros(3)}}, foreign)
    (foreign.parent / "last_checkpoint").write_text(str(foreign))
    options = {
        "train_dataloader.dataset.data_root": str(data),
        option: True if option == "resume" else str(foreign),
    }

    with pytest.raises(SystemExit) as stopped:
        train(root / "mmseg_configs" / "gpcis_lite0.py", foreign.parent, options)

    line = str(stopped.value)
    assert line.startswith(f"gpcis: {foreign} belongs to another model")
    assert "\n" not in line


@pytest.mark.slow
def test_a_narrower_decoder_is_trained_on_but_not_resumed(
    data: Path, root: Path, tmp_path: Path
) -> None:
    """Its weights fit when widened; moments of its optimiser would not."""
    config = root / "mmseg_configs" / "gpcis_lite0.py"
    options: dict[str, Any] = {
        "train_dataloader.dataset.data_root": str(data),
        "train_cfg.max_epochs": 1,
        "model.decode_head.decoder.channels": 16,
    }
    train(config, tmp_path / "narrow", options)
    narrow = str(tmp_path / "narrow" / "epoch_1.pth")
    options["model.decode_head.decoder.channels"] = 24

    _, wide = train(config, tmp_path / "wide", {**options, "load_from": narrow})

    assert wide["decode_head.projection.weight"].shape[1] == 24
    with pytest.raises(SystemExit, match="belongs to another model"):
        train(config, tmp_path, {**options, "load_from": narrow, "resume": True})
