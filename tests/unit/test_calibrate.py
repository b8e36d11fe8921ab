"""Fitting the estimated IoU to measured pairs, and the command that does it."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from gpcis_backend.cli.calibrate import calibrate
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.calibrate import cross_validated, fit, to_pairs
from gpcis_backend.inference.quality import Calibration, read_calibration

TRUE = Calibration(offset=1.4, slope=0.6)
STEADY = np.linspace(0.02, 0.98, 40)


def test_fit_finds_the_map_that_made_the_values() -> None:
    found = fit(STEADY, np.array([TRUE(steady) for steady in STEADY]))

    assert found.offset == pytest.approx(TRUE.offset, abs=0.01)
    assert found.slope == pytest.approx(TRUE.slope, abs=0.01)


def test_fit_stays_monotone_where_steady_masks_are_worse() -> None:
    assert fit(STEADY, 1 - STEADY).slope == 0


def test_error_is_measured_on_the_other_half_of_the_photographs() -> None:
    ious = {"6": [0.9], "29": [0.1]}  # two photographs, one of each half
    pairs = to_pairs(_results({name: ([0.5], iou) for name, iou in ious.items()}))

    assert pairs.is_first_half.tolist() in ([True, False], [False, True])
    error = cross_validated(pairs)["mean_absolute_error"]
    assert error == pytest.approx(0.8, abs=0.01)


def test_only_held_out_objects_count() -> None:
    results = _results({"6": ([0.5], [0.9]), "29": ([0.5], [0.1])})
    results["datasets"]["grabcut"] = {"curves": "not looked at"}

    assert len(to_pairs(results).iou) == 2


@pytest.mark.parametrize(
    ("results", "found"),
    [
        pytest.param({}, "no results file", id="something else"),
        pytest.param({"datasets": []}, "no results file", id="a list"),
        pytest.param({"datasets": {"grabcut": {}}}, "held-out=DIR", id="not held out"),
    ],
)
def test_results_that_cannot_be_used_are_refused(
    results: dict[str, Any], found: str
) -> None:
    with pytest.raises(InvalidInput, match=found):
        to_pairs(results)


def test_command_writes_what_the_model_reads(tmp_path: Path) -> None:
    checkpoint, results = _files(tmp_path, b"weights")

    answer = CliRunner().invoke(_app(), [str(results), str(checkpoint)])

    assert answer.exit_code == 0, answer.output
    assert "cross-validated" in answer.output
    digest = sha256(b"weights").hexdigest()
    assert read_calibration(checkpoint, digest) != Calibration()
    drawn = results.with_suffix(".reliability.png")
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert str(drawn) in answer.output.replace("\n", "")


def test_command_refuses_results_of_other_weights(tmp_path: Path) -> None:
    checkpoint, results = _files(tmp_path, b"weights")
    checkpoint.write_bytes(b"trained on")

    answer = CliRunner().invoke(_app(), [str(results), str(checkpoint)])

    assert isinstance(answer.exception, InvalidInput)
    assert "was not measured with" in str(answer.exception)
    assert list(tmp_path.glob("*.calibration.json")) == []


def test_command_refuses_results_of_another_protocol(tmp_path: Path) -> None:
    checkpoint, results = _files(tmp_path, b"weights")
    measured = json.loads(results.read_text(encoding="utf-8"))
    measured["rules"]["as_made"] = False
    results.write_text(json.dumps(measured), encoding="utf-8")

    answer = CliRunner().invoke(_app(), [str(results), str(checkpoint)])

    assert isinstance(answer.exception, InvalidInput)
    assert "as the model is made to look" in str(answer.exception)
    assert list(tmp_path.glob("*.calibration.json")) == []


@pytest.mark.parametrize("text", ["", "[]", "\x00"])
def test_command_refuses_a_file_of_something_else(tmp_path: Path, text: str) -> None:
    checkpoint, results = _files(tmp_path, b"weights")
    results.write_text(text)

    answer = CliRunner().invoke(_app(), [str(results), str(checkpoint)])

    assert isinstance(answer.exception, InvalidInput)


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(calibrate)
    return app


def _files(folder: Path, weights: bytes) -> tuple[Path, Path]:
    """A checkpoint, and what an evaluation measured with it."""
    checkpoint, results = folder / "model.pth", folder / "results.json"
    checkpoint.write_bytes(weights)
    curve = STEADY.tolist(), [TRUE(steady) for steady in STEADY]
    measured = _results({"6": curve, "29": curve})
    measured["checkpoint_sha256"] = sha256(weights).hexdigest()
    results.write_text(json.dumps(measured), encoding="utf-8")
    return checkpoint, results


def _results(objects: dict[str, tuple[list[float], list[float]]]) -> dict[str, Any]:
    """What ``gpcis eval`` writes, as far as it matters; keyed by picture."""
    curves = [
        {"name": f"set/{picture}#1", "steadiness": steady, "iou": iou}
        for picture, (steady, iou) in objects.items()
    ]
    return {
        "datasets": {"held-out/set": {"curves": curves}},
        "rules": {"as_made": True},
    }
