"""Order of the training samples: a stream, cut into epochs."""

from collections.abc import Iterator
from typing import Any

from mmengine.dist import get_dist_info
from mmseg.registry import DATA_SAMPLERS
from torch.utils.data import Dataset, Sampler


@DATA_SAMPLERS.register_module()
class StreamSampler(Sampler[int]):
    """Epoch e walks samples e·n to (e+1)·n, rank r every world_size-th of them.

    A run that resumes at an epoch goes on with the next sample of the stream.

    Args:
        dataset: Its length is that of the whole stream.
        epoch_samples: n, of all ranks together.
        seed: Ignored; mmengine passes it to every sampler.
    """

    def __init__(
        self, dataset: Dataset[Any], epoch_samples: int, seed: int | None = None
    ) -> None:
        self.rank, self.world_size = get_dist_info()
        self.epoch_samples, self.epoch = epoch_samples, 0

    def __iter__(self) -> Iterator[int]:
        """Indices of this rank in this epoch."""
        start = self.epoch * self.epoch_samples
        stop = start + len(self) * self.world_size
        return iter(range(start + self.rank, stop, self.world_size))

    def __len__(self) -> int:
        """Samples of one rank in one epoch."""
        num_samples: int = self.epoch_samples // self.world_size
        return num_samples

    def set_epoch(self, epoch: int) -> None:
        """Called by mmengine before each epoch."""
        self.epoch = epoch
