"""Variants of a training config that differ in one idea, at equal budgets.

The first rows are those of the paper's Table 4 (Zhou et al. 2023); the others ask what
this package's own choices are worth.
"""

from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.registry import DATASETS

from gpcis_backend.data.objects import SingleObjects
from gpcis_backend.errors import DataNotFound, InvalidInput, NumericalError
from gpcis_backend.mmseg_plugin.budget import cut, train_only
from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.checkpoint import write_safetensors

REFERENCE = "full"
"""The variant that the others are compared with: the config as it is."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What one row of the table changes.

    Args:
        title: In words.
        head: Of the decode head's settings.
        gp: Of the GP's settings.
        anywhere: Share of first clicks and corrections that need not lie deep inside;
            None as the config says.
        is_twin: The ``ritm_*`` config instead of the ``gpcis_*`` one.
    """

    title: str
    head: dict[str, Any] = field(default_factory=dict)
    gp: dict[str, Any] = field(default_factory=dict)
    anywhere: float | None = None
    is_twin: bool = False


VARIANTS: dict[str, Variant] = {
    REFERENCE: Variant("the config as it is"),
    "no_vi": Variant("no L_VI", head={"vi_weight": 0.0}),
    "fixed_kernel": Variant("fixed function-space kernel", gp={"learn_kernel": False}),
    "fixed_prior": Variant("fixed weight-space prior", gp={"learn_prior": False}),
    "no_rgb": Variant("no RGB concatenation", gp={"with_colour": False}),
    "no_prior_loss": Variant("no loss of the prior alone", head={"prior_weight": 0.0}),
    "plain": Variant("plain head (the RITM twin)", is_twin=True),
    "vi_gradient": Variant("L_VI reaches the kernel", gp={"detach_gram": False}),
    "on_grid": Variant("the GP on the stride-4 grid", gp={"on_grid": True}),
    "on_pixels": Variant("the GP at every pixel", gp={"on_grid": False}),
    "no_places": Variant("kernel blind to places", gp={"with_places": False}),
    "median": Variant("median colours of 5 x 5 pixels", gp={"median_side": 5}),
    "deep": Variant("all clicks deep inside their region", anywhere=0.0),
    "paper": Variant("preset paper", head={"preset_name": "paper"}),
    "release": Variant("preset release", head={"preset_name": "release"}),
}
TABLE_4 = (REFERENCE, "no_vi", "fixed_kernel", "fixed_prior", "no_rgb")


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
        InvalidInput: The config cannot be varied or cut so.
        ModelUnavailable: It is missing or damaged.
    """
    variant = VARIANTS[name]
    path = _twin(config) if variant.is_twin else config
    build_model(model_settings(path))  # says what is wrong with a config
    cfg = Config.fromfile(path)
    if not variant.is_twin:
        _vary(cfg, variant)
    cut(cfg, budget.num_samples, budget.side)
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
        model = runner.train()
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


def _vary(cfg: Config, variant: Variant) -> None:
    """Change the settings as the variant says."""
    head = cfg.model.decode_head
    if "GPCHead" not in str(head.type):
        raise InvalidInput(f"{cfg.filename} has no GP head; there is nothing to vary.")
    head.update(variant.head, gp={**head.get("gp", {}), **variant.gp})
    if variant.anywhere is not None:
        cfg.model.anywhere = variant.anywhere
        for step in cfg.train_dataloader.dataset.pipeline:
            if "SampleClicks" in str(step.type):
                step.anywhere = variant.anywhere


def _twin(config: Path) -> Path:
    path = config.with_name(config.name.replace("gpcis_", "ritm_", 1))
    if path == config or not path.is_file():
        raise InvalidInput(
            f'{config} has no ritm_* twin beside it, which variant "plain" trains.'
        )
    return path
