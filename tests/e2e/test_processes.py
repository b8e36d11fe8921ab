"""Training and evaluation by two processes on this machine, as the launchers start."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gpcis_backend.data.toy import write_toy_set

_SCRIPT = Path(__file__).parents[1] / "training_run.py"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_toy_set(folder, num_train=12, num_eval=3, size=96)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["pytorch", "slurm"])
def test_two_processes_learn_what_one_learns_from_the_whole_batch(
    launcher: str, data: Path, root: Path, tmp_path: Path
) -> None:
    """Samples, corrections, draws, gradients; up to the rounding of sums (1e-5)."""
    config = str(root / "mmseg_configs" / "gpcis_toy.py")
    alone, both = tmp_path / "alone.json", tmp_path / "both.json"
    epoch = "train_dataloader.sampler.epoch_samples=8"

    one = (config, str(alone), "train_dataloader.batch_size=4", epoch)
    _together("pytorch", 1, one, data)
    two = (config, str(both), "train_dataloader.batch_size=2", epoch)
    _together(launcher, 2, two, data)

    expected, found = (json.loads(file.read_text()) for file in (alone, both))
    assert len(expected) == 4
    for whole, halves in zip(expected, found, strict=True):
        assert halves == pytest.approx(whole, rel=1e-5)


@pytest.mark.slow
def test_two_processes_measure_what_one_measures(
    data: Path, root: Path, tmp_path: Path
) -> None:
    """An odd number of objects in each set: none twice, none missing."""
    config = str(root / "mmseg_configs" / "gpcis_toy.py")
    options = ("load_from=gpcis://gpcis_lite0", "test_cfg.max_clicks=3")
    tables = []

    for count in (1, 2):
        file = tmp_path / f"{count}.json"
        _together("pytorch", count, (config, str(file), *options, "--test"), data)
        metrics = json.loads(file.read_text())
        tables.append({k: v for k, v in metrics.items() if "second" not in k})

    assert tables[0] == tables[1]
    assert tables[0]["grabcut/iou@1"] > 0


def _together(launcher: str, count: int, words: tuple[str, ...], data: Path) -> None:
    """Run the script in so many processes, as torchrun or slurm's srun starts them."""
    command = [sys.executable, str(_SCRIPT), *words, "--launcher", launcher]
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
    total, number, local = (
        ("SLURM_NTASKS", "SLURM_PROCID", "SLURM_LOCALID")
        if launcher == "slurm"
        else ("WORLD_SIZE", "RANK", "LOCAL_RANK")
    )
    named = {**address, "SLURM_NODELIST": "here", total: str(count)}
    _finish(
        [
            _start(command, data, {**named, number: str(rank), local: str(rank)})
            for rank in range(count)
        ]
    )


def _start(
    command: list[str], data: Path, variables: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=data,
        env={**os.environ, "GPCIS_DATA": str(data), **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(processes: list[subprocess.Popen[str]]) -> None:
    outputs = [process.communicate()[0] for process in processes]
    assert all(process.returncode == 0 for process in processes), "\n".join(outputs)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
