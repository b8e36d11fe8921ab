"""``gpcis eval`` and ``gpcis data toy`` as a user calls them, but with a toy model."""

import json
import sys
from pathlib import Path
from shutil import copytree
from types import ModuleType

import pytest
import typer
from PIL import Image as PillowImage
from typer.testing import CliRunner

from gpcis_backend.cli.data import data_app
from gpcis_backend.cli.evaluate import evaluate, open_datasets
from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.errors import DataNotFound, InvalidInput
from toy_predictor import ToyPredictor


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("toy")
    write_toy_set(out, num_train=0, num_eval=2, size=40)
    return out / "eval"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command, with the toy model in the place of the loaded one."""
    load = ModuleType("gpcis_backend.inference.load")
    vars(load)["load_predictor"] = lambda checkpoint, config: ToyPredictor()
    monkeypatch.setitem(sys.modules, load.__name__, load)
    app = typer.Typer()
    app.command("eval")(evaluate)
    return app


def test_results_hold_every_promised_key(app: typer.Typer, toy: Path) -> None:
    out = toy / "new" / "results.json"

    answer = _call(app, f"--dataset=grabcut={toy}", f"--dataset=berkeley={toy}", out)

    results = json.loads(out.read_text(encoding="utf-8"))
    assert list(results["datasets"]) == ["grabcut", "berkeley"]
    assert {
        "noc@85",
        "noc@90",
        "nof@85",
        "nof@90",
        "iou@1",
        "iou@5",
        "noic",
        "seconds_per_click",
        "network_seconds_per_click",
        "objects",
    } <= results["datasets"]["grabcut"].keys()
    assert set(results["datasets"]["berkeley"]["nof@90"]) == {"release", "strict"}
    assert {"config", "checkpoint_sha256", "protocol", "versions"} <= results.keys()
    assert "NoC@90" in answer
    assert "berkeley" in answer


def test_plot_lies_beside_the_results(app: typer.Typer, toy: Path) -> None:
    out = toy / "plotted.json"

    _call(app, f"--dataset=grabcut={toy}", out)

    with PillowImage.open(toy / "plotted.png") as plot:
        assert plot.format == "PNG"
        assert min(plot.size) >= 480


def test_held_out_objects_of_each_folder_are_a_set(
    app: typer.Typer, tmp_path: Path
) -> None:
    write_toy_set(tmp_path / "data", num_train=20, num_eval=0, size=160)
    first, out = tmp_path / "data" / "train" / "toy", tmp_path / "results.json"
    second = copytree(first, tmp_path / "data" / "train" / "more")
    options = [f"--dataset=held-out={folder}" for folder in (first, second)]

    _call(app, *options, "--max-clicks=2", out)

    results = json.loads(out.read_text(encoding="utf-8"))["datasets"]
    assert list(results) == ["held-out/toy", "held-out/more"]
    assert 0 <= results["held-out/toy"]["est_iou"]["mean_absolute_error"] <= 1
    curve = results["held-out/toy"]["curves"][0]
    assert len(curve["est_iou"]) == len(curve["iou"])


@pytest.mark.parametrize(
    ("option", "key", "value"),
    [
        ("--predictor=zoom-flip", "predictor", "zoom-flip"),
        ("--threshold=0.49", "threshold", 0.49),
        ("--max-clicks=3", "max_clicks", 3),
        ("--clicks=random-inner", "clicks", "random-inner"),
        ("--seed=4", "seed", 4),
    ],
)
def test_every_rule_is_an_option(
    app: typer.Typer, toy: Path, option: str, key: str, value: object
) -> None:
    out = toy / "rules.json"

    _call(app, f"--dataset=grabcut={toy}", option, "--limit=1", out)

    results = json.loads(out.read_text(encoding="utf-8"))
    assert results["rules"][key] == value
    assert results["datasets"]["grabcut"]["objects"] == 1


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(["grabcut"], "NAME=DIR", id="no folder"),
        pytest.param(["moon=."], "unknown", id="unknown set"),
        pytest.param(["davis=nowhere"], "not found", id="missing set"),
    ],
)
def test_wrong_data_set_is_a_user_error(words: list[str], found: str) -> None:
    with pytest.raises((InvalidInput, DataNotFound), match=found):
        open_datasets(words)


def test_repeated_data_set_is_a_user_error(toy: Path) -> None:
    with pytest.raises(InvalidInput, match="twice"):
        open_datasets([f"grabcut={toy}", f"grabcut={toy}"])


def test_damaged_file_is_found_before_the_work_begins(tmp_path: Path) -> None:
    write_toy_set(tmp_path, num_train=0, num_eval=2, size=32)
    (tmp_path / "eval" / "GrabCut" / "gt" / "0001.png").write_bytes(b"no image")

    with pytest.raises(DataNotFound, match=r"0001\.png"):
        open_datasets([f"grabcut={tmp_path / 'eval'}"])


@pytest.mark.parametrize("name", ["plot.png", "."])
def test_results_that_cannot_be_written_are_refused_before_the_work(
    app: typer.Typer, toy: Path, name: str
) -> None:
    out = f"--out={toy / name}"

    answer = CliRunner().invoke(app, [f"--dataset=grabcut={toy}", out])

    assert isinstance(answer.exception, InvalidInput)


def test_toy_command_writes_a_set_that_is_read_again(tmp_path: Path) -> None:
    out = tmp_path / "toy"

    answer = CliRunner().invoke(data_app, ["toy", "--out", str(out)])

    assert answer.exit_code == 0
    found = open_datasets([f"grabcut={out}/eval", f"berkeley={out}/eval/Berkeley"])
    assert [len(samples) for samples in found.values()] == [10, 10]
    assert len(list((out / "train" / "toy" / "inst").iterdir())) == 60


def _call(app: typer.Typer, *words: str | Path) -> str:
    """Run the command; the last word is the results file.  What it printed."""
    *options, out = (str(word) for word in words)
    answer = CliRunner().invoke(app, [*options, f"--out={out}"])
    assert answer.exit_code == 0, answer.output
    return answer.output
