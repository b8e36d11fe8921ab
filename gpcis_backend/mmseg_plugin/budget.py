"""A training config cut to a budget of samples, its schedule scaled along."""

import math
from pathlib import Path
from typing import Any

from mmengine.config import Config

from gpcis_backend.errors import InvalidInput

_UNUSED = [
    f"{part}_{what}"
    for part in ("val", "test")
    for what in ("cfg", "dataloader", "evaluator")
]
_TIMES = ("begin", "end", "T_max", "step_size")  # of a parameter scheduler


def cut(cfg: Config, num_samples: int, side: int | None) -> None:
    """Train on ``num_samples`` in one epoch, rounded up to whole batches.

    Every time of the learning rates keeps its share of the whole run, and so do the
    stages of the crops.

    Args:
        cfg: Of a training on a stream of samples; changed in place.
        num_samples: The new length.
        side: Of all crops, in pixels; None keeps the config's stages.

    Raises:
        InvalidInput: The config does not train in epochs on such a stream.
    """
    loader, epochs = cfg.get("train_dataloader", {}), cfg.get("train_cfg", {})
    dataset, per_epoch = loader.get("dataset", {}), loader.get("sampler", {})
    if "num_samples" not in dataset or "epoch_samples" not in per_epoch:
        raise InvalidInput(
            f"{cfg.filename} does not train on a stream of samples (dataset.num_samples"
            " and sampler.epoch_samples), which is what a budget can cut."
        )
    before = per_epoch.epoch_samples // loader.batch_size  # steps of an epoch
    steps = math.ceil(num_samples / loader.batch_size)
    per_step = steps / (before * epochs.max_epochs)
    share = steps * loader.batch_size / (per_epoch.epoch_samples * epochs.max_epochs)
    for rate in cfg.param_scheduler:
        _scale(rate, per_step, before)
    stages = tuple((int(first * share), size) for first, size in dataset.stages)
    dataset.stages = ((0, side),) if side is not None else stages
    dataset.num_samples = per_epoch.epoch_samples = steps * loader.batch_size
    epochs.update(max_epochs=1, val_interval=1)


def train_only(cfg: Config, work: Path, log_level: str) -> None:
    """Leave out validation, checkpoints and curves; mmengine's files go to ``work``.

    Args:
        cfg: Changed in place.
        work: A temporary folder.
        log_level: Of mmengine's logger.
    """
    cfg.update(dict.fromkeys(_UNUSED), load_from=None, resume=False)
    cfg.default_hooks.checkpoint = cfg.visualizer = None
    cfg.custom_hooks = []
    cfg.update(work_dir=str(work), experiment_name=work.name, log_level=log_level)


def _scale(rate: dict[str, Any], per_step: float, epoch: int) -> None:
    """Multiply a scheduler's times, those in epochs made into steps first."""
    is_by_epoch = rate.get("by_epoch", True)
    rate.pop("convert_to_iter_based", None)
    factor = per_step * (epoch if is_by_epoch else 1)
    for key in _TIMES:
        if key in rate:
            rate[key] = round(rate[key] * factor)
    if "milestones" in rate:
        rate["milestones"] = [round(step * factor) for step in rate["milestones"]]
    if "end" in rate:
        rate["end"] = max(rate["end"], rate.get("begin", 0) + 1)
    rate["by_epoch"] = False
