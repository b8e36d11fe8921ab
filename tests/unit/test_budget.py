"""A config cut to a budget: samples, schedule and crops keep their proportions."""

from typing import Any

import pytest
from mmengine.config import Config

from gpcis_backend.errors import InvalidInput
from gpcis_backend.mmseg_plugin.budget import cut


def test_steps_of_the_rates_shrink_with_the_run() -> None:
    """1000 steps become 100."""
    cfg = _config(
        {"type": "LinearLR", "by_epoch": False, "begin": 0, "end": 200},
        {"type": "CosineAnnealingLR", "by_epoch": False, "begin": 200, "T_max": 800},
    )

    cut(cfg, 400, None)

    assert cfg.param_scheduler == [
        {"type": "LinearLR", "by_epoch": False, "begin": 0, "end": 20},
        {"type": "CosineAnnealingLR", "by_epoch": False, "begin": 20, "T_max": 80},
    ]


def test_epochs_of_the_rates_become_steps() -> None:
    """10 epochs of 100 steps become 100 steps."""
    cfg = _config(
        {"type": "MultiStepLR", "milestones": [8, 9]},
        {"type": "LinearLR", "begin": 0, "end": 1, "convert_to_iter_based": True},
    )

    cut(cfg, 400, None)

    assert cfg.param_scheduler == [
        {"type": "MultiStepLR", "milestones": [80, 90], "by_epoch": False},
        {"type": "LinearLR", "begin": 0, "end": 10, "by_epoch": False},
    ]


def test_a_warm_up_never_shrinks_to_nothing() -> None:
    cfg = _config({"type": "LinearLR", "by_epoch": False, "begin": 0, "end": 20})

    cut(cfg, 4, None)

    assert cfg.param_scheduler[0]["end"] == 1


@pytest.mark.parametrize(("wanted", "used"), [(400, 400), (397, 400), (1, 4)])
def test_samples_are_whole_batches_in_one_epoch(wanted: int, used: int) -> None:
    cfg = _config()

    cut(cfg, wanted, None)

    loader = cfg.train_dataloader
    assert loader.dataset.num_samples == loader.sampler.epoch_samples == used
    assert cfg.train_cfg.max_epochs == 1


@pytest.mark.parametrize(
    ("side", "stages"),
    [(None, ((0, 192), (100, 160))), (96, ((0, 96),))],
    ids=["as the config says", "one size"],
)
def test_crops_change_their_size_at_the_same_share(
    side: int | None, stages: tuple[tuple[int, int], ...]
) -> None:
    cfg = _config()

    cut(cfg, 400, side)

    assert cfg.train_dataloader.dataset.stages == stages


def test_a_training_that_is_no_stream_is_refused() -> None:
    with pytest.raises(InvalidInput, match="does not train on a stream of samples"):
        cut(Config({"train_dataloader": {"batch_size": 4, "dataset": {}}}), 8, None)


def _config(*rates: dict[str, Any]) -> Config:
    """10 epochs of 100 steps of 4 samples."""
    dataset = {"num_samples": 4000, "stages": ((0, 192), (1000, 160))}
    loader = {"batch_size": 4, "sampler": {"epoch_samples": 400}, "dataset": dataset}
    return Config(
        {
            "train_dataloader": loader,
            "train_cfg": {"max_epochs": 10},
            "param_scheduler": list(rates),
        }
    )
