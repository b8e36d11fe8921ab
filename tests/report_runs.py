"""Results files made from curves by hand, for the tests of the report."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.evaluation.plan import to_plan
from gpcis_backend.evaluation.results import Examined, report, write_json
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.evaluation.run import to_png
from gpcis_backend.metrics import ObjectRun

MODEL = Examined("gpcis_lite0", "0" * 64, 3_060_000, 1e-7)
NOISE_VARS = (1e-1, 1e-7)


def write_results(
    path: Path,
    *,
    folder: Path | None = None,
    names: Sequence[str] = ("grabcut",),
    rules: Rules = Rules(noise_var=1e-7),  # noqa: B008  frozen
    draws: int = 1,
    noise_vars: Sequence[float] = (),
) -> dict[str, Any]:
    """Write a results file of two objects a set; what it holds.

    Args:
        path: Of the file.
        folder: Of the data sets, whose first objects the runs are named after.
        names: Of the data sets.
        rules: Of the main pass.
        draws: As for ``gpcis eval``.
        noise_vars: As for ``gpcis eval``.
    """
    plan = to_plan(rules, noise_vars=noise_vars, draws=draws)
    datasets: dict[str, Mapping[str, Any]] = {}
    for name in names:
        objects = _objects(name, folder)
        runs = {
            each: [_run(*one, worse=number) for one in objects]
            for number, each in enumerate(plan.passes)
        }
        place = None if folder is None else str(folder)
        datasets[name] = {**plan.result(runs), "dir": place}
    content = report(MODEL, plan, {k: dict(v) for k, v in datasets.items()})
    write_json(path, content)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _objects(name: str, folder: Path | None) -> list[tuple[str, tuple[int, int]]]:
    if folder is None:
        return [("first", (30, 40)), ("second", (30, 40))]
    samples = [open_dataset(name, folder)[index] for index in range(2)]
    return [(one.name, one.truth.shape) for one in samples]


def _run(name: str, size: tuple[int, int], *, worse: int) -> ObjectRun:
    mask = np.zeros(size, dtype=np.bool_)
    mask[5:20, 5:25] = True
    ious = (0.5, 0.86, 0.95 - 0.1 * worse)
    clicks = ((10, 10, 1), (2, 2, -1), (12, 8, 1))
    wrong = (0, worse, worse)
    return ObjectRun(name, ious, wrong, 0.3, 0.6, (), clicks, to_png(mask))
