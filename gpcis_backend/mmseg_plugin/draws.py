"""Random numbers of a training step: pure functions of seed, step and sample.

A resumed run, a run over several processes and a run that accumulates gradients
therefore draw what one unbroken process with the whole batch would have drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmseg.registry import HOOKS


class Purpose(IntEnum):
    """What numbers are for: each purpose has a stream of its own."""

    CORRECTIONS = 0  # how many, shared by the batch
    CLICKS = 1  # where they go, each sample its own
    WEIGHTS = 2  # of the prior, shared by the batch
    TARGETS = 3  # at the clicks, each sample its own
    LAYERS = 4  # dropout and the like


@dataclass(frozen=True, slots=True)
class StepDraws:
    """The draws of one batch.

    Args:
        seed: Of the run.
        step: Number of the optimiser's step, equal on all processes.
        indices: Of the samples in their stream.
    """

    seed: int
    step: int
    indices: tuple[int, ...]

    @classmethod
    def of(cls, samples: Sequence[Any]) -> "StepDraws":
        """The draws of packed samples; without ``StepHook`` the first index counts."""
        metas = [sample.metainfo for sample in samples]
        indices = tuple(int(meta["index"]) for meta in metas)
        step = int(metas[0].get("step", indices[0]))
        return cls(int(metas[0].get("seed", 0)), step, indices)

    def shared(self, purpose: Purpose) -> np.random.Generator:
        """Source of what all samples of the step have in common."""
        return np.random.default_rng([self.seed, purpose, self.step])

    def each(self, purpose: Purpose) -> list[np.random.Generator]:
        """One source a sample, whatever batch it came in."""
        return [
            np.random.default_rng([self.seed, purpose, self.step, index])
            for index in self.indices
        ]


@HOOKS.register_module()
class StepHook(Hook):
    """Tells every sample the step and the seed it is used with, and seeds the layers.

    Batches whose gradients are accumulated belong to one step.
    """

    def before_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Write ``step`` and ``seed`` into the metainfo; set torch's generators."""
        accumulated = getattr(runner.optim_wrapper, "_accumulative_counts", 1)
        stamp = {"step": runner.iter // accumulated, "seed": runner.seed}
        for sample in data_batch["data_samples"]:
            sample.set_metainfo(stamp)
        key = [runner.seed, Purpose.LAYERS, runner.iter, runner.rank]
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))
