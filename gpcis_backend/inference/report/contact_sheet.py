"""The worst objects of a set on one picture: image, truth, mask and clicks."""

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from PIL import Image as PillowImage

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.sample import Sample, Samples
from gpcis_backend.errors import GpcisError
from gpcis_backend.inference.report.runs import Run
from gpcis_backend.metrics import BUDGET, TARGET, clicks_to_target

_MOST, _COLUMNS = 12, 4
_TILE = 3.2  # inches
_TRUTH, _MASK = "#00E5A0", "#FF4FD8"
_POSITIVE, _NEGATIVE = "#00843D", "#C8102E"


def contact_sheet(dataset: str, run: Run) -> tuple[Figure, str | None]:
    """The sheet of a run's worst objects, and what is missing on it, if anything is."""
    found = run.datasets[dataset]
    curves = {curve["name"]: curve for curve in found["curves"]}
    worst = found["worst"][:_MOST]
    samples, problem = _samples(dataset, found.get("dir"))
    rows = -(-max(len(worst), 1) // _COLUMNS)
    size = (_COLUMNS * _TILE, rows * (_TILE * 0.85 + 0.3) + 0.8)
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(f"{dataset}, {run.name}: worst objects ({run.protocol()})")
    tiles = np.atleast_1d(figure.subplots(rows, _COLUMNS, squeeze=False)).ravel()
    for axes in tiles:
        axes.set_axis_off()
    missing = []
    for axes, entry in zip(tiles, worst, strict=False):
        sample = _sample(samples, entry)
        if sample is None:
            missing.append(str(entry["name"]))
        _draw(axes, entry, curves[entry["name"]], sample)
    figure.legend(handles=_legend(), loc="outside lower center", ncols=4, fontsize=9)
    if missing and problem is None:
        problem = f"not in {found.get('dir')} as they were: {', '.join(missing)}"
    return figure, problem


def _draw(
    axes: Axes,
    entry: Mapping[str, Any],
    curve: Mapping[str, Any],
    sample: Sample | None,
) -> None:
    """One object; without its image only its mask and clicks."""
    mask = _mask(entry["mask"])
    if sample is not None:
        axes.imshow(sample.image)
        _outline(axes, sample.truth, _TRUTH)
    elif mask is not None:
        axes.imshow(np.full((*mask.shape, 3), 60, dtype=np.uint8))
    if mask is not None:
        _outline(axes, mask, _MASK)
    for row, col, sign in curve["clicks"]:
        _click(axes, row, col, is_positive=sign > 0)
    needed = clicks_to_target(curve["iou"], TARGET, BUDGET)
    reached = f"{TARGET:.2f} at click {needed}" if needed else f"never {TARGET:.2f}"
    last = f"{curve['iou'][-1]:.3f} here, at click {len(curve['clicks'])}"
    note = "" if sample is not None else " (image missing)"
    axes.set_title(f"{entry['name']}{note}\nIoU {reached}; {last}", fontsize=8)


def _outline(axes: Axes, mask: BoolMask, colour: str) -> None:
    """The border of a mask, also where it meets that of the image."""
    if not mask.any():
        return
    padded = np.pad(mask, 1).astype(float)
    rows, cols = np.arange(-1, mask.shape[0] + 1), np.arange(-1, mask.shape[1] + 1)
    lines = axes.contour(cols, rows, padded, [0.5], colors=colour, linewidths=1.3)
    lines.set_path_effects([withStroke(linewidth=2.2, foreground="black", alpha=0.5)])
    axes.set_xlim(-0.5, mask.shape[1] - 0.5)
    axes.set_ylim(mask.shape[0] - 0.5, -0.5)


def _click(axes: Axes, row: int, col: int, *, is_positive: bool) -> None:
    """A dot with the sign of the click on it."""
    colour, sign = (_POSITIVE, "+") if is_positive else (_NEGATIVE, "_")
    for marker, face, edge, size, width in (
        ("o", colour, "white", 6.0, 0.6),
        (sign, "white", "white", 3.8, 1.0),
    ):
        (dot,) = axes.plot(col, row, marker, color=face, markersize=size)
        dot.set_markeredgecolor(edge)
        dot.set_markeredgewidth(width)


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], color=_TRUTH, label="truth"),
        Line2D([], [], color=_MASK, label="mask after the last click"),
        Line2D([], [], color=_POSITIVE, marker="o", linestyle="", label="+ click"),
        Line2D([], [], color=_NEGATIVE, marker="o", linestyle="", label="− click"),
    ]


def _samples(dataset: str, folder: str | None) -> tuple[Samples | None, str | None]:
    """The set, or why it cannot be had."""
    if folder is None:
        return None, "the results file does not say where the images are"
    try:
        return open_dataset(dataset.partition("/")[0], Path(folder)), None
    except GpcisError as error:
        return None, " ".join(str(error).split())


def _sample(samples: Samples | None, entry: Mapping[str, Any]) -> Sample | None:
    """The object of an entry, if the set still has it at its place."""
    index = int(entry["index"])
    if samples is None or not 0 <= index < len(samples):
        return None
    try:
        sample = samples[index]
    except GpcisError:
        return None
    mask = _mask(entry["mask"])
    fits = mask is None or mask.shape == sample.truth.shape
    return sample if fits and sample.name == entry["name"] else None


def _mask(coded: str) -> BoolMask | None:
    """The mask of a PNG in base64; None if it is damaged.  (H, W)."""
    try:
        with PillowImage.open(io.BytesIO(base64.b64decode(coded))) as file:
            mask: BoolMask = np.asarray(file.convert("1"), dtype=np.bool_)
    except (OSError, ValueError, binascii.Error):
        return None
    return mask


def has_worst(found: Mapping[str, Any]) -> bool:
    """Whether the results of a set name objects to show."""
    worst: Sequence[Any] = found.get("worst", ())
    return len(worst) > 0
