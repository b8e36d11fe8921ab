"""All numbers of one data set in one row: tables 2 and 3 of the paper."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gpcis_backend.metrics.curves import (
    iou_at,
    number_of_clicks,
    number_of_failures,
    number_of_incorrect_clicks,
    seconds_per_click,
)
from gpcis_backend.metrics.run import ObjectRun

BUDGET = 20  # K of NoC, NoF and NoIC in published tables
TARGET = 0.90  # IoU at which an object ends where incorrect clicks are counted
_LONG_BUDGET = 100  # K of NoC100 and NoF100


def table_row(
    runs: Sequence[ObjectRun], max_clicks: int, *, target: float = TARGET
) -> dict[str, Any]:
    """All numbers of one data set, as JSON holds them; IoU in [0, 1].

    One run of 100 clicks serves every column: nothing stops it early, so that its first
    20 clicks are those of a run of 20, and NoC, NoF and NoIC are read from these.

    Args:
        runs: At least one; all of the same run that never stops early.
        max_clicks: Of every object.  NoC, NoF and NoIC take the first 20 of them;
            NoC100@90 and NoF100@90 join them where there are 100.
        target: IoU at which an object ends where incorrect clicks are counted.

    Returns:
        The budget K, NoC, NoF, IoU&k (None beyond the clicks made), NoIC where each
        object ends and summed over all steps, seconds per click, number of objects.
    """
    budget = min(max_clicks, BUDGET)
    curves = [run.ious for run in runs]
    contradicted = [run.contradicted for run in runs]
    row: dict[str, Any] = {"budget": budget}
    for percent in (85, 90):
        row[f"noc@{percent}"] = number_of_clicks(curves, percent / 100, budget)
        failures = number_of_failures(curves, percent / 100, budget)
        row[f"nof@{percent}"] = asdict(failures)
    for longer in long_budgets(max_clicks):
        row[f"noc{longer}@90"] = number_of_clicks(curves, 0.90, longer)
        row[f"nof{longer}@90"] = asdict(number_of_failures(curves, 0.90, longer))
    for k in (1, 5):
        row[f"iou@{k}"] = iou_at(curves, k) if k <= max_clicks else None
    row["noic"] = number_of_incorrect_clicks(contradicted, curves, target, budget)
    row["noic_all_steps"] = sum(sum(counts[:budget]) for counts in contradicted)
    row["seconds_per_click"] = seconds_per_click([r.seconds for r in runs], curves)
    network = [run.network_seconds for run in runs]
    row["network_seconds_per_click"] = seconds_per_click(network, curves)
    return {**row, "objects": len(runs)}


def long_budgets(max_clicks: int) -> tuple[int, ...]:
    """The budgets above 20 that so many clicks have columns for.

    Example:
        >>> long_budgets(20), long_budgets(50), long_budgets(100), long_budgets(200)
        ((), (50,), (100,), (100, 200))
    """
    wanted = {max_clicks, _LONG_BUDGET}
    return tuple(sorted(k for k in wanted if BUDGET < k <= max_clicks))
