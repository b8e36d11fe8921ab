"""``gpcis ablate`` as a user calls it, on a handful of generated pictures."""

import json
from pathlib import Path

import pytest
from mmengine.config import Config

from command_line import check_one_line, status_of
from gpcis_backend.data.toy import write_toy_set

CONFIGS = Path(__file__).parents[2] / "mmseg_configs"
WORDS = ("--samples=4", "--side=64", "--objects=2", "--clicks=5", "--seeds=0")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    write_toy_set(root, num_train=20, num_eval=1, size=64)
    return root


@pytest.fixture
def config(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy config on small batches and small objects."""
    monkeypatch.setenv("GPCIS_DATA", str(data))
    cfg = Config.fromfile(CONFIGS / "gpcis_toy.py")
    cfg.train_dataloader.batch_size = 2
    cfg.val_dataloader.dataset.min_area = 80
    path = tmp_path / "gpcis_tiny.py"
    cfg.dump(path)
    return path


@pytest.mark.slow
def test_variants_are_trained_compared_and_not_trained_again(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ("ablate", config, *WORDS, "--variants=no_rgb", "--out", out)

    status = status_of(*words)
    first = capfd.readouterr().out
    weights = (out / "no_rgb-0.safetensors").stat()
    again = status_of(*words)
    second = capfd.readouterr().out

    assert status == again == 0
    assert first.count("done after") == 2
    assert second.count("finished before") == 2
    assert (out / "no_rgb-0.safetensors").stat().st_mtime_ns == weights.st_mtime_ns
    assert first.splitlines()[-6:] == second.splitlines()[-6:]
    full, no_rgb = json.loads((out / "ablation.json").read_text())["rows"]
    assert full["learned"] - no_rgb["learned"] == 3 * 128 + 3 * 96 + 1
    assert no_rgb["difference"]["noc@90"]["by_seed"] == [
        no_rgb["noc@90"] - full["noc@90"]
    ]
    assert "no RGB concatenation" in (out / "ablation.md").read_text()


@pytest.mark.slow
def test_a_run_that_fails_is_named_and_the_others_are_shown(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "full-0.safetensors").write_bytes(b"not weights")
    curve = {"name": "a", "iou": [0.8, 0.9], "contradicted": [0, 0]}
    ready = {"variant": "no_vi", "seed": 0, "learned": 7, "curves": [curve]}
    (out / "no_vi-0.json").write_text(json.dumps(ready))

    status = status_of("ablate", config, *WORDS, "--variants=no_vi", "--out", out)

    told = capfd.readouterr()
    assert status == 1
    assert "full, seed 0: failed" in told.out
    assert "| no L_VI | 7 | 1 | 2.00 | 2.00 | 0.800 | 0.900 | 0.0 |" in told.out
    assert told.err == f"gpcis: 1 of 2 runs failed: {out / 'full-0.log'}\n"
    assert "gpcis: " in (out / "full-0.log").read_text().splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--variants=no_rgb,colour",), "--variants: colour is unknown; choose from"),
        (("--seeds=0,x",), '--seeds takes whole numbers such as 0,1, not "0,x"'),
        (("--seeds=",), "--seeds takes whole numbers"),
        (("--variants=plain",), "has no ritm_* twin beside it"),
    ],
)
def test_what_cannot_be_run_is_one_line(
    words: tuple[str, ...],
    complaint: str,
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = status_of("ablate", config, "--out", tmp_path / "out", *words)

    check_one_line(status, complaint, capsys)


def test_runs_of_other_settings_are_not_mixed(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "full-0.py").write_text("of another day")

    status = status_of("ablate", config, *WORDS, "--out", out)

    check_one_line(status, "full-0.py was made with other settings", capsys)


def test_missing_data_are_one_line(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GPCIS_DATA", str(tmp_path / "nowhere"))

    status = status_of("ablate", config, *WORDS, "--out", tmp_path / "out")

    check_one_line(status, str(tmp_path / "nowhere"), capsys)
