"""An examination in several processes: the same numbers, and one clear end."""

from functools import partial
from pathlib import Path

import pytest

from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.evaluation.plan import to_plan
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.inference.evaluate import ExaminedSet, read_set, tasks_of
from gpcis_backend.inference.parallel import run_here, run_in_processes
from gpcis_backend.metrics import ObjectRun
from toy_predictor import DyingPredictor, ToyPredictor


@pytest.fixture
def sets(tmp_path: Path) -> dict[str, ExaminedSet]:
    write_toy_set(tmp_path, num_train=0, num_eval=2, size=48)
    folder = tmp_path / "eval"
    return {"grabcut": read_set(open_dataset("grabcut", folder), folder)}


def test_two_processes_give_the_numbers_of_one(sets: dict[str, ExaminedSet]) -> None:
    samples = {name: examined.samples for name, examined in sets.items()}
    rules = Rules(max_clicks=3, clicks="random-inner")
    tasks = tasks_of(sets, to_plan(rules, noise_vars=[1e-2]))
    load = partial(ToyPredictor, noise_var=1e-3)

    alone = dict(run_here(load(), samples, tasks))
    shared = dict(run_in_processes(load, samples, tasks, jobs=2))

    assert {task: _untimed(shared[task]) for task in tasks} == {
        task: _untimed(alone[task]) for task in tasks
    }


def test_process_that_dies_is_one_clear_error(sets: dict[str, ExaminedSet]) -> None:
    samples = {name: examined.samples for name, examined in sets.items()}
    tasks = tasks_of(sets, to_plan(Rules()))

    with pytest.raises(ModelUnavailable, match="worker processes died"):
        list(run_in_processes(DyingPredictor, samples, tasks, jobs=2))


def _untimed(run: ObjectRun) -> tuple[object, ...]:
    return run.ious, run.contradicted, run.steadiness, run.clicks, run.mask
