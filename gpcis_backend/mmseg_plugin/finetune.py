"""Fine-tuning as a function call: config, weights and few pictures in, weights out."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from gpcis_backend.errors import InvalidInput, NumericalError
from gpcis_backend.mmseg_plugin.budget import train_only
from gpcis_backend.mmseg_plugin.build import load_model, model_settings
from gpcis_backend.mmseg_plugin.checkpoint import (
    Weights,
    read_checkpoint,
    write_safetensors,
)
from gpcis_backend.mmseg_plugin.weight_addresses import weight_file

Watch = Callable[[int, int, float], None]
"""Called with steps done, steps in all, and the loss."""

_SHARE = 0.7  # of the way that training went; the rest costs more than it gives


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is learned, from what.

    Args:
        config: mmseg config of a click training.
        data: Holds train/SET/img and inst, or img and inst.
        checkpoint: Weights to start from; None for those that the config names.
        num_samples: To learn from, rounded up to whole batches; None as the config
            says.
        seed: Of all draws; None as the config says.
    """

    config: Path
    data: Path
    checkpoint: Path | None = None
    num_samples: int | None = None
    seed: int | None = None

    def start(self) -> Path:
        """The weight file that training starts from, which belongs to the config.

        Raises:
            ModelUnavailable: One of both is missing, damaged, or of another model.
            InvalidInput: The config names no weights, or trains something else.
        """
        model_settings(self.config)  # says what is wrong with a config
        cfg = Config.fromfile(self.config)
        dataset = cfg.get("train_dataloader", {}).get("dataset", {})
        if not str(dataset.get("type")).rstrip("'>").endswith("ClickDataset"):
            raise InvalidInput(
                f"{self.config} does not train on clicks; use "
                "mmseg_configs/gpcis_lite0_finetune.py or a config made from it."
            )
        if self.checkpoint is None and not cfg.get("load_from"):
            raise InvalidInput(
                f"{self.config} does not say which weights to start from; pass "
                "--checkpoint FILE."
            )
        path = self.checkpoint or weight_file(cfg.load_from)
        load_model(path, self.config)
        return path


def finetune(
    recipe: Recipe, start: Path, out: Path, notes: dict[str, str], watch: Watch
) -> None:
    """Train and write the weights to ``out``, part of the way from those of ``start``.

    Nothing is written before the end, but for logs in a temporary folder.

    Raises:
        NumericalError: The training diverged; nothing is written.
    """
    _, before = read_checkpoint(start)
    with TemporaryDirectory(prefix="gpcis-finetune-") as work:
        runner = Runner.from_cfg(_config(recipe, Path(work)))
        runner.register_hook(_Start(before, watch))
        try:
            after = runner.train().state_dict()
        finally:
            for handler in runner.logger.handlers:  # before their folder goes
                handler.close()
    weights = _between(before, after)
    if not all(value.isfinite().all() for value in weights.values()):
        raise NumericalError("The training diverged; try fewer --samples.")
    write_safetensors(out, weights, model_settings(recipe.config), notes)


def _between(before: Weights, after: Weights) -> Weights:
    """The weights at ``_SHARE`` of the straight way (Wortsman et al., CVPR 2022)."""
    return {
        name: before[name].to(value) * (1 - _SHARE) + value * _SHARE
        for name, value in after.items()
        if name in before and value.is_floating_point()
    }


class _Start(Hook):
    """Fills the model before the first step and reports every step.

    mmengine's own way, ``load_from``, would unpickle a .pth of a stranger.
    """

    def __init__(self, weights: Weights, watch: Watch) -> None:
        self.weights, self.watch = weights, watch

    def before_train(self, runner: Any) -> None:
        runner.model.load_state_dict(self.weights, strict=False)

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        loss = float(outputs["loss"].detach())
        self.watch(runner.iter + 1, runner.max_iters, loss)


def _config(recipe: Recipe, work: Path) -> Config:
    """The config on the recipe's data, without validation, checkpoints and curves."""
    cfg = Config.fromfile(recipe.config)
    loader, epochs = cfg.train_dataloader, cfg.train_cfg.max_epochs
    wanted = recipe.num_samples or loader.dataset.num_samples
    steps = math.ceil(wanted / loader.batch_size)
    epochs = min(epochs, steps)
    samples = math.ceil(steps / epochs) * loader.batch_size
    loader.sampler.epoch_samples = samples
    loader.dataset.update(
        data_root=str(recipe.data), sets=None, num_samples=samples * epochs
    )
    if recipe.seed is not None:
        loader.dataset.seed = cfg.randomness.seed = recipe.seed
    cfg.train_cfg.max_epochs = epochs
    train_only(cfg, work, "ERROR")
    return cfg
