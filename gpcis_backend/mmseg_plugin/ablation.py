"""Runs of a training config that differ in one idea, at equal budgets."""

from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.runner import Runner
from mmseg.registry import DATASETS
from torch import nn

from gpcis_backend.data.objects import SingleObjects
from gpcis_backend.errors import DataNotFound, InvalidInput, NumericalError
from gpcis_backend.mmseg_plugin.budget import cut, train_only
from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.checkpoint import write_safetensors
from gpcis_backend.mmseg_plugin.effective import effective
from gpcis_backend.mmseg_plugin.variants import VARIANTS


@dataclass(frozen=True, slots=True)
class Budget:
    """What every run of an ablation gets.

    Args:
        num_samples: To learn from.
        side: Of the training crops, in pixels; None as the config says.
        num_objects: Held out, to measure on.
        max_clicks: On each of them.
    """

    num_samples: int
    side: int | None
    num_objects: int
    max_clicks: int


def run_config(config: Path, name: str, seed: int, budget: Budget) -> Config:
    """The config of one run; samples, order and schedule depend on no variant.

    Every run starts from the backbone's weights: whole models do not fit all variants.

    Args:
        config: Of a training on clicks with the GP head.
        name: Of the variant.
        seed: Of samples, their order and the initial weights.
        budget: Of every run.

    Raises:
        InvalidInput: The config cannot be varied or cut so, or is so already.
        ModelUnavailable: It is missing or damaged.
    """
    variant = VARIANTS[name]
    path = _twin(config) if variant.is_twin else config
    build_model(model_settings(path))  # says what is wrong with a config
    cfg = Config.fromfile(path)
    if not variant.is_twin and "GPCHead" not in str(cfg.model.decode_head.type):
        raise InvalidInput(f"{cfg.filename} has no GP head; there is nothing to vary.")
    cut(cfg, budget.num_samples, budget.side)
    before = effective(cfg.to_dict())
    for change in variant.changes:
        change(cfg)
    if variant.changes and effective(cfg.to_dict()) == before:
        raise InvalidInput(f"{cfg.filename} has this already: {variant.title}.")
    cfg.train_dataloader.dataset.seed = cfg.randomness.seed = seed
    cfg.val_dataloader.dataset.limit = budget.num_objects
    cfg.val_cfg.max_clicks = cfg.val_evaluator.max_clicks = budget.max_clicks
    return cfg


def train(config: Path, out: Path) -> None:
    """Train as the config says and write the weights.

    Raises:
        NumericalError: The training diverged; nothing is written.
    """
    cfg = Config.fromfile(config)
    with TemporaryDirectory(prefix="gpcis-ablate-") as work:
        train_only(cfg, Path(work), "INFO")
        runner = Runner.from_cfg(cfg)
        model = _averaged(runner, runner.train())
        for handler in runner.logger.handlers:  # before their folder goes
            handler.close()
    weights = model.state_dict()
    if not all(value.isfinite().all() for value in weights.values()):
        raise NumericalError("the training diverged")
    write_safetensors(out, weights, model_settings(config), {"config": config.name})


def num_learned(config: Path) -> int:
    """Parameters of the config's model that training changes."""
    model = build_model(model_settings(config))
    return sum(part.numel() for part in model.parameters() if part.requires_grad)


def held_out_objects(config: Path) -> SingleObjects:
    """The objects that the config validates on.

    Raises:
        DataNotFound: There are none.
    """
    dataset = Config.fromfile(config).val_dataloader.dataset
    try:
        with redirect_stdout(StringIO()):  # mmseg prints which parts it goes without
            objects: SingleObjects = DATASETS.build(dataset).objects
    except SystemExit as error:  # the line that mim's user gets
        raise DataNotFound(str(error).removeprefix("gpcis: ")) from None
    return objects


def _averaged(runner: Runner, model: nn.Module) -> nn.Module:
    """The mean of the weights, if the config keeps one while training."""
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            mean: nn.Module = hook.ema_model.module
            return mean
    return model


def _twin(config: Path) -> Path:
    path = config.with_name(config.name.replace("gpcis_", "ritm_", 1))
    if path == config or not path.is_file():
        raise InvalidInput(
            f'{config} has no ritm_* twin beside it, which variant "plain" trains.'
        )
    return path
