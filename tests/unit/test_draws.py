"""Random numbers of a training step: what they depend on and what they do not."""

from types import SimpleNamespace

import torch

from gpcis_backend.mmseg_plugin.draws import Purpose, StepDraws, StepHook
from tiny_models import sample


class _Runner:
    """The part of mmengine's runner that the hook reads."""

    def __init__(self, iteration: int, accumulated: int = 1, rank: int = 0) -> None:
        self.iter, self.rank, self.seed = iteration, rank, 5
        self.optim_wrapper = SimpleNamespace(_accumulative_counts=accumulated)


def test_batches_of_one_step_share_its_draws() -> None:
    """Two processes, or two portions of a batch: the same J and the same w."""
    first, second = StepDraws(0, 3, (12, 14)), StepDraws(0, 3, (13, 15))

    for purpose in (Purpose.CORRECTIONS, Purpose.WEIGHTS):
        drawn = first.shared(purpose).standard_normal(4)
        assert (drawn == second.shared(purpose).standard_normal(4)).all()


def test_other_steps_seeds_and_purposes_draw_other_numbers() -> None:
    draws = [
        StepDraws(seed, step, (0,)).shared(purpose).standard_normal()
        for seed in (0, 1)
        for step in (0, 1)
        for purpose in Purpose
    ]

    assert len(set(draws)) == len(draws)


def test_a_sample_draws_the_same_in_any_batch_and_for_any_number_of_clicks() -> None:
    together, alone = StepDraws(0, 3, (12, 13)), StepDraws(0, 3, (13,))

    rows = [
        draws.each(Purpose.TARGETS)[-1].standard_normal(count)
        for draws, count in ((together, 24), (alone, 7))
    ]

    assert (rows[0][:7] == rows[1]).all()
    assert rows[0][0] != together.each(Purpose.TARGETS)[0].standard_normal()


def test_the_hook_counts_steps_and_not_portions() -> None:
    steps = []
    for iteration in range(5):
        samples = [sample(8, [], index=iteration)]
        batch = {"data_samples": samples}
        StepHook().before_train_iter(_Runner(iteration, accumulated=2), 0, batch)
        steps.append(StepDraws.of(samples))

    assert [draws.step for draws in steps] == [0, 0, 1, 1, 2]
    assert {draws.seed for draws in steps} == {5}
    assert [draws.indices for draws in steps] == [(i,) for i in range(5)]


def test_dropout_depends_on_iteration_and_process_alone() -> None:
    ones = torch.ones(64)

    def dropped(iteration: int, rank: int) -> torch.Tensor:
        runner = _Runner(iteration, rank=rank)
        StepHook().before_train_iter(runner, 0, {"data_samples": []})
        return torch.nn.functional.dropout(ones)

    first = dropped(3, 0)

    assert not torch.equal(dropped(4, 0), first)
    assert not torch.equal(dropped(3, 1), first)
    assert torch.equal(dropped(3, 0), first)


def test_without_the_hook_the_first_sample_counts_as_the_step() -> None:
    draws = StepDraws.of([sample(8, [], index=7), sample(8, [], index=8)])

    assert (draws.seed, draws.step, draws.indices) == (0, 7, (7, 8))
