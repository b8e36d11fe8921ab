"""Networks in OpenVINO, where that is installed."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gpcis_backend.clicks.click import Click
from gpcis_backend.inference.load import load_predictor
from gpcis_backend.inference.openvino_network import (
    OpenVINONetwork,
    converted,
    is_installed,
)
from gpcis_backend.inference.runtime_check import LEAST_AGREEMENT
from gpcis_backend.inference.torch_predictor import TorchPredictor
from gpcis_backend.mmseg_plugin.served_model import RunNetwork, ServedModel

SIDE = 64  # of the pictures that a converted network takes

pytestmark = pytest.mark.skipif(not is_installed(), reason="OpenVINO is not installed")


@pytest.fixture(scope="module")
def shipped() -> TorchPredictor:
    return load_predictor(runtime="torch")


def test_openvino_draws_the_masks_of_torch(
    shipped: TorchPredictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    encoding = shipped.encode(image)
    clicks = (Click(40, 50, True), Click(10, 10, False))
    side = shipped.own_zoom.size
    network = converted(shipped.model, shipped.checkpoint_sha256, side)
    again = converted(shipped.model, shipped.checkpoint_sha256, side)  # from the cache

    reference = shipped.predict(encoding, clicks) > 0.5
    masks = [
        shipped.as_served(
            OpenVINONetwork(found, "f32", _in_torch(shipped)), "OpenVINO"
        ).predict(encoding, clicks)
        > 0.5
        for found in (network, again)
    ]

    assert network.path.is_file()
    for mask in masks:
        overlap = (mask & reference).sum() / (mask | reference).sum()
        assert overlap >= LEAST_AGREEMENT


def test_a_conversion_reports_nothing_over_the_network(
    shipped: TorchPredictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    converted(shipped.model, "another model", SIDE)

    assert sys.modules["openvino_telemetry"] is None


def test_pictures_of_other_sizes_go_to_torch(
    shipped: TorchPredictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    network = converted(shipped.model, shipped.checkpoint_sha256, SIDE)
    runs = OpenVINONetwork(network, "f32", _in_torch(shipped))
    x = torch.randn(1, 6, 48, 96, generator=torch.Generator().manual_seed(0))

    with torch.no_grad():
        torch.testing.assert_close(runs(x), _in_torch(shipped)(x))


def test_a_damaged_network_is_made_anew(
    shipped: TorchPredictor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    weights = converted(shipped.model, "any", SIDE).path.with_suffix(".bin")
    whole = weights.read_bytes()
    zeros = bytes(4096)  # a page that never reached the disk
    middle = len(whole) // 2
    weights.write_bytes(whole[:middle] + zeros + whole[middle + len(zeros) :])

    converted(shipped.model, "any", SIDE)

    assert weights.read_bytes() == whole
    assert "is damaged and made anew" in caplog.text


def test_each_size_has_a_network_of_its_own(
    shipped: TorchPredictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked: list[tuple[int, ...]] = []

    def last(x: Tensor) -> Tensor:
        asked.append(tuple(x.shape))
        return x

    runs: RunNetwork = last
    for side in (SIDE, 96):
        network = converted(shipped.model, shipped.checkpoint_sha256, side)
        runs = OpenVINONetwork(network, "f32", runs)

    for side in (SIDE, 96, 128):
        x = torch.randn(1, 6, side, side, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            ours, reference = runs(x), _in_torch(shipped)(x)
        if side == 128:
            assert ours is x
        else:
            torch.testing.assert_close(ours, reference, atol=1e-3, rtol=0)
    assert asked == [(1, 6, 128, 128)]


def test_signals_are_handled_after_networks_went(tmp_path: Path) -> None:
    script = """
import signal
from gpcis_backend.inference.load import load_predictor
from gpcis_backend.inference.openvino_network import OpenVINONetwork, converted

predictor = load_predictor(runtime="torch")
first, second = (
    OpenVINONetwork(converted(predictor.model, "any", side), "f32", print)
    for side in (64, 96)
)
del first
del second
signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
signal.raise_signal(signal.SIGUSR1)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stdout) == (0, "handled\n"), ran.stderr


def _in_torch(predictor: TorchPredictor) -> RunNetwork:
    return ServedModel(predictor.model).network
