"""The report: all tables, plots and contact sheets in a folder, and a page for them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.ablation import to_markdown
from gpcis_backend.inference.report import paper
from gpcis_backend.inference.report.contact_sheet import contact_sheet, has_worst
from gpcis_backend.inference.report.plots import (
    histogram,
    iou_of_noise,
    iou_of_runs,
    noic_of_noise,
    save,
)
from gpcis_backend.inference.report.runs import Found, Run
from gpcis_backend.inference.report.tables import set_names, tables

PAGE = "report.md"


def write_report(found: Found, out: Path) -> list[str]:
    """Write the report into a folder.

    Args:
        found: At least one run or ablation.
        out: The folder; made if it is missing.

    Returns:
        What is missing in the contact sheets, one line for each sheet.

    Raises:
        InvalidInput: The folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        parts, missing = _parts(found, out)
        text = "\n\n".join(part.strip() for part in parts) + "\n"
        (out / PAGE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error}.") from error
    return missing


def _parts(found: Found, out: Path) -> tuple[list[str], list[str]]:
    """The paragraphs of the page, and what is missing."""
    parts = ["# Report"]
    missing: list[str] = []
    if found.runs:
        parts += ["## Runs", _runs(found.runs)]
        for table in tables(found.runs, with_paper=True):
            text = table.to_markdown()
            (out / f"{table.name}.md").write_text(text, encoding="utf-8")
            parts += [f"## {table.title}", text]
        parts.append("## Plots")
        parts += [_plotted(*plot, out) for plot in _plots(found.runs)]
        sheets, missing = _sheets(found.runs, out)
        parts += ["## Worst objects", *sheets] if sheets else []
    for place, rows in found.ablations.items():
        parts += ["## Ablation", f"`{place}`", _ablation(place, rows)]
    if found.ablations:
        parts += ["Published, ResNet50, mean of four sets:", _published_ablation()]
    return parts, missing


def _runs(runs: Sequence[Run]) -> str:
    lines = [
        "| run | model | weights | rules | processes | software |",
        "|" + " --- |" * 6,
    ]
    for run in runs:
        weights = (run.checkpoint_sha256 or "in training")[:12]
        software = ", ".join(f"{k} {run.versions[k]}" for k in ("gpcis", "torch"))
        cells = (run.name, run.config, weights, run.protocol(), str(run.jobs), software)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _plots(runs: Sequence[Run]) -> Iterator[tuple[str, str, Figure]]:
    """File stem, description and figure of every plot."""
    for name in set_names(runs):
        stem = _stem(name)
        yield f"iou_{stem}", f"mean IoU on {name}", iou_of_runs(name, runs)
        yield f"noc_{stem}", f"clicks needed on {name}", histogram(name, runs)
        swept = [run for run in runs if run.datasets.get(name, {}).get("noise_vars")]
        if swept:
            figure = noic_of_noise(name, swept)
            yield f"noic_epsilon_{stem}", f"NoIC by ε² on {name}", figure
        for run in swept:
            words = f"mean IoU by ε² on {name}, {run.name}"
            file = f"iou_epsilon_{stem}_{_stem(run.name)}"
            yield file, words, iou_of_noise(name, run)


def _plotted(stem: str, words: str, figure: Figure, out: Path) -> str:
    """Write a plot as PNG and SVG; the paragraph that shows it."""
    for suffix in (".png", ".svg"):
        save(figure, out / f"{stem}{suffix}")
    return f"![{words}]({stem}.png)\n\n[{words} as SVG]({stem}.svg)"


def _sheets(runs: Sequence[Run], out: Path) -> tuple[list[str], list[str]]:
    """Write all contact sheets; their paragraphs, and what is missing on them."""
    parts, missing = [], []
    for name in set_names(runs):
        for run in runs:
            if not has_worst(run.datasets.get(name, {})):
                continue
            figure, problem = contact_sheet(name, run)
            file = f"worst_{_stem(name)}_{_stem(run.name)}.png"
            save(figure, out / file)
            parts.append(f"![worst objects of {name}, {run.name}]({file})")
            if problem is not None:
                line = f"{name}, {run.name}: images are missing: {problem}"
                missing.append(line)
                parts.append(line)
    return parts, missing


def _ablation(place: str, rows: Sequence[Mapping[str, Any]]) -> str:
    try:
        return to_markdown(rows, "full")
    except (ValueError, TypeError, LookupError) as error:
        raise InvalidInput(
            f"{place} is no table of this version of gpcis ablate."
        ) from error


def _published_ablation() -> str:
    lines = ["| variant (paper) | NoC@85 | NoC@90 |", "|" + " --- |" * 3]
    lines += [f"| {' | '.join(row)} |" for row in paper.ABLATION]
    return "\n".join(lines)


def _stem(name: str) -> str:
    """A name fit for a file."""
    return re.sub(r"[^\w.-]+", "-", name)
