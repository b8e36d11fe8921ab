"""The table of an ablation: numbers of each variant, and differences to a reference.

A run is what ``gpcis ablate`` stores: variant, seed, and the curves of all objects.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.comparison import paired_difference
from gpcis_backend.metrics import (
    clicks_to_target,
    held,
    number_of_incorrect_clicks,
)

Run: TypeAlias = Mapping[str, Any]
Curve: TypeAlias = Sequence[float]

_TARGET = 0.90  # IoU at which an object ends where incorrect clicks are counted
_COLUMNS = (  # key, title, format
    ("noc@85", "NoC@85", ".2f"),
    ("noc@90", "NoC@90", ".2f"),
    ("iou@1", "IoU&1", ".3f"),
    ("iou@5", "IoU&5", ".3f"),
    ("noic", "NoIC", ".1f"),
)
_COMPARED = (
    ("noc@90", "NoC@90", "+.2f"),
    ("iou@1", "IoU&1", "+.3f"),
    ("iou@5", "IoU&5", "+.3f"),
)


def summary(
    runs: Sequence[Run], titles: Mapping[str, str], reference: str, budget: int
) -> list[dict[str, Any]]:
    """One row for each variant that has a finished run, as JSON holds it.

    Args:
        runs: Finished ones, all on the same objects.
        titles: Of the variants, in the order of the rows.
        reference: Name of the variant that differences are taken to.
        budget: Clicks that an object may take.

    Returns:
        Rows of means over seeds, each with differences to the reference over the seeds
        that both have: mean, 95 % interval over objects, and one value for each seed.

    Raises:
        InvalidInput: They were measured on different objects.
    """
    if len({tuple(curve["name"] for curve in run["curves"]) for run in runs}) > 1:
        raise InvalidInput(
            "The runs were measured on different objects: was GPCIS_DATA another "
            "folder before? Repeat with that, or take another --out."
        )
    by_variant = {
        name: {run["seed"]: run for run in runs if run["variant"] == name}
        for name in titles
    }
    full = by_variant.get(reference, {})
    return [
        {
            "variant": name,
            "title": titles[name],
            "seeds": sorted(mine),
            "learned": next(iter(mine.values()))["learned"],
            **_means(list(mine.values()), budget),
            "difference": {} if name == reference else _differences(mine, full, budget),
        }
        for name, mine in by_variant.items()
        if mine
    ]


def to_markdown(rows: Sequence[Mapping[str, Any]], reference: str) -> str:
    """The rows as a table."""
    heads = ["variant", "learned", "seeds", *(title for _, title, _ in _COLUMNS)]
    for _, title, _ in _COMPARED:
        heads += [f"{title} − {reference}", "by seed"]
    lines = [heads, ["---"] * len(heads), *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cells(row: Mapping[str, Any]) -> list[str]:
    cells = [row["title"], f"{row['learned']:,}", str(len(row["seeds"]))]
    cells += [format(row[key], style) for key, _, style in _COLUMNS]
    for key, _, style in _COMPARED:
        found = row["difference"].get(key)
        if found is None:
            cells += ["", ""]
            continue
        mean, low, high = (format(found[part], style) for part in _ENDS)
        cells.append(f"{mean} [{low}, {high}]")
        cells.append(", ".join(format(value, style) for value in found["by_seed"]))
    return cells


_ENDS = ("mean", "low", "high")


def _means(runs: Sequence[Run], budget: int) -> dict[str, float]:
    """Each number, averaged over the runs."""
    means = {
        key: float(np.mean([value(run, budget) for run in runs]))
        for key, value in _VALUES.items()
    }
    counts = [
        number_of_incorrect_clicks(
            [curve["contradicted"] for curve in run["curves"]],
            [curve["iou"] for curve in run["curves"]],
            _TARGET,
            budget,
        )
        for run in runs
    ]
    return {**means, "noic": float(np.mean(counts))}


def _differences(
    ours: Mapping[int, Run], reference: Mapping[int, Run], budget: int
) -> dict[str, Any]:
    """To the reference, over common seeds; empty without any."""
    seeds = sorted(ours.keys() & reference.keys())
    if not seeds:
        return {}
    found = {}
    for key, value in _VALUES.items():
        mine = np.array([value(ours[seed], budget) for seed in seeds])  # (S, objects)
        other = np.array([value(reference[seed], budget) for seed in seeds])
        gap = paired_difference(mine.mean(0), other.mean(0))
        by_seed = (mine - other).mean(1)
        found[key] = {**gap._asdict(), "by_seed": by_seed.tolist()}
    return found


def _clicks(target: float) -> Callable[[Run, int], list[float]]:
    def values(run: Run, budget: int) -> list[float]:
        curves = [curve["iou"] for curve in run["curves"]]
        needed = [clicks_to_target(curve, target, budget) for curve in curves]
        return [budget if clicks is None else clicks for clicks in needed]

    return values


def _iou(num_clicks: int) -> Callable[[Run, int], list[float]]:
    def values(run: Run, budget: int) -> list[float]:
        return [float(held(curve["iou"], num_clicks)[-1]) for curve in run["curves"]]

    return values


_VALUES: dict[str, Callable[[Run, int], list[float]]] = {
    "noc@85": _clicks(0.85),
    "noc@90": _clicks(0.90),
    "iou@1": _iou(1),
    "iou@5": _iou(5),
}
