"""The loop and metric of ``mim test``, without mmengine's runner around them."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mmengine.evaluator import Evaluator
from torch.utils.data import DataLoader

from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.evaluation.plan import to_plan
from gpcis_backend.evaluation.results import report
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.inference.evaluate import (
    examined_model,
    in_order,
    read_set,
    run_task,
    tasks_of,
)
from gpcis_backend.inference.load import load_predictor
from gpcis_backend.mmseg_plugin.build import model_settings
from gpcis_backend.mmseg_plugin.checkpoint import write_safetensors
from gpcis_backend.mmseg_plugin.datasets import BenchmarkObjects, keep_list
from gpcis_backend.mmseg_plugin.loops import ClickTestLoop
from gpcis_backend.mmseg_plugin.metric import ClickMetric
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from tiny_models import lite0

_TIMES = {"seconds_per_click", "network_seconds_per_click"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data")
    write_toy_set(out, num_train=0, num_eval=1, size=48)
    return out


@pytest.fixture(scope="module")
def weights(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of an untrained gpcis_lite0."""
    path = tmp_path_factory.mktemp("weights") / "gpcis_lite0.safetensors"
    settings = model_settings(root / "mmseg_configs" / "gpcis_lite0.py")
    write_safetensors(path, lite0(root, "gpcis").state_dict(), settings, {})
    return path


def test_mim_test_writes_what_gpcis_eval_writes(
    root: Path, data: Path, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "metrics.json"
    model = lite0(root, "gpcis")
    options: dict[str, Any] = {
        "max_clicks": 2,
        "clicks": "random-inner",
        "noise_vars": "1e-2,1e-7",
    }
    loop = _loop(model, data, out, weights, **options)

    scalars = loop.run()

    written = json.loads(out.read_text(encoding="utf-8"))
    ours = _evaluated(data, weights)
    assert scalars["grabcut/noc@90"] == ours["datasets"]["grabcut"]["noc@90"]
    assert written.keys() == ours.keys()
    assert _without(written, {*_TIMES, "dir", "est_iou"}) == _without(
        ours, {*_TIMES, "dir", "est_iou"}
    )


def test_weights_of_another_config_end_the_run_in_one_line(
    root: Path, data: Path, weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as caught:
        _loop(lite0(root, "ritm"), data, tmp_path / "out.json", weights)

    assert str(caught.value).startswith(f"gpcis: {weights} belongs to another model")


def test_missing_weights_end_the_run_in_one_line(
    root: Path, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match=r"nowhere\.pth"):
        _loop(lite0(root, "ritm"), data, tmp_path / "a.json", tmp_path / "nowhere.pth")


@pytest.mark.parametrize(
    ("head", "options", "found"),
    [
        ("ritm", {"noise_vars": "all"}, "no Gaussian process"),
        ("gpcis", {"predictor": "zoom"}, "crop or zoom-flip"),
        ("gpcis", {"noise_vars": "many"}, "many"),
        ("gpcis", {"draws": 3}, "draws"),
    ],
)
def test_impossible_settings_end_the_run_in_one_line(
    root: Path,
    data: Path,
    tmp_path: Path,
    head: str,
    options: dict[str, Any],
    found: str,
) -> None:
    with pytest.raises(SystemExit, match=rf"^gpcis: .*{found}"):
        _loop(lite0(root, head), data, tmp_path / "out.json", None, **options)


def test_metric_counts_no_more_clicks_than_it_is_told(
    root: Path, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    loop = _loop(lite0(root, "gpcis"), data, out, None, max_clicks=2, counted=1)

    loop.run()

    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["rules"]["max_clicks"] == 1
    assert written["datasets"]["grabcut"]["noc@90"] == 1
    assert written["checkpoint_sha256"] is None


def _loop(
    model: ClickSegmentor,
    data: Path,
    out: Path,
    checkpoint: Path | None,
    *,
    counted: int | None = None,
    **options: Any,
) -> ClickTestLoop:
    dataset = BenchmarkObjects(("grabcut",), str(data))
    loader: DataLoader[Any] = DataLoader(dataset, collate_fn=keep_list)
    runner = SimpleNamespace(
        model=model,
        cfg=SimpleNamespace(filename="configs/gpcis_lite0.py"),
        call_hook=lambda name, **_: None,
        _load_from=None if checkpoint is None else str(checkpoint),
    )
    evaluator = Evaluator([ClickMetric(max_clicks=counted, out_file=str(out))])
    return ClickTestLoop(runner, loader, evaluator, **options)


def _evaluated(data: Path, weights: Path) -> dict[str, Any]:
    """What ``gpcis eval`` writes about the same objects."""
    model = load_predictor(weights)
    asked = Rules(max_clicks=2, clicks="random-inner", noise_var=1e-7)
    rules = asked.completed(model.noise_var, model.own_zoom)
    plan = to_plan(rules, noise_vars=(1e-2, 1e-7))
    samples = BenchmarkObjects(("grabcut",), str(data)).parts
    sets = {"grabcut": read_set(samples["grabcut"], data)}
    runs = {task: run_task(model, samples, task) for task in tasks_of(sets, plan)}
    found = plan.result(in_order(runs, "grabcut", sets["grabcut"], plan))
    content = report(
        examined_model(model), plan, {"grabcut": {**found, "dir": str(data)}}
    )
    return dict(json.loads(json.dumps(content)))


def _without(value: object, keys: set[str]) -> object:
    if isinstance(value, dict):
        return {k: _without(v, keys) for k, v in value.items() if k not in keys}
    if isinstance(value, list):
        return [_without(item, keys) for item in value]
    return value
