"""``gpcis data list``: the public sets, and which of them are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from gpcis_backend.cli.data_options import Root, base_folder, size_in_words

if TYPE_CHECKING:
    from pathlib import Path

    from gpcis_backend.data.archives.catalogue import Archive, PublicSet


def list_sets(root: Root = None) -> None:
    """Show the public sets: what they are, their terms, and whether they are here."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from gpcis_backend.data.archives.catalogue import PUBLIC_SETS

    base = base_folder(root)
    table = Table("set", "download", "here", "folder")
    for one in PUBLIC_SETS.values():
        sizes = [archive.size for archive in one.archives]
        more = "> " if None in sizes else ""
        size = more + size_in_words(sum(size or 0 for size in sizes))
        table.add_row(one.name, size, _state(one, base), escape(str(one.place(base))))
    Console().print(table)
    for one in PUBLIC_SETS.values():
        typer.echo(f"\n{one.name}: {one.about}.\n  Terms: {one.terms}.\n  {one.page}")
        for archive in one.archives:
            typer.echo(f"  {_described(one, archive)}")
    typer.echo(
        "\nFetch one: gpcis data get SET; read all its files: gpcis data check SET"
    )


def _state(one: PublicSet, base: Path) -> str:
    """Whether a set is here, from its folders alone."""
    missing = one.missing(base)
    if not missing:
        return "there"
    if len(missing) == len(one.archives):
        return "not there"
    return "not there: " + ", ".join(archive.part for archive in missing)


def _described(one: PublicSet, archive: Archive) -> str:
    """Address, size and checksum of an archive."""
    facts = [size_in_words(archive.size), archive.digest or "no checksum known"]
    if len(one.archives) > 1:
        facts.insert(0, f"--part {archive.part}")
    return f"{archive.urls[0]} ({', '.join(facts)})"
