"""Plots: IoU against clicks, histograms, what ε² does, and estimated against true IoU.

Every plot is a matplotlib figure without a window; the same numbers give the same file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gpcis_backend.inference.report import paper
from gpcis_backend.inference.report.runs import Run
from gpcis_backend.inference.report.tables import in_short
from gpcis_backend.metrics import BUDGET, TARGET, clicks_to_target

_COLOURS = (  # Okabe and Ito: told apart by colour-blind eyes too
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
)  # fmt: skip
_MARKERS = "osD^vPX"
_DOTS_PER_INCH = 150


def save(figure: Figure, path: Path) -> None:
    """Write a figure as the suffix says, without date and random names in it."""
    form = path.suffix.lstrip(".")
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "gpcis"}):
        figure.savefig(path, dpi=_DOTS_PER_INCH, format=form, metadata=metadata)


def iou_against_clicks(datasets: Mapping[str, Mapping[str, Any]]) -> Figure:
    """The mean IoU of every data set against the number of clicks.

    Args:
        datasets: With ``mean_iou``, by name.
    """
    curves = {name: found["mean_iou"] for name, found in datasets.items()}
    return _curves("Mean IoU against clicks", curves)


def iou_of_runs(dataset: str, runs: Sequence[Run]) -> Figure:
    """The mean IoU of every run on a data set against the number of clicks."""
    curves = {
        f"{run.name}: {run.protocol()}": run.datasets[dataset]["mean_iou"]
        for run in runs
        if dataset in run.datasets
    }
    return _curves(f"{dataset}: mean IoU against clicks", curves)


def iou_of_noise(dataset: str, run: Run) -> Figure:
    """The mean IoU of one run for every noise variance: all clicks, then a few."""
    parts = run.datasets[dataset]["noise_vars"]
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    figure.suptitle(f"{dataset}, {run.name}: mean IoU by noise variance", fontsize=10)
    for axes in (left, right):
        _prepare(axes)
    curves = {f"ε² = {in_short(p['noise_var'])}": p["mean_iou"] for p in parts}
    _draw_curves(left, curves)
    values = [part["noise_var"] for part in parts]
    last = len(parts[0]["mean_iou"])
    for number, clicks in enumerate(k for k in (1, 3, 5, 10, last) if k <= last):
        heights = [part["mean_iou"][clicks - 1] for part in parts]
        label = f"after {clicks}" + (" click" if clicks == 1 else " clicks")
        right.plot(values, heights, label=label, **_style(number))
    right.set(xscale="log", xlabel="ε² of the test", ylabel="mean IoU")
    right.invert_xaxis()
    right.legend(fontsize=8)
    return figure


def noic_of_noise(dataset: str, runs: Sequence[Run]) -> Figure:
    """Incorrect clicks of every run on a data set against the noise variance."""
    figure, axes = _figure(f"{dataset}: incorrect clicks (NoIC) by noise variance")
    lines = {
        run.name: {
            p["noise_var"]: p["noic"] for p in run.datasets[dataset]["noise_vars"]
        }
        for run in runs
        if run.datasets.get(dataset, {}).get("noise_vars")
    }
    for number, (name, counts) in enumerate(lines.items()):
        axes.plot(list(counts), list(counts.values()), label=name, **_style(number))
    if dataset == paper.NOISE_SET:
        counts = dict(paper.NOISE_NOIC)
        label = f"paper: {paper.NOISE_MODEL}"
        axes.plot(list(counts), list(counts.values()), "k--", label=label)
    axes.set(xscale="log", xlabel="ε² of the test", ylabel="NoIC")
    most = max(axes.get_ylim()[1], 1)
    axes.set_ylim(-0.04 * most, most)
    axes.invert_xaxis()
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=8)
    return figure


def histogram(dataset: str, runs: Sequence[Run]) -> Figure:
    """How many objects need how many clicks to an IoU of 0.90."""
    figure, axes = _figure(f"{dataset}: clicks to an IoU of {TARGET:.2f}")
    shown = [run for run in runs if dataset in run.datasets]
    budgets = [int(run.datasets[dataset]["budget"]) for run in shown]
    last = max(budgets, default=BUDGET)
    never = last + 2  # with a gap before it
    width = 0.8 / len(shown)
    for number, (run, budget) in enumerate(zip(shown, budgets, strict=True)):
        curves = [curve["iou"] for curve in run.datasets[dataset]["curves"]]
        needed = [clicks_to_target(c, TARGET, budget) or never for c in curves]
        counts = np.bincount(needed, minlength=never + 1)[1:]
        place = np.arange(1, never + 1) + (number - (len(shown) - 1) / 2) * width
        colour = _COLOURS[number % len(_COLOURS)]
        axes.bar(place, counts, width, label=run.name, color=colour)
    ticks = [1, *range(5, last + 1, 5)] if last >= 5 else list(range(1, last + 1))
    axes.set_xticks([*ticks, never], [*map(str, ticks), "never"])
    axes.set(xlabel="clicks", ylabel="objects")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=8)
    return figure


def reliability_diagram(found: Mapping[str, Any]) -> Figure:
    """Estimated against true IoU, bin by bin; the bars say how many masks are in each.

    Args:
        found: Of ``metrics.reliability``.
    """
    error = f"mean absolute error {found['mean_absolute_error']:.3f}"
    figure, axes = _figure(f"Estimated IoU of {found['count']} masks: {error}")
    rows = found["table"]
    middles = [row["from"] + 0.5 / 10 for row in rows]
    shares = [row["count"] / found["count"] for row in rows]
    axes.bar(middles, shares, 0.09, color="lightgrey", label="share of masks")
    guesses, truths = ([row[key] for row in rows] for key in ("estimated", "actual"))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.plot(guesses, truths, label="mean of the masks", **_style(0))
    axes.set(xlabel="estimated IoU", ylabel="true IoU", xlim=(0, 1), ylim=(0, 1.01))
    axes.legend(loc="upper left", fontsize=8)
    return figure


def _curves(title: str, curves: Mapping[str, Sequence[float]]) -> Figure:
    figure, axes = _figure(title)
    _draw_curves(axes, curves)
    return figure


def _draw_curves(axes: Axes, curves: Mapping[str, Sequence[float]]) -> None:
    """Curves against clicks; the first are wider, so that equal ones all show."""
    longest = max(len(curve) for curve in curves.values())
    for number, (name, curve) in enumerate(curves.items()):
        clicks, style = range(1, len(curve) + 1), _style(number)
        for key in ("linewidth", "markersize"):
            style[key] += 0.5 * (len(curves) - 1 - number)
        axes.plot(clicks, curve, label=name, markevery=max(1, longest // 20), **style)
    axes.axhline(TARGET, color="grey", linewidth=0.8, linestyle="--")
    axes.set(xlabel="clicks", ylabel="mean IoU")
    axes.set_ylim(top=1.01)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.legend(loc="lower right", fontsize=8)


def _figure(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.4, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=10)
    _prepare(axes)
    return figure, axes


def _prepare(axes: Axes) -> None:
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


def _style(number: int) -> dict[str, Any]:
    return {
        "color": _COLOURS[number % len(_COLOURS)],
        "marker": _MARKERS[number % len(_MARKERS)],
        "markersize": 4,
        "linewidth": 1.4,
    }
