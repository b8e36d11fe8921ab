"""Variants of a config, and the table that compares them."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook, ParamSchedulerHook
from mmengine.model import ExponentialMovingAverage

from gpcis_backend.errors import InvalidInput, ModelUnavailable
from gpcis_backend.inference.ablation import summary, to_markdown
from gpcis_backend.inference.comparison import paired_difference
from gpcis_backend.mmseg_plugin import ablation
from gpcis_backend.mmseg_plugin.ablation import Budget, _averaged, run_config
from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.variants import VARIANTS

BUDGET = Budget(num_samples=80, side=64, num_objects=7, max_clicks=5)
GP = "model.decode_head.gp."
_WHOLE_OBJECTS = (
    "ecssd", "duts", "coco_mval", "coco128", "voc_vgg", "pennfudan", "human",
    "caltech4",
)  # fmt: skip
CHANGES = {
    "full": {},
    "no_vi": {"model.decode_head.vi_weight": 0.0},
    "fixed_kernel": {GP + "learn_kernel": False},
    "fixed_prior": {GP + "learn_prior": False},
    "no_rgb": {GP + "with_colour": False},
    "no_prior_loss": {"model.decode_head.prior_weight": 0.0},
    "vi_gradient": {GP + "detach_gram": False},
    "on_pixels": {GP + "on_grid": False},
    "no_places": {GP + "with_places": False},
    "median": {GP + "median_side": 5},
    "disks": {GP + "disk_radius": 4.0},
    "even_sets": {
        "train_dataloader.dataset.sets": (
            *({"name": name} for name in _WHOLE_OBJECTS),
            {"name": "ccp", "merge": "all"},
            {"name": "bsds", "merge": "neighbours"},
        )
    },
    "no_jitter": {"train_dataloader.dataset.pipeline.JitterColours.probability": 0.0},
    "one_scale": {
        "train_dataloader.dataset.pipeline.CropObject.expansion": (1.4, 1.4),
        "train_dataloader.dataset.pipeline.CropObject.part_crop": 0.0,
    },
    "wide": {"model.decode_head.decoder.channels": 144},
    "ema": {
        "default_hooks.ema.type": "EMAHook",
        "default_hooks.ema.momentum": 0.02,
    },
    "deep": {
        "model.anywhere": 0.0,
        "train_dataloader.dataset.pipeline.SampleClicks.anywhere": 0.0,
    },
    "paper": {"model.decode_head.preset_name": "paper"},
    "release": {"model.decode_head.preset_name": "release"},
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_variant_changes_what_its_row_says_and_nothing_else(
    name: str, root: Path
) -> None:
    config = root / "mmseg_configs" / "gpcis_lite0.py"

    full, varied = (_flat(run_config(config, n, 1, BUDGET)) for n in ("full", name))

    changed = {key for key in varied if varied[key] != full.get(key, _missing)}
    assert full.keys() <= varied.keys()
    assert {key: varied[key] for key in changed} == CHANGES[name]


def test_the_twin_differs_in_the_head_alone(root: Path) -> None:
    config = root / "mmseg_configs" / "gpcis_lite0.py"

    full, twin = (_flat(run_config(config, n, 1, BUDGET)) for n in ("full", "plain"))

    keys = full.keys() | twin.keys()
    changed = {key for key in keys if full.get(key) != twin.get(key, _missing)}
    names = {"GPCHead", "PlainHead"}  # that the files import
    rest = {key for key in changed if not key.startswith("model.decode_head.")}
    assert rest == names
    assert "PlainHead" in str(twin["model.decode_head.type"])


def test_a_run_gets_its_seed_and_its_budget(root: Path) -> None:
    config = root / "mmseg_configs" / "gpcis_lite0.py"

    flat = _flat(run_config(config, "full", 3, BUDGET))

    assert flat["randomness.seed"] == flat["train_dataloader.dataset.seed"] == 3
    assert flat["train_dataloader.dataset.num_samples"] == 80
    assert flat["val_dataloader.dataset.limit"] == 7
    assert flat["val_cfg.max_clicks"] == flat["val_evaluator.max_clicks"] == 5


@pytest.mark.parametrize("name", ["no_rgb", "fixed_kernel", "paper"])
def test_a_stored_config_builds_the_variant(
    name: str, root: Path, tmp_path: Path
) -> None:
    config = root / "mmseg_configs" / "gpcis_lite0.py"
    file = tmp_path / "run.py"

    file.write_text(run_config(config, name, 0, BUDGET).pretty_text)

    settings = build_model(model_settings(file)).decode_head.gp.settings
    assert settings.with_colour is (name != "no_rgb")
    assert settings.learn_kernel is (name != "fixed_kernel")
    assert settings.basis == ("cos" if name == "paper" else "sin")


def test_configs_without_the_idea_are_refused(root: Path, tmp_path: Path) -> None:
    twin = root / "mmseg_configs" / "ritm_lite0.py"

    with pytest.raises(InvalidInput, match=r"ritm_lite0\.py has no GP head"):
        run_config(twin, "full", 0, BUDGET)
    with pytest.raises(InvalidInput, match=r"has no ritm_.* twin beside it"):
        run_config(twin, "plain", 0, BUDGET)
    with pytest.raises(InvalidInput, match="sets without weights already"):
        run_config(twin.with_name("gpcis_r50.py"), "even_sets", 0, BUDGET)
    with pytest.raises(InvalidInput, match="which have no disks"):
        run_config(twin.with_name("gpcis_r50.py"), "disks", 0, BUDGET)
    with pytest.raises(InvalidInput, match="never crops around the target"):
        run_config(twin.with_name("gpcis_r50.py"), "one_scale", 0, BUDGET)
    with pytest.raises(InvalidInput, match="no clicks anywhere in their region"):
        run_config(twin.with_name("gpcis_r50.py"), "deep", 0, BUDGET)
    with pytest.raises(InvalidInput, match="trains without JitterColours"):
        run_config(_without_jitter(root, tmp_path), "no_jitter", 0, BUDGET)
    with pytest.raises(ModelUnavailable, match="No config at"):
        run_config(tmp_path / "none.py", "full", 0, BUDGET)


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ("gpcis_lite0", "on_grid"),
        ("gpcis_r50", "on_pixels"),
        ("gpcis_r50", "no_places"),
        ("gpcis_r50", "no_prior_loss"),
    ],
)
def test_what_a_config_has_already_is_not_trained_again(
    config: str, name: str, root: Path
) -> None:
    """Whether it says so or leaves that to a default."""
    with pytest.raises(InvalidInput, match="has this already"):
        run_config(root / "mmseg_configs" / f"{config}.py", name, 0, BUDGET)


def test_every_variant_but_twins_and_the_grid_is_checked() -> None:
    assert VARIANTS.keys() - CHANGES.keys() == {"plain", "on_grid"}


def test_the_table_holds_means_over_seeds_and_paired_differences() -> None:
    runs = [
        _run("full", 0, [0.80, 0.86, 0.95], [0.95]),
        _run("full", 1, [0.80, 0.80, 0.80], [0.95]),
        _run("no_vi", 0, [0.80, 0.80, 0.86], [0.80, 0.95]),
        _run("no_vi", 1, [0.80, 0.80, 0.80], [0.95], wrong=2),
    ]

    full, other = summary(runs, {"full": "Full", "no_vi": "No VI"}, "full", 4)

    assert full["noc@90"] == np.mean([3, 1, 4, 1])
    assert full["noc@85"] == np.mean([2, 1, 4, 1])
    assert full["iou@1"] == pytest.approx((0.8 + 0.95) / 2)
    assert full["difference"] == {}
    assert other["noc@90"] == np.mean([4, 2, 4, 1])
    assert other["noic"] == (0 + 4) / 2
    assert other["difference"]["noc@90"]["mean"] == np.mean([0.5, 0.5])
    assert other["difference"]["noc@90"]["by_seed"] == [1.0, 0.0]
    assert other["difference"]["iou@1"]["by_seed"] == pytest.approx([-0.075, 0.0])


def test_differences_need_a_common_seed() -> None:
    runs = [_run("full", 0, [0.9]), _run("no_vi", 1, [0.8])]

    rows = summary(runs, {"full": "Full", "no_vi": "No VI", "no_rgb": "-"}, "full", 3)

    assert [row["variant"] for row in rows] == ["full", "no_vi"]
    assert rows[1]["difference"] == {}
    assert to_markdown(rows, "full").splitlines()[-1].endswith("|  |  |  |  |")


def test_runs_on_different_objects_are_not_compared() -> None:
    runs = [_run("full", 0, [0.8], [0.9]), _run("no_vi", 0, [0.8])]

    with pytest.raises(InvalidInput, match="on different objects"):
        summary(runs, {"full": "full", "no_vi": "no L_VI"}, "full", 5)


def test_the_table_reads_as_markdown() -> None:
    runs = [_run("full", 0, [0.9]), _run("no_vi", 0, [0.8])]
    rows = summary(runs, {"full": "Full", "no_vi": "No VI"}, "full", 3)

    lines = to_markdown(rows, "full").splitlines()

    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| Full | 10 | 1 | 1.00 | 1.00 | 0.900 | 0.900 | 0.0 |")
    assert "| +2.00 [+2.00, +2.00] | +2.00 | -0.100 " in lines[3]


def test_the_interval_is_that_of_the_mean() -> None:
    """Normal differences: 1.96 standard errors on either side, within 6 %."""
    gaps = np.random.default_rng(1).normal(0.3, 1.0, 400)
    reference = np.random.default_rng(2).normal(5, 20, 400)  # hard and easy objects

    found = paired_difference((reference + gaps).tolist(), reference.tolist())

    half = 1.96 * gaps.std() / 20
    assert found.mean == pytest.approx(gaps.mean())
    assert found.low == pytest.approx(gaps.mean() - half, abs=0.06 * half)
    assert found.high == pytest.approx(gaps.mean() + half, abs=0.06 * half)


def test_all_leaves_out_what_a_config_has_no_place_for(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = import_module("gpcis_backend.cli.ablate")  # the package has the function
    monkeypatch.setattr(ablation, "held_out_objects", lambda _: [1])
    monkeypatch.setattr(command, "_done", lambda _: True)
    monkeypatch.setattr(command, "_tell", lambda *_: None)
    config = root / "mmseg_configs" / "gpcis_r50.py"

    command.ablate(config, 32, 64, "0", "all", 1, 5, tmp_path)

    asked = {file.stem.removesuffix("-0") for file in tmp_path.glob("*.py")}
    printed, left_out = capsys.readouterr().out, VARIANTS.keys() - asked
    assert "full" in asked
    assert {"disks", "even_sets"} <= left_out
    assert all(f"{name} is left out: " in printed for name in left_out)


def test_averaged_weights_are_the_ones_that_are_kept() -> None:
    """Those that mmengine's hook holds beside the model, not the model's own."""
    model = ExponentialMovingAverage(torch.nn.Linear(2, 1)).module
    hook = EMAHook()
    hook.ema_model = ExponentialMovingAverage(model)
    runner = SimpleNamespace(hooks=[ParamSchedulerHook(), hook])

    assert _averaged(runner, model) is hook.ema_model.module
    assert _averaged(SimpleNamespace(hooks=[]), model) is model


_missing = object()


def _flat(cfg: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The leaves of a config by their dotted name."""
    leaves: dict[str, Any] = {}
    for key, item in cfg.items():
        if key == "pipeline":
            steps = {str(s.type).rstrip("'>").split(".")[-1]: s for s in item}
            leaves |= _flat(steps, f"{prefix}{key}.")
        elif isinstance(item, Mapping):
            leaves |= _flat(item, f"{prefix}{key}.")
        else:
            leaves[prefix + key] = item
    return leaves


def _without_jitter(root: Path, folder: Path) -> Path:
    cfg = Config.fromfile(root / "mmseg_configs" / "gpcis_lite0.py")
    dataset = cfg.train_dataloader.dataset
    dataset.pipeline = [s for s in dataset.pipeline if "Jitter" not in str(s.type)]
    file = folder / "gpcis_plain_colours.py"
    file.write_text(cfg.pretty_text)
    return file


def _run(
    variant: str, seed: int, *curves: Sequence[float], wrong: int = 0
) -> dict[str, Any]:
    return {
        "variant": variant,
        "seed": seed,
        "learned": 10,
        "curves": [
            {"name": str(i), "iou": list(curve), "contradicted": [wrong] * len(curve)}
            for i, curve in enumerate(curves)
        ],
    }
