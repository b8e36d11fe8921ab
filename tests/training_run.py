"""Training in this process, and as one of many; what each step gave comes out.

    torchrun tests/training_run.py CONFIG FILE KEY=VALUE ...

The many hold their batch norms fixed: a norm sees the samples of its own process only,
and with fixed ones all processes together do what one does alone.
"""

import argparse
import json
from contextlib import suppress
from itertools import count
from multiprocessing import get_start_method
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, DictAction
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import RUNNERS
from torch.nn.modules.batchnorm import _BatchNorm

Steps = list[dict[str, float]]

_RUNS = count()

_TINY = {
    "train_dataloader.batch_size": 2,
    "train_dataloader.sampler.epoch_samples": 4,
    "train_dataloader.dataset.stages": ((0, 64),),
    "train_dataloader.dataset.sets": ({"name": "toy", "weight": 1},),
    "train_cfg.max_epochs": 2,
    "val_cfg": None,
    "val_dataloader": None,
    "val_evaluator": None,
    "default_hooks.checkpoint.save_best": None,
    "log_level": "ERROR",
    "visualizer": None,
}


class _Cut(Exception):
    """The power goes."""


class _Recorder(Hook):  # type: ignore[misc]
    """Keeps what is logged of every step; can hold batch norms fixed and cut a run."""

    def __init__(self, *, with_fixed_norms: bool, cut_before: int | None) -> None:
        self.with_fixed_norms, self.cut_before = with_fixed_norms, cut_before
        self.steps: Steps = []

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: object = None
    ) -> None:
        if runner.iter == self.cut_before:
            raise _Cut

    def before_train(self, runner: Runner) -> None:
        for module in runner.model.modules() if self.with_fixed_norms else ():
            if isinstance(module, _BatchNorm):
                module.eval()
                module.train = lambda mode=True, module=module: module  # type: ignore[method-assign,misc]

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: object,
        outputs: dict[str, torch.Tensor],
    ) -> None:
        self.steps.append({name: float(value) for name, value in outputs.items()})


def train(
    config: Path,
    work: Path,
    options: dict[str, Any],
    *,
    launcher: str = "none",
    with_fixed_norms: bool = False,
    cut_before: int | None = None,
) -> tuple[Steps, dict[str, torch.Tensor]]:
    """Losses of every step and the last weights of a short run.

    Args:
        config: Of ``mmseg_configs``.
        work: Its folder.
        options: As of mim's ``--cfg-options``, on top of ``_TINY``.
        launcher: As of mim.
        with_fixed_norms: Leave batch norms in evaluation mode.
        cut_before: Iteration that the run does not live to see.
    """
    runner = _runner(config, work, options, launcher)
    recorder = _Recorder(with_fixed_norms=with_fixed_norms, cut_before=cut_before)
    runner.register_hook(recorder)
    with suppress(_Cut):
        runner.train()
    for handler in runner.logger.handlers:
        handler.close()
    model = getattr(runner.model, "module", runner.model)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    return recorder.steps, weights


def _runner(config: Path, work: Path, options: dict[str, Any], launcher: str) -> Runner:
    cfg = Config.fromfile(config)
    cfg.merge_from_dict({**_TINY, **options})
    name = f"{work.name}-{next(_RUNS)}"  # mmengine's own names differ by the second
    cfg.update(work_dir=str(work), experiment_name=name, launcher=launcher)
    if method := get_start_method(allow_none=True):  # label_studio_ml sets its own
        cfg.env_cfg.mp_cfg.mp_start_method = method
    return RUNNERS.build(cfg)


def main() -> None:
    """Be one of many; the first one writes its steps, or the metrics of a test."""
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--launcher", default="pytorch")
    parser.add_argument("--test", action="store_true", help="instead of training")
    parser.add_argument("options", nargs="*", action=DictAction)
    words = parser.parse_args()
    work, options = words.file.with_suffix(""), words.options or {}
    result: object
    if words.test:
        result = _runner(words.config, work, options, words.launcher).test()
    else:
        result, _ = train(
            words.config, work, options, launcher=words.launcher, with_fixed_norms=True
        )
    if torch.distributed.get_rank() == 0:
        words.file.write_text(json.dumps(result))


if __name__ == "__main__":
    main()
