"""``gpcis predict`` as a user calls it, with a model without weights."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

from command_line import check_one_line, status_of
from gpcis_backend.errors import ModelUnavailable
from rest_client import square_png
from toy_predictor import ToyPredictor

LOAD = "gpcis_backend.inference.load.load_predictor"


@pytest.fixture(autouse=True)
def _toy_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy model in the place of the loaded one."""
    monkeypatch.setattr(LOAD, lambda checkpoint, config: ToyPredictor())


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A red square, rows 10 to 29, columns 15 to 34, on green."""
    path = tmp_path / "photo.png"
    path.write_bytes(square_png())
    return path


def test_clicks_give_a_mask_of_0_and_255(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = photo.with_name("mask.png")

    status = _call(photo, "--click", "20,25,+", "--click=2,2.9,-", "--out", out)

    mask = np.asarray(pillow.open(out))
    assert status == 0
    assert mask.shape == (40, 50)
    assert np.unique(mask).tolist() == [0, 255]
    assert (mask[10:30, 15:35] == 255).all()
    assert (mask == 255).sum() == 400
    assert "20.00 % of 50 x 40 pixels" in capsys.readouterr().out


def test_several_clicks_may_follow_one_option(photo: Path) -> None:
    out = photo.with_name("mask.png")

    assert _call(photo, "--click", "20,25,+", "2,2,-", "20,26,-", "--out", out) == 0

    assert np.asarray(pillow.open(out))[20, 26] == 0


def test_no_clicks_give_an_empty_mask(photo: Path) -> None:
    out = photo.with_name("mask.png")

    assert _call(photo, "--out", out) == 0

    assert not np.asarray(pillow.open(out)).any()


def test_the_last_click_on_a_pixel_wins_and_is_told(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = photo.with_name("mask.png")

    _call(photo, "--click", "20,25,+", "--click", "20,25,-", "--out", out)

    assert np.asarray(pillow.open(out))[20, 25] == 0
    assert "1 of 2 clicks were taken back" in capsys.readouterr().out


def test_two_hundred_clicks_work(photo: Path) -> None:
    clicks = [f"--click={num % 40},{num % 50},+" for num in range(200)]

    assert _call(photo, *clicks, "--out", photo.with_name("mask.png")) == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["--click=nan,3,+"], "is no click", id="NaN"),
        pytest.param(["--click=inf,3,+"], "is no click", id="infinity"),
        pytest.param(["--click=3,4"], "is no click", id="no sign"),
        pytest.param(["--click=3,4,x"], "is no click", id="another sign"),
        pytest.param(["--click=a,b,+"], "is no click", id="words"),
        pytest.param(["--click=40,3,+"], "outside", id="below the image"),
        pytest.param(["--click", "-1,3,+"], "outside", id="above the image"),
        pytest.param(["--click=1,3,+"] * 201, "201 clicks", id="201 clicks"),
        pytest.param(["--threshold=1.5"], "threshold", id="threshold"),
        pytest.param(["--threshold=nan"], "threshold", id="threshold NaN"),
        pytest.param(
            ["--click=1,1,+", "2,2,-", "--click=3,3,+"], "stands alone", id="order"
        ),
    ],
)
def test_bad_clicks_get_one_line_and_nothing_is_written(
    photo: Path,
    words: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = photo.with_name("mask.png")

    status = _call(photo, *words, "--out", out)

    check_one_line(status, complaint, capsys)
    assert not out.exists()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"words", "not an image", id="text named .jpg"),
        pytest.param(square_png()[:60], "damaged", id="cut short"),
        pytest.param(None, "no image file", id="missing"),
    ],
)
def test_bad_files_get_one_line(
    tmp_path: Path,
    data: bytes | None,
    complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "photo.jpg"
    if data is not None:
        path.write_bytes(data)

    status = _call(path, "--click=0,0,+", "--out", tmp_path / "mask.png")

    check_one_line(status, complaint, capsys)


def test_a_missing_model_gets_one_line(
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(checkpoint: Path, config: Path) -> None:
        raise ModelUnavailable(f"No weights at {checkpoint}.")

    monkeypatch.setattr(LOAD, fail)

    status = _call(photo, "--checkpoint=x.pth", "--out", photo.with_name("mask.png"))

    check_one_line(status, "No weights at x.pth", capsys)


def test_a_missing_system_library_is_named_with_its_command(
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(checkpoint: Path, config: Path) -> None:
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(LOAD, fail)

    status = _call(photo, "--out", photo.with_name("mask.png"))

    check_one_line(status, "apt-get install libgl1", capsys)


@pytest.mark.parametrize("out", ["mask.jpg", "nowhere/mask.png"])
def test_a_mask_that_cannot_be_written_is_refused_before_the_work(
    photo: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _call(photo, "--out", photo.with_name("x").parent / out)

    check_one_line(status, "--out", capsys)


def test_the_module_is_the_command_and_its_help_loads_no_model() -> None:
    program = "import sys, runpy; sys.argv[1:] = ['--help']\n"
    program += "try: runpy.run_module('gpcis_backend', run_name='__main__')\n"
    program += "except SystemExit: print('heavy:', {'torch', 'flask'} & {*sys.modules})"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True)

    assert b"predict" in done.stdout
    assert b"heavy: set()" in done.stdout


def _call(*words: str | Path) -> int:
    """Exit status of ``gpcis predict`` with these words."""
    return status_of("predict", *words)
