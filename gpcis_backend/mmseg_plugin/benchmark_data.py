"""How fast training samples are made, which bounds how fast a network can learn."""

from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import Any

import cv2
from torch.utils.data import Dataset

_WARM_UP = 8  # samples, so that imports and caches do not count


@dataclass(frozen=True, slots=True)
class PipelineSpeed:
    """What one process made.

    Args:
        num_samples: Ready to be stacked: read, cropped, coloured, clicked, packed.
        seconds: Wall time of them.
    """

    num_samples: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Samples a second; as many times that with so many workers on free cores."""
        return self.num_samples / self.seconds


def pipeline_speed(dataset: Dataset[Any], seconds: float = 10.0) -> PipelineSpeed:
    """Make samples in this process, on one thread as a loader's worker does.

    Args:
        dataset: Of a config's ``train_dataloader``, built.
        seconds: For about so long, at least one sample.
    """
    num_threads = cv2.getNumThreads()
    cv2.setNumThreads(0)
    try:
        for index in range(_WARM_UP):
            dataset[index]
        start = perf_counter()
        for num_samples in count(1):
            dataset[_WARM_UP + num_samples]
            if (spent := perf_counter() - start) >= seconds:
                break
    finally:
        cv2.setNumThreads(num_threads)
    return PipelineSpeed(num_samples, spent)
