"""``gpcis finetune`` as a user calls it, on a handful of generated pictures."""

import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from mmengine.config import Config
from PIL import Image as pillow

from command_line import check_one_line, status_of
from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.inference.load import SHIPPED
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint

CONFIG = Path(__file__).parents[2] / "mmseg_configs" / "gpcis_lite0_finetune.py"
GPCIS = Path(sys.executable).with_name("gpcis")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight pictures, two of which are held out."""
    return _toy(tmp_path_factory, num_train=8)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder of three pictures: too few to hold any out."""
    return _toy(tmp_path_factory, num_train=3) / "train" / "toy"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The config that ships, on two crops of 64 pixels a step."""
    cfg = Config.fromfile(CONFIG)
    cfg.train_dataloader.update(batch_size=2, dataset={"stages": ((0, 64),)})
    path = tmp_path_factory.mktemp("config") / "tiny.py"
    cfg.dump(path)
    return path


@pytest.mark.slow
def test_a_model_learns_is_measured_and_can_be_used(
    data: Path, config: Path, tmp_path: Path
) -> None:
    out, shipped = tmp_path / "mine.safetensors", _digest(SHIPPED)

    learned = _run(
        "finetune", config, "--data", data, "--samples=4", "--seed=1", "--out", out
    )
    picture = next((data / "train/toy/img").iterdir())
    used = _run(
        "predict", picture, "--click=30,30,+", "--checkpoint", out,
        "--out", tmp_path / "mask.png",
    )  # fmt: skip

    assert learned.returncode == 0, learned.stderr
    words = ("2 pictures held out", "2 of 2 steps", "before", "after", "gpcis serve")
    assert [word for word in words if word not in learned.stdout] == []
    assert used.returncode == 0, used.stderr
    with pillow.open(tmp_path / "mask.png") as mask:
        assert mask.size == (64, 64)
    assert _digest(SHIPPED) == shipped
    _check_learned(out)
    assert {path.name for path in tmp_path.iterdir()} == {out.name, "mask.png"}


@pytest.mark.slow
def test_few_pictures_are_learned_from_without_numbers(
    few: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine.safetensors"

    done = _run("finetune", config, "--data", few, "--samples=2", "--out", out)

    assert done.returncode == 0, done.stderr
    assert "0 pictures held out" in done.stdout
    assert "cannot be measured" in done.stdout
    _check_learned(out)


@pytest.mark.slow
def test_an_interruption_leaves_nothing_behind(
    few: Path, config: Path, tmp_path: Path
) -> None:
    words = ("finetune", config, "--data", few, "--samples=4000")
    out, scratch = tmp_path / "mine.safetensors", tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [GPCIS, *map(str, words), "--out", out],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,
    )
    try:
        while process.poll() is None and not list(scratch.glob("gpcis-finetune-*")):
            time.sleep(0.1)

        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()

    assert process.returncode != 0
    assert list(scratch.glob("gpcis-finetune-*")) == []
    assert [path.name for path in tmp_path.iterdir()] == ["scratch"]


def _heed_interrupts() -> None:
    """As from a terminal; a job in the background inherits deafness to Ctrl+C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_existing_file_is_not_overwritten(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.safetensors"
    out.write_text("precious")

    status = _call("--data", data, "--out", out)

    check_one_line(status, "is not overwritten", capsys)
    assert out.read_text() == "precious"


def test_the_shipped_weights_are_not_overwritten(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _call("--data", data, "--out", SHIPPED)

    check_one_line(status, "is not overwritten", capsys)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--data", "nowhere"], "No labelled pictures in"),
        (["--data", "empty"], "No object of 80 pixels or more"),
        (["--data", "DATA", "--out", "mine.pth"], "must end in .safetensors"),
        (["--data", "DATA", "--out", "no/mine.safetensors"], "folder of --out"),
        (["--data", "DATA", "--checkpoint", "no.safetensors"], "No checkpoint at"),
        (["--data", "DATA", "foreign.py"], "foreign.py is not a usable mmseg config"),
        (["--data", "DATA", "missing.py"], "No config at missing.py"),
    ],
    ids=["data", "objects", "suffix", "folder", "checkpoint", "foreign", "no config"],
)
def test_bad_input_is_one_line_before_any_work(
    words: list[str],
    complaint: str,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    _write_without_objects(tmp_path / "empty")
    (tmp_path / "foreign.py").write_text("a = 1\n")

    status = _call(*(str(data) if word == "DATA" else word for word in words))

    check_one_line(status, complaint, capsys)
    assert not list(tmp_path.glob("*.safetensors"))


def _toy(tmp_path_factory: pytest.TempPathFactory, num_train: int) -> Path:
    root = tmp_path_factory.mktemp("labelled")
    write_toy_set(root, num_train=num_train, num_eval=1, size=64)
    return root


def _write_without_objects(folder: Path) -> None:
    for part, mode in (("img", "RGB"), ("inst", "L")):
        (folder / part).mkdir(parents=True)
        pillow.new(mode, (20, 20)).save(folder / part / "1.png")


def _check_learned(out: Path) -> None:
    """The file carries its settings, and most weights have changed a little."""
    settings, weights = read_checkpoint(out)
    _, before = read_checkpoint(SHIPPED)
    changed = [name for name in before if not weights[name].equal(before[name])]
    assert settings is not None
    assert weights.keys() == before.keys()
    assert len(changed) > len(before) / 4


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GPCIS, *map(str, words)], capture_output=True, text=True, check=False
    )


def _call(*words: str | Path) -> int:
    """Exit status of ``gpcis finetune`` with these words."""
    return status_of("finetune", *words)
