"""``gpcis report``: tables, plots and contact sheets from results files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="JSON files of gpcis eval, mim test or gpcis ablate, or their folders."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("report"),
) -> None:
    """Make Markdown tables, PNG and SVG plots, and sheets of the worst objects."""
    from gpcis_backend.inference.report.page import PAGE, write_report
    from gpcis_backend.inference.report.runs import read_all

    found = read_all(runs)
    missing = write_report(found, out)
    for line in missing:
        typer.echo(f"gpcis: {line}", err=True)
    typer.echo(
        f"{len(found.runs)} runs, {len(found.ablations)} ablations: {out / PAGE}"
    )
