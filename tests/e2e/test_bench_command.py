"""``gpcis bench`` as a user calls it, but with small models and nothing to wait for."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
import typer
from PIL import Image as PillowImage
from typer.testing import CliRunner

from gpcis_backend.cli.bench import bench
from gpcis_backend.inference.engine import Engine
from gpcis_backend.mmseg_plugin import benchmark
from gpcis_backend.mmseg_plugin.benchmark import GPCost
from gpcis_backend.server import page_benchmark
from gpcis_backend.server.page_benchmark import ClickCost, PageCost
from toy_predictor import ToyPredictor


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command, with the toy model in the place of the loaded one."""
    load = ModuleType("gpcis_backend.inference.load")
    vars(load).update(
        SHIPPED=Path("shipped.safetensors"),
        require_checkpoint=lambda checkpoint: checkpoint,
        load_predictor=lambda *places: ToyPredictor(),
    )
    monkeypatch.setitem(sys.modules, load.__name__, load)
    app = typer.Typer()
    app.command("bench")(bench)
    return app


@pytest.mark.parametrize("words", [[], ["gp"]], ids=["by default", "by name"])
def test_the_gp_is_measured(
    words: list[str], app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "heads", lambda *_: {"gp": 0.03, "plain": 0.02})
    monkeypatch.setattr(benchmark, "gp_costs", _linear_costs)

    answer = _call(app, *words)

    assert "ratio            1.50x" in answer
    assert "GP alone, on the grid: D=48" in answer
    assert "GP alone, full: D=48" in answer
    assert answer.count("512 to 2048 px: 1.000") == 2


def test_label_studios_calls_are_measured(app: typer.Typer, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    PillowImage.new("RGB", (50, 40), "green").save(photo)

    answer = _call(app, "label-studio", "--repeats=1", f"--image={photo}")

    assert "Brush RLE, 2000 x 1500" in answer
    assert "pass --sdk-python PATH" in answer
    assert "Second click, 50 x 40" in answer
    assert "POST /predict beside drafts" in answer


def test_the_page_is_measured(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    click = ClickCost(dot=9, network=4, model=20, decode=3, paint=2, total=30)

    def measured(engine: Engine, num_clicks: int) -> PageCost:
        del engine
        return PageCost([click] * num_clicks, [7.0] * num_clicks)

    monkeypatch.setattr(page_benchmark, "page_costs", measured)

    answer = _call(app, "ui", "--clicks=3")

    assert "3 clicks on the first sample" in answer
    assert "click to first mask        30.0     30.0" in answer
    assert "undo                        7.0      7.0" in answer


def _linear_costs(
    sides: Sequence[int], counts: Sequence[int], repeats: int, on_grid: bool
) -> list[GPCost]:
    by_side = [GPCost(side, 5, 1e-6 * side**2, None) for side in sides]
    return by_side + [GPCost(384, num, 1.0, 10**6) for num in counts]


def _call(app: typer.Typer, *words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output
