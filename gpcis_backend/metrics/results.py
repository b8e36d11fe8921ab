"""What a results file holds of one data set; ``gpcis eval`` and ``mim test`` alike."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gpcis_backend.metrics.curves import clicks_to_target, held, mean_curve
from gpcis_backend.metrics.reliability import reliability
from gpcis_backend.metrics.run import ObjectRun
from gpcis_backend.metrics.table import BUDGET, TARGET, table_row

FOUR_SETS = ("grabcut", "berkeley", "sbd", "davis")  # of the paper's table 2
_NUM_WORST = 24


def dataset_result(
    runs: Sequence[ObjectRun],
    max_clicks: int,
    estimate: Callable[[float], float] | None = None,
) -> dict[str, Any]:
    """The table's numbers, the mean curve, every object's curve, the worst masks.

    Args:
        runs: Of all objects.
        max_clicks: Clicks that an object may take.
        estimate: From the steadiness of a mask to its estimated IoU, where the model
            has such a map; it is compared with the IoU, over all clicks of all objects.
    """
    return {
        **table_row(runs, max_clicks),
        "mean_iou": mean_curve([run.ious for run in runs], max_clicks),
        "est_iou": _estimates(runs, estimate),
        "curves": [_curve(run, estimate) for run in runs],
        "worst": [
            {"name": runs[index].name, "index": index, "mask": runs[index].mask}
            for index in worst_objects([run.ious for run in runs])
            if runs[index].mask
        ],
    }


def worst_objects(curves: Sequence[Sequence[float]]) -> list[int]:
    """Indices of the objects that need most clicks, at most 24, the worst first.

    Of equal ones the worse has the lower IoU after the last of the first 20 clicks,
    then the lower index.

    Args:
        curves: IoU of every object.
    """

    def key(index: int) -> tuple[int, float, int]:
        needed = clicks_to_target(curves[index], TARGET, BUDGET) or BUDGET + 1
        return -needed, float(held(curves[index], BUDGET)[-1]), index

    return sorted(range(len(curves)), key=key)[:_NUM_WORST]


def mean_of_four(datasets: Mapping[str, Mapping[str, Any]]) -> dict[str, float] | None:
    """Plain mean of NoC over GrabCut, Berkeley, SBD and DAVIS; None unless all are.

    Args:
        datasets: Rows by the names of the sets.
    """
    if any(name not in datasets for name in FOUR_SETS):
        return None
    columns = ("noc@85", "noc@90")
    return {
        column: sum(datasets[name][column] for name in FOUR_SETS) / len(FOUR_SETS)
        for column in columns
    }


def _curve(run: ObjectRun, estimate: Callable[[float], float] | None) -> dict[str, Any]:
    return {
        "name": run.name,
        "iou": list(run.ious),
        "est_iou": [estimate(steady) for steady in run.steadiness] if estimate else [],
        "steadiness": list(run.steadiness),
        "contradicted": list(run.contradicted),
        "clicks": [list(click) for click in run.clicks],
    }


def _estimates(
    runs: Sequence[ObjectRun], estimate: Callable[[float], float] | None
) -> dict[str, Any] | None:
    """Reliability of the estimated IoU; None without one, or without labelled pixel."""
    if estimate is None:
        return None
    estimated = [estimate(steady) for run in runs for steady in run.steadiness]
    actual = [value for run in runs for value in run.ious[: len(run.steadiness)]]
    return reliability(estimated, actual) if estimated else None
