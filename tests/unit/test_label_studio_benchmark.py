"""What ``gpcis bench label-studio`` measures, with a toy model and tiny masks."""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import brush_oracle
from gpcis_backend.errors import InvalidInput, ModelUnavailable
from gpcis_backend.server.label_studio import benchmark, sdk_brush
from toy_predictor import ToyPredictor

IMAGE = benchmark.benchmark_image(40, 50)


def test_both_masks_are_coded_and_read_as_they_are() -> None:
    masks = benchmark.benchmark_masks(30, 40)

    costs = benchmark.brush_costs(list(masks.values()), repeats=2)

    assert list(masks) == ["smooth disc", "ragged"]
    assert all(cost.is_mask and cost.encode > 0 and cost.decode > 0 for cost in costs)


def test_a_second_click_costs_one_pass_instead_of_two() -> None:
    predictor = ToyPredictor()

    warm, replayed = benchmark.second_click(predictor, IMAGE, repeats=3)

    first_click_and_warm, replay = 1 + 1, 2
    warm_up = first_click_and_warm
    assert predictor.num_passes == warm_up + 3 * (first_click_and_warm + replay)
    assert min(warm, replayed) > 0


def test_requests_have_the_sizes_they_are_named_by() -> None:
    predictor = ToyPredictor()

    costs = benchmark.request_costs(predictor, IMAGE, repeats=2)

    for cost, named in zip(costs, benchmark.BODY_BYTES, strict=True):
        assert cost.num_bytes == pytest.approx(named, rel=0.05)
    assert predictor.num_encodings == 1
    assert predictor.num_passes == 1 + 2 * len(costs)  # none for a known answer


def test_a_server_that_cannot_answer_is_not_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend = "gpcis_backend.server.label_studio.backend"
    monkeypatch.setitem(sys.modules, backend, None)

    with pytest.raises(ModelUnavailable, match="label-studio-ml is not installed"):
        benchmark.request_costs(ToyPredictor(), IMAGE, repeats=1)


def test_a_python_without_the_sdk_is_named(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named sdk' >&2\nexit 1\n")
    python.chmod(0o755)

    with pytest.raises(InvalidInput, match=r"python cannot .*No module named"):
        benchmark.sdk_brush_costs(python, [np.zeros((2, 2), dtype=np.bool_)], 1)


def test_the_script_for_the_sdk_times_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = np.eye(3, 4, dtype=np.bool_)
    np.savez(tmp_path / "masks.npz", mask, ~mask)
    _install_sdk(monkeypatch)

    sdk_brush.main(str(tmp_path / "masks.npz"), repeats=2)

    answers = json.loads(capsys.readouterr().out)
    assert [bytes(answer["code"]) for answer in answers] == [
        brush_oracle.encode(mask),
        brush_oracle.encode(~mask),
    ]
    assert all(answer["is_mask"] for answer in answers)
    assert all(answer["encode"] > 0 and answer["decode"] > 0 for answer in answers)


def _install_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow stand-in with the functions of the real one."""
    sdk = ModuleType("label_studio_sdk.converter.brush")
    vars(sdk)["mask2rle"] = lambda grey: list(brush_oracle.encode(grey == 255))
    vars(sdk)["decode_rle"] = lambda rle: np.array(brush_oracle.decode(bytes(rle)))
    for name in ("label_studio_sdk", "label_studio_sdk.converter"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, sdk.__name__, sdk)
