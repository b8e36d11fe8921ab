"""Training as a user starts it: ``mim train`` on the toy set, resume, ``mim test``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpcis_backend.data.toy import write_toy_set

CONFIGS = Path(__file__).parents[2] / "mmseg_configs"
SMALL = (
    "train_dataloader.batch_size=2",
    "train_dataloader.sampler.epoch_samples=4",
    "train_dataloader.dataset.stages=((0,64),)",
    "val_dataloader.dataset.limit=2",
    "val_dataloader.dataset.min_area=100",
    "val_cfg.max_clicks=2",
    "test_cfg.max_clicks=2",
    "test_evaluator.max_clicks=2",
    "default_hooks.logger.interval=1",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    write_toy_set(root, num_train=40, num_eval=2, size=96)
    return root


def _mim(
    action: str, *words: str, data: Path | None, folder: Path
) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "GPCIS_DATA"}
    if data is not None:
        environment["GPCIS_DATA"] = str(data)
    return subprocess.run(
        [str(Path(sys.executable).with_name("mim")), action, "mmseg", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_run_trains_resumes_and_is_tested(data: Path, tmp_path: Path) -> None:
    config, work = str(CONFIGS / "gpcis_toy.py"), tmp_path / "work"
    options = ("--work-dir", str(work), "--cfg-options", *SMALL)

    first = _mim(
        "train", config, *options, "train_cfg.max_epochs=1", data=data, folder=tmp_path
    )
    second = _mim(
        "train", config, "--resume", *options, "train_cfg.max_epochs=2",
        data=data, folder=tmp_path,
    )  # fmt: skip
    tested = _mim(
        "test", config, "--checkpoint", str(work / "epoch_2.pth"), *options,
        data=data, folder=tmp_path,
    )  # fmt: skip

    assert first.returncode == 0, first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr
    assert "resumed epoch: 1" in second.stdout + second.stderr
    assert list(work.glob("best_*.pth"))
    assert list(work.rglob("events.out.tfevents.*"))
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "noc@90" in tested.stdout + tested.stderr
    table = json.loads(max(work.rglob("click_metrics.json")).read_text())
    assert table["datasets"].keys() == {"grabcut", "berkeley"}
    assert table["datasets"]["grabcut"]["objects"] == 2


@pytest.mark.slow
def test_missing_data_is_one_clear_line(tmp_path: Path) -> None:
    run = _mim("train", str(CONFIGS / "gpcis_lite0.py"), data=None, folder=tmp_path)

    assert run.returncode != 0
    lines = [line for line in run.stderr.splitlines() if line.startswith("gpcis: ")]
    assert len(lines) == 1
    assert str(tmp_path / "data") in lines[0]
    assert "gpcis data toy --out DIR" in lines[0]
