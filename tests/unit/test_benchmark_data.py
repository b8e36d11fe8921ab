"""The speed of the input pipeline is counted, not guessed."""

import cv2
import pytest
from torch.utils.data import Dataset

from gpcis_backend.mmseg_plugin import benchmark_data
from gpcis_backend.mmseg_plugin.benchmark_data import pipeline_speed


class _Samples(Dataset[int]):
    """Each takes half a second of a clock that nobody waits for."""

    def __init__(self) -> None:
        self.indices: list[int] = []

    def __getitem__(self, index: int) -> int:
        self.indices.append(index)
        self.num_threads = cv2.getNumThreads()
        return index

    def clock(self) -> float:
        return 0.5 * len(self.indices)


def test_samples_are_made_one_after_another_until_the_time_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    samples, before = _Samples(), cv2.getNumThreads()
    monkeypatch.setattr(benchmark_data, "perf_counter", samples.clock)

    speed = pipeline_speed(samples, seconds=10)

    assert (speed.num_samples, speed.seconds, speed.per_second) == (20, 10.0, 2.0)
    assert len(samples.indices) == len(set(samples.indices))
    assert (samples.num_threads, cv2.getNumThreads()) == (1, before)
