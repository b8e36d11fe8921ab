"""The estimated IoU: steadiness of a mask, its calibration and the file of it."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.load import SHIPPED
from gpcis_backend.inference.quality import (
    Calibration,
    calibration_path,
    read_calibration,
)
from gpcis_backend.metrics import steadiness

shares = st.floats(0, 1)
DIGEST = "ab" * 32


def test_sure_mask_is_steady_and_a_doubtful_one_is_not() -> None:
    sure = np.array([[0.0, 1.0, 1.0, 0.0]], dtype=np.float32)
    doubtful = np.array([[0.45, 0.55, 0.9, 0.0]], dtype=np.float32)

    assert steadiness(sure, 0.5) == 1
    assert steadiness(doubtful, 0.5) == pytest.approx(1 / 3)


def test_empty_mask_is_not_steady() -> None:
    assert steadiness(np.zeros((2, 2), dtype=np.float32), 0.5) == 0


@given(values=st.lists(shares, min_size=1, max_size=9), threshold=shares)
def test_steadiness_is_a_share(values: list[float], threshold: float) -> None:
    prob = np.array([values], dtype=np.float32)

    assert 0 <= steadiness(prob, threshold) <= 1


@given(first=shares, second=shares, offset=st.floats(-20, 20), slope=st.floats(0, 20))
def test_steadier_masks_never_count_as_worse(
    first: float, second: float, offset: float, slope: float
) -> None:
    calibration = Calibration(offset, slope)

    low, high = sorted([first, second])

    assert 0 <= calibration(low) <= calibration(high) <= 1


@given(steady=st.floats(0.001, 0.999))
def test_weights_that_nobody_measured_keep_the_steadiness(steady: float) -> None:
    assert Calibration()(steady) == pytest.approx(steady)


def test_calibration_beside_the_weights_is_used(tmp_path: Path) -> None:
    checkpoint = tmp_path / "model.pth"
    _write(checkpoint, {"checkpoint_sha256": DIGEST, "offset": 1, "slope": 0.5})

    assert read_calibration(checkpoint, DIGEST) == Calibration(1, 0.5)


def test_weights_without_calibration_have_none(tmp_path: Path) -> None:
    assert read_calibration(tmp_path / "model.pth", DIGEST) == Calibration()


def test_calibration_of_other_weights_is_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint = tmp_path / "model.pth"
    _write(checkpoint, {"checkpoint_sha256": "0" * 64, "offset": 1, "slope": 0.5})

    assert read_calibration(checkpoint, DIGEST) == Calibration()
    assert "other weights" in caplog.text


@pytest.mark.parametrize(("error", "is_trusted"), [(0.05, True), (0.051, False)])
def test_an_estimate_is_trusted_if_it_errs_little(
    tmp_path: Path, error: float, is_trusted: bool
) -> None:
    """ui.md: a mean error of .05 on held-out data."""
    checkpoint = tmp_path / "model.pth"
    measured = {"cross_validated": {"mean_absolute_error": error}}
    _write(
        checkpoint, {**measured, "checkpoint_sha256": DIGEST, "offset": 1, "slope": 1}
    )

    assert read_calibration(checkpoint, DIGEST).is_trusted is is_trusted
    assert not Calibration().is_trusted


def test_a_map_without_its_error_is_not_trusted(tmp_path: Path) -> None:
    checkpoint = tmp_path / "model.pth"
    _write(checkpoint, {"checkpoint_sha256": DIGEST, "offset": 1, "slope": 1})

    assert not read_calibration(checkpoint, DIGEST).is_trusted


def test_shipped_calibration_belongs_to_the_shipped_weights() -> None:
    digest = sha256(SHIPPED.read_bytes()).hexdigest()

    assert read_calibration(SHIPPED, digest) != Calibration()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([], id="no object"),
        pytest.param({"checkpoint_sha256": DIGEST, "offset": 1}, id="half of it"),
        pytest.param(
            {"checkpoint_sha256": DIGEST, "offset": 1, "slope": -1}, id="falling"
        ),
        pytest.param(
            {"checkpoint_sha256": DIGEST, "offset": float("nan"), "slope": 1}, id="nan"
        ),
    ],
)
def test_damaged_calibration_says_what_to_do(tmp_path: Path, content: object) -> None:
    checkpoint = tmp_path / "model.pth"
    _write(checkpoint, content)

    with pytest.raises(ModelUnavailable, match="gpcis calibrate"):
        read_calibration(checkpoint, DIGEST)


def _write(checkpoint: Path, content: object) -> None:
    calibration_path(checkpoint).write_text(json.dumps(content), encoding="utf-8")
