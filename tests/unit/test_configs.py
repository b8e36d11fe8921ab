"""The configs load, build and train what their docstrings promise."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config, ConfigDict
from mmengine.optim import build_optim_wrapper

from gpcis_backend.mmseg_plugin.build import build_model
from gpcis_backend.mmseg_plugin.head import GPCHead
from gpcis_backend.mmseg_plugin.plain_head import PlainHead

_CONFIGS = Path(__file__).resolve().parents[2] / "mmseg_configs"
_LEAVES = sorted(path.stem for path in _CONFIGS.glob("*.py"))
_FIXED = ("backbone.stem.", "backbone.stages.0.", "backbone.stages.1.")  # in lite0
_STAGES = ("lite0", "lite0_256", "lite0_320", "lite0_long")
_PAPERS = ("r50", "hrnet18s", "segformer_b0")
_ALL = sorted(str(path.relative_to(_CONFIGS)) for path in _CONFIGS.rglob("*.py"))


@pytest.mark.parametrize("name", _ALL)
def test_every_file_loads(name: str) -> None:
    assert Config.fromfile(_CONFIGS / name).to_dict()


@pytest.mark.parametrize("leaf", _LEAVES)
def test_every_leaf_names_all_that_a_run_needs(leaf: str) -> None:
    copied = deepcopy(Config.fromfile(_CONFIGS / f"{leaf}.py"))  # as the runner does
    cfg = copied.to_dict()

    for part in ("train", "val", "test"):
        assert {f"{part}_cfg", f"{part}_dataloader"} <= set(cfg)
    assert {"optim_wrapper", "param_scheduler", "randomness"} <= set(cfg)
    assert cfg["default_hooks"]["checkpoint"]["save_best"]


@pytest.mark.parametrize("network", [*_STAGES, *_PAPERS])
def test_twins_differ_in_the_head_alone(network: str) -> None:
    """Acceptance (24)."""
    gpcis, ritm = _load(f"gpcis_{network}"), _load(f"ritm_{network}")

    heads = [cfg["model"].pop("decode_head") for cfg in (gpcis, ritm)]

    assert gpcis == ritm
    names = [str(head["type"]).rsplit(".", 1)[-1] for head in heads]
    assert names == [GPCHead.__name__, PlainHead.__name__]
    assert heads[0]["decoder"] == heads[1]["decoder"]


@pytest.mark.parametrize("leaf", [leaf for leaf in _LEAVES if "toy" not in leaf])
def test_crops_change_size_between_batches(leaf: str) -> None:
    """Pictures of two sizes in one batch cannot be stacked; two processes halve it."""
    loader = _load(leaf)["train_dataloader"]

    stages, batch = loader["dataset"].get("stages", ()), loader["batch_size"]

    assert all(first % batch == 0 for first, _ in stages)
    if any(not isinstance(side, int) for _, side in stages):
        assert loader["dataset"].get("same_side", 16) % batch == 0
        assert loader["sampler"]["epoch_samples"] % batch == 0


@pytest.mark.parametrize("leaf", [leaf for leaf in _LEAVES if "toy" not in leaf])
def test_learning_rates_end_with_the_run(leaf: str) -> None:
    """A schedule in steps knows the batch; one that ends early teaches nothing more."""
    cfg = _load(leaf)
    steps = cfg["train_dataloader"]["sampler"]["epoch_samples"]
    steps //= cfg["train_dataloader"]["batch_size"]

    last = cfg["param_scheduler"][-1]

    if "end" in last:  # those of the papers follow the run by themselves
        by_epoch = last.get("convert_to_iter_based", False)
        assert last["end"] * (steps if by_epoch else 1) == pytest.approx(
            steps * cfg["train_cfg"]["max_epochs"], abs=1
        )


@pytest.mark.parametrize(
    ("leaf", "backbone", "gp", "rate"),
    [("gpcis_lite0", 0.25, 3.0, 1.4e-3), ("ritm_lite0", 0.25, None, 1.4e-3)],
)
def test_only_the_backbone_learns_slowly(
    leaf: str, backbone: float, gp: float | None, rate: float
) -> None:
    """Acceptance (17): its click stem, being new, does not."""
    cfg = _load(leaf)
    cfg["model"]["backbone"]["pretrained"] = False

    rates = _rates(cfg)

    for name, found in rates.items():
        assert not name.startswith(_FIXED), name
        if name.startswith("backbone.") and ".clicks." not in name:
            expected = backbone * rate
        elif name.startswith("decode_head.gp."):
            expected = (gp or 0) * rate
        else:
            expected = rate
        assert found == pytest.approx(expected, rel=1e-12), name
    for part in ("backbone.clicks.", "backbone.stages.2."):
        assert any(name.startswith(part) for name in rates), part
    assert any(name.startswith("decode_head.gp.") for name in rates) == (gp is not None)


@pytest.mark.parametrize(
    ("network", "rate"), [("r50", 5e-3), ("hrnet18s", 5e-4), ("segformer_b0", 5e-3)]
)
@pytest.mark.parametrize("head", ["gpcis", "ritm"])
def test_the_papers_configs_slow_their_backbone_tenfold(
    head: str, network: str, rate: float
) -> None:
    """Acceptance (17), section 6: Adam, 0.1x on the pretrained backbone alone."""
    rates = _rates(_load(f"{head}_{network}"))

    branch = ("backbone.stem.clicks.", "backbone.clicks.")
    assert any(name.startswith(branch) for name in rates)
    for name, found in rates.items():
        is_slow = name.startswith("backbone.") and not name.startswith(branch)
        assert found == pytest.approx(rate / 10 if is_slow else rate, rel=1e-12), name


def _load(leaf: str) -> dict[str, Any]:
    cfg: dict[str, Any] = Config.fromfile(_CONFIGS / f"{leaf}.py").to_dict()
    return cfg


def _rates(cfg: dict[str, Any]) -> dict[str, float]:
    """Initial learning rate of every parameter that learns, by name."""
    model = build_model(ConfigDict(cfg["model"]))
    wrapper = build_optim_wrapper(model, ConfigDict(cfg["optim_wrapper"]))
    by_id = {
        id(part): group["lr"]
        for group in wrapper.optimizer.param_groups
        for part in group["params"]
    }
    learned = [pair for pair in model.named_parameters() if pair[1].requires_grad]
    return {name: by_id[id(part)] for name, part in learned}
