"""Which runtime runs the network, and why; OpenVINO itself where it is installed."""

import logging
from pathlib import Path

import numpy as np
import pytest

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.errors import InvalidInput, ModelUnavailable
from gpcis_backend.inference import openvino_predictor
from gpcis_backend.inference.load import load_predictor
from gpcis_backend.inference.openvino_network import (
    ConvertedNetwork,
)
from gpcis_backend.inference.runtime_check import (
    Trial,
    compare,
    worst,
)
from gpcis_backend.inference.torch_predictor import TorchPredictor
from gpcis_backend.mmseg_plugin.served_model import ServedModel
from gpcis_backend.server.settings import Settings

SIDE = 64  # of the pictures that the converted network takes
_GOOD, _BETTER = Trial(0.999, 0.99, 2.0), Trial(0.996, 0.99, 4.0)
_OTHER, _SLOW = Trial(0.98, 0.9, 9.0), Trial(1.0, 1.0, 0.5)


@pytest.fixture(scope="module")
def shipped() -> TorchPredictor:
    return load_predictor(runtime="torch")


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Trial]:
    """Results that stand in for those of a machine; an empty dict to fill."""
    found: dict[str, Trial] = {}
    network = ConvertedNetwork(tmp_path / "net.xml", SIDE, None)
    monkeypatch.setattr(openvino_predictor, "is_installed", lambda: True)
    monkeypatch.setattr(openvino_predictor, "converted", lambda *_: network)
    monkeypatch.setattr(openvino_predictor, "precisions", lambda: tuple(found))
    monkeypatch.setattr(openvino_predictor, "_compiled", lambda *args: args[2])
    monkeypatch.setattr(
        openvino_predictor, "compare", lambda _, look, __: found[_network_of(look)]
    )
    return found


def test_the_fastest_of_those_that_agree_is_used(
    shipped: TorchPredictor, trials: dict[str, Trial]
) -> None:
    trials.update({"bf16": _OTHER, "f16": _BETTER, "f32": _GOOD})

    found = openvino_predictor.in_openvino(shipped)

    assert _network_of(found.look) == "f16"
    assert "f16: 4.0 times as fast" in found.runtime
    assert shipped.runtime == "torch, as trained"


def test_what_was_measured_is_not_measured_again(
    shipped: TorchPredictor, trials: dict[str, Trial]
) -> None:
    trials["f32"] = _GOOD
    openvino_predictor.in_openvino(shipped)
    trials["f32"] = _OTHER

    found = openvino_predictor.in_openvino(shipped)

    assert _network_of(found.look) == "f32"


def test_a_record_without_a_trial_is_measured_anew(
    shipped: TorchPredictor, trials: dict[str, Trial], tmp_path: Path
) -> None:
    trials["f32"] = _GOOD
    openvino_predictor.in_openvino(shipped)
    (record,) = tmp_path.glob("net.*.json")
    record.write_text("{}")

    found = openvino_predictor.in_openvino(shipped)

    assert _network_of(found.look) == "f32"


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        pytest.param(_OTHER, "differ from torch's: mean IoU f32 0.9800", id="other"),
        pytest.param(_SLOW, "takes 2.00 times as long as torch", id="slower"),
    ],
)
def test_a_runtime_that_is_no_gain_is_refused(
    shipped: TorchPredictor, trials: dict[str, Trial], trial: Trial, words: str
) -> None:
    trials["f32"] = trial

    with pytest.raises(ModelUnavailable, match=words):
        openvino_predictor.in_openvino(shipped)


def test_auto_says_why_it_stays_with_torch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(openvino_predictor, "is_installed", lambda: False)

    with caplog.at_level(logging.INFO, logger="gpcis"):
        predictor = load_predictor(runtime="auto")

    assert predictor.runtime == "torch"
    said = "Runtime: torch. OpenVINO is not installed: pip install openvino."
    assert said in caplog.messages


@pytest.mark.parametrize(
    "error", [RuntimeError, PermissionError, ImportError, Exception]
)
def test_no_failure_of_openvino_leaves_a_server_without_its_model(
    error: type[Exception],
    trials: dict[str, Trial],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise error("what it says\non many lines")

    monkeypatch.setattr(openvino_predictor, "converted", fail)

    with caplog.at_level(logging.INFO, logger="gpcis"):
        predictor = load_predictor(runtime="auto")

    assert predictor.runtime == "torch"
    assert "OpenVINO cannot run gpcis_lite0: what it says" in caplog.text


def test_a_runtime_that_was_asked_for_and_is_missing_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openvino_predictor, "is_installed", lambda: False)

    with pytest.raises(ModelUnavailable, match="pip install openvino"):
        load_predictor(runtime="openvino")


def test_the_environment_chooses_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPCIS_RUNTIME", "auto")

    assert Settings.from_env().runtime == "auto"


def test_without_a_word_the_server_takes_what_answers_soonest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GPCIS_RUNTIME")

    assert Settings.from_env().runtime == Settings().runtime == "auto"


def test_tables_are_about_the_model_as_it_was_trained() -> None:
    predictor = load_predictor()

    assert predictor.click_model is predictor.model


def test_an_unknown_runtime_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPCIS_RUNTIME", "gpu")

    with pytest.raises(InvalidInput, match="auto, torch, openvino"):
        Settings.from_env()


def test_the_trial_sees_other_masks() -> None:
    trial = compare(_Disc(40), _Disc(30), CropZoom())

    assert trial.agreement == pytest.approx((30 / 40) ** 2, abs=0.02)
    assert not trial.is_same
    assert compare(_Disc(40), _Disc(40), CropZoom()).agreement == 1


def test_late_clicks_are_tried_at_their_own_size(
    shipped: TorchPredictor,
    trials: dict[str, Trial],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A format that fails at one size is not used, however good it is at the other."""
    trials["f32"] = _GOOD
    late = shipped.own_zoom.late_size
    assert late is not None
    sides: list[int] = []

    def convert(_: object, __: str, side: int) -> ConvertedNetwork:
        sides.append(side)
        return network

    def look(_: object, __: object, zoom: CropZoom) -> Trial:
        return _OTHER if zoom == CropZoom(late) else _GOOD

    network = ConvertedNetwork(tmp_path / "net.xml", SIDE, None)
    monkeypatch.setattr(openvino_predictor, "converted", convert)
    monkeypatch.setattr(openvino_predictor, "compare", look)

    with pytest.raises(ModelUnavailable, match=r"masks differ .* f32 0\.98"):
        openvino_predictor.in_openvino(shipped)

    assert sides == [shipped.own_zoom.size, late]


def test_a_candidate_is_as_good_as_its_worst_trial() -> None:
    assert worst([_GOOD, _OTHER]) == Trial(0.98, 0.9, 2.0)


class _Disc:
    """A model that answers every click list with the same disc."""

    def __init__(self, radius: int) -> None:
        self.radius = radius

    def __call__(
        self, image: Image, clicks: tuple[Click, ...], prev: Prob | None, view: View
    ) -> Prob:
        rows, cols = np.ogrid[: image.shape[0], : image.shape[1]]
        inside = (rows - 120) ** 2 + (cols - 150) ** 2 <= self.radius**2
        prob: Prob = inside.astype(np.float32)
        return prob


def _network_of(look: object) -> str:
    """The stand-in network of the predictor whose ``look`` this is."""
    predictor: TorchPredictor = look.__self__  # type: ignore[attr-defined]
    assert isinstance(predictor.click_model, ServedModel)
    return str(predictor.click_model.network)
