"""``gpcis eval`` and ``gpcis data toy`` as a user calls them, but with a toy model."""

import base64
import io
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
from gpcis_backend.clicks.click import Image
from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.errors import DataNotFound, InvalidInput
from gpcis_backend.inference.predictor import Encoding
from toy_predictor import ToyPredictor


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("toy")
    write_toy_set(out, num_train=0, num_eval=2, size=40)
    return out / "eval"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command, with the toy model in the place of the loaded one."""
    return _app(monkeypatch, ToyPredictor(noise_var=1e-3))


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


def test_stopped_examination_goes_on_where_it_was(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, whole = toy / "stopped.json", toy / "whole.json"
    model = Stopping()
    app = _app(monkeypatch, model)
    options = [f"--dataset=grabcut={toy}", "--max-clicks=3"]

    stopped = CliRunner().invoke(app, [*options, f"--out={out}"])
    model.num_left = 1000
    answer = _call(app, *options, out)

    assert stopped.exit_code != 0
    assert "Going on: 1 of 2" in answer
    assert sorted(path.name for path in toy.glob("stopped*")) == [
        "stopped.json",
        "stopped.png",
    ]
    _call(app, *options, whole)
    assert _untimed(out) == _untimed(whole)


def test_noise_variances_and_draws_are_rows_of_their_own(
    app: typer.Typer, toy: Path
) -> None:
    out = toy / "rows.json"

    answer = _call(
        app, f"--dataset=grabcut={toy}", "--noise-var=1e-3", "--noise-vars=1e-1,1e-3",
        "--clicks=random-inner", "--draws=2", "--max-clicks=3", out,
    )  # fmt: skip

    found = json.loads(out.read_text(encoding="utf-8"))
    row = found["datasets"]["grabcut"]
    assert [part["noise_var"] for part in row["noise_vars"]] == [1e-1, 1e-3]
    assert row["noise_vars"][0]["mean_iou"] != row["mean_iou"]
    assert row["noise_vars"][1]["mean_iou"] == row["mean_iou"]
    assert len(row["robustness"]["noc@90"]) == 2
    assert found["rules"]["robustness"] == "random-inner"
    assert "1e-03" in answer
    assert "Robustness" in answer


def test_model_without_a_gaussian_process_has_no_noise_to_vary(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _app(monkeypatch, Plain())

    answer = CliRunner().invoke(
        app, [f"--dataset=grabcut={toy}", "--noise-vars=all", f"--out={toy}/n.json"]
    )

    assert isinstance(answer.exception, InvalidInput)
    assert "no Gaussian process" in str(answer.exception)


def test_clicks_and_worst_masks_are_kept(app: typer.Typer, toy: Path) -> None:
    out = toy / "kept.json"

    _call(app, f"--dataset=grabcut={toy}", "--max-clicks=3", out)

    row = json.loads(out.read_text(encoding="utf-8"))["datasets"]["grabcut"]
    curve = row["curves"][0]
    assert len(curve["clicks"]) == len(curve["iou"])
    assert all(len(click) == 3 and abs(click[2]) == 1 for click in curve["clicks"])
    mask = base64.b64decode(row["worst"][0]["mask"])
    with PillowImage.open(io.BytesIO(mask)) as file:
        assert (file.mode, file.size) == ("1", (40, 40))
    assert row["dir"] == str(toy)


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


def _app(monkeypatch: pytest.MonkeyPatch, model: ToyPredictor) -> typer.Typer:
    load = ModuleType("gpcis_backend.inference.load")
    vars(load)["load_predictor"] = lambda checkpoint, config: model
    monkeypatch.setitem(sys.modules, load.__name__, load)
    app = typer.Typer()
    app.command("eval")(evaluate)
    return app


def _untimed(path: Path) -> object:
    """A results file without what a clock put into it."""
    found = json.loads(path.read_text(encoding="utf-8"))
    for row in found["datasets"].values():
        del row["seconds_per_click"], row["network_seconds_per_click"]
    return found


class Stopping(ToyPredictor):
    """Fails when it has seen some images, as if somebody had stopped it."""

    num_left = 1

    def encode(self, image: Image) -> Encoding:
        if self.num_left == 0:
            raise KeyboardInterrupt
        self.num_left -= 1
        return super().encode(image)


class Plain(ToyPredictor):
    """Has no noise variance."""

    def __init__(self) -> None:
        super().__init__()
        self.noise_var = None
