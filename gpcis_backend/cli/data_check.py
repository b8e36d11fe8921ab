"""``gpcis data check``: whether a public set is here as published, file by file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpcis_backend.cli.data_options import Name, Root, base_folder, progress_bars
from gpcis_backend.errors import DataNotFound

if TYPE_CHECKING:
    from gpcis_backend.data.archives.catalogue import PublicSet
    from gpcis_backend.data.archives.check import Tally

_SHOWN = 5  # faults of one part that are printed


def check(
    name: Name,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Of the set; default: where gpcis data get puts it.",
            show_default=False,
        ),
    ] = None,
    root: Root = None,
) -> None:
    """Read every file of a set, and count images and objects against the published."""
    from gpcis_backend.data.archives.catalogue import public_set
    from gpcis_backend.data.archives.check import check_set

    chosen = public_set(name)
    place = _place(chosen, folder, base_folder(root))
    with progress_bars(in_bytes=False) as watch:
        tallies = list(check_set(name, place, watch))
    for tally in tallies:
        _print_tally(name, tally)
    if not all(tally.is_whole for tally in tallies):
        raise DataNotFound(
            f"{place} is not the whole {name} set: see above. Mend it, or move it away "
            f"and call gpcis data get {name}."
        )
    typer.echo(f"{place} is whole.")


def _place(chosen: PublicSet, folder: Path | None, base: Path) -> Path:
    """The folder of the set, also where one around it is named.

    Raises:
        DataNotFound: It is not there.
    """
    tried = [folder, chosen.place(folder)] if folder else [chosen.place(base)]
    if folder:
        tried += [folder / Path(one).name for one in chosen.folders]
    for place in tried:
        if chosen.is_in(place):
            return place
    expected = " or ".join(" + ".join(layout) for layout in chosen.layouts)
    raise DataNotFound(
        f"{tried[0]} does not hold the {chosen.name} set: expected {expected} there. "
        f"Fetch it with: gpcis data get {chosen.name}"
    )


def _print_tally(name: str, tally: Tally) -> None:
    """Print the counts of one part, and its first faults."""
    found, published = tally.found, tally.published
    if published is None or published == found:
        ending = ", as published" if published else ""
        typer.echo(
            f"{name} {tally.part}: {found.images:,} images, {found.objects:,} "
            f"objects{ending}."
        )
    else:
        typer.echo(
            f"{name} {tally.part}: {found.images:,} of {published.images:,} images, "
            f"{found.objects:,} of {published.objects:,} objects."
        )
    for fault in tally.faults[:_SHOWN]:
        typer.echo(f"  {fault}")
    if len(tally.faults) > _SHOWN:
        typer.echo(f"  ... {len(tally.faults)} such files in all.")
