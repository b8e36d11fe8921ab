"""What survives a killed examination, and what must not be mixed with it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gpcis_backend.data.sample import Sample
from gpcis_backend.evaluation.results import Examined
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.inference.evaluate import ExaminedSet, Task, read_set
from gpcis_backend.inference.journal import Journal, journal_path
from gpcis_backend.metrics import ObjectRun

MODEL = Examined("config", "0" * 64, 10, 1e-7)
RUN = ObjectRun("a", (0.1, 1 / 3), (0, 1), 0.1, 0.2, (0.5, 0.7), ((1, 2, -1),), "m")
TASK = Task("grabcut", 0, Rules())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal_path(tmp_path / "results.json")


def test_finished_object_is_found_again(path: Path) -> None:
    _remember(path)

    with Journal(path, MODEL, _sets()) as journal:
        assert journal.find(TASK) == RUN
        assert journal.find(replace(TASK, index=1)) is None


def test_half_a_line_is_dropped_and_the_next_one_is_whole(path: Path) -> None:
    _remember(path)
    with path.open("a") as file:
        file.write('{"key": "cut off')

    with Journal(path, MODEL, _sets()) as journal:
        journal.add(replace(TASK, index=1), RUN)

    with Journal(path, MODEL, _sets()) as journal:
        assert journal.find(TASK) == journal.find(replace(TASK, index=1)) == RUN
    assert len(path.read_text().splitlines()) == 2


def test_damaged_line_costs_its_own_object_only(path: Path) -> None:
    path.write_text('{"key": 1, "run": {}}\nno JSON\n[]\n')
    _remember(path)

    with Journal(path, MODEL, _sets()) as journal:
        assert journal.find(TASK) == RUN


@pytest.mark.parametrize(
    "model",
    [
        replace(MODEL, checkpoint_sha256="1" * 64),
        replace(MODEL, config="other"),
        replace(MODEL, settings_sha256="1" * 64),
    ],
    ids=["weights", "config", "what the config says"],
)
def test_other_models_are_not_mixed(path: Path, model: Examined) -> None:
    _remember(path)

    with Journal(path, model, _sets()) as journal:
        assert journal.find(TASK) is None


@pytest.mark.parametrize(
    "rules",
    [Rules("zoom-flip"), Rules(threshold=0.49), Rules(max_clicks=5), Rules(seed=1)],
    ids=["protocol", "threshold", "clicks", "seed"],
)
def test_other_rules_are_not_mixed(path: Path, rules: Rules) -> None:
    _remember(path)

    with Journal(path, MODEL, _sets()) as journal:
        assert journal.find(replace(TASK, rules=rules)) is None


def test_changed_picture_is_examined_again(path: Path) -> None:
    _remember(path)

    with Journal(path, MODEL, _sets(grey=1)) as journal:
        assert journal.find(TASK) is None


def test_journal_without_a_line_leaves_no_file(path: Path) -> None:
    with Journal(path, MODEL, _sets()):
        pass

    assert not path.exists()


def _remember(path: Path) -> None:
    with Journal(path, MODEL, _sets()) as journal:
        journal.add(TASK, RUN)


def _sets(grey: int = 0) -> dict[str, ExaminedSet]:
    image = np.full((4, 5, 3), grey, dtype=np.uint8)
    mask = np.ones((4, 5), dtype=np.bool_)
    samples = [Sample(name, image, mask, ~mask) for name in "ab"]
    return {"grabcut": read_set(samples, Path())}
