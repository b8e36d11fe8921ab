"""``gpcis data get``: a public set from its address, or from a file, to its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpcis_backend.cli.data_options import (
    Name,
    Root,
    base_folder,
    progress_bars,
    size_in_words,
)
from gpcis_backend.errors import DataNotFound, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpcis_backend.data.archives.catalogue import Archive, PublicSet
    from gpcis_backend.data.archives.obtain import Source

_STOPPED = 130  # exit status after Ctrl-C, as shells have it


def get(
    name: Name,
    root: Root = None,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part of a set of several. May be repeated."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Another address of the archive.")
    ] = None,
    archive: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="An archive that is here already; nothing is downloaded then.",
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the downloaded archives.")
    ] = False,
) -> None:
    """Download a public set, verify it and unpack it where the readers look for it.

    A download that was interrupted goes on from where it was.
    """
    from gpcis_backend.data.archives.catalogue import public_set
    from gpcis_backend.data.archives.download import Downloader
    from gpcis_backend.data.archives.obtain import downloads_folder, obtain

    chosen, base = public_set(name), base_folder(root)
    sources = _sources(_parts(chosen, part), url, archive or [])
    missing = chosen.missing(base)
    wanted = [one for one in sources if one.archive in missing]
    if not wanted:
        typer.echo(f"{chosen.place(base)} is there already: nothing to do.")
        return
    typer.echo(f"{chosen.about}. Terms: {chosen.terms}.")
    for source in wanted:
        origin = source.file or source.urls[0]
        size = size_in_words(source.archive.size)
        typer.echo(f"{source.archive.file} ({size}): {origin}")
    try:
        with progress_bars(in_bytes=True) as watch:
            place = obtain(chosen, base, wanted, Downloader(watch), is_kept=keep)
    except KeyboardInterrupt:
        typer.echo(
            f"gpcis: Stopped. What has come is kept in {downloads_folder(chosen, base)}"
            "; the same command goes on from there.",
            err=True,
        )
        raise typer.Exit(_STOPPED) from None
    for left in chosen.missing(base):
        typer.echo(f"Not there yet: {left.file} (--part {left.part}).")
    typer.echo(f"Written: {place}. Next: gpcis data check {name} {place}")


def _parts(chosen: PublicSet, named: Sequence[str] | None) -> tuple[Archive, ...]:
    """The archives of the parts that the user wants.

    Raises:
        InvalidInput: The set has no such part.
    """
    known = [archive.part for archive in chosen.archives]
    for part in named or ():
        if part not in known:
            raise InvalidInput(
                f'{chosen.name} has no part "{part}"; choose from {", ".join(known)}.'
            )
    return tuple(one for one in chosen.archives if not named or one.part in named)


def _sources(
    archives: Sequence[Archive], url: str | None, files: Sequence[Path]
) -> list[Source]:
    """Where each archive comes from; if files are given, only they are used.

    Raises:
        InvalidInput: It is not clear which archive a file or an address is.
        DataNotFound: A file is missing.
    """
    from gpcis_backend.data.archives.download import check_url
    from gpcis_backend.data.archives.obtain import Source

    given = {}
    for file in files:
        if not file.is_file():
            raise DataNotFound(f"The archive {file} is not there.")
        given[_which(archives, file.name, str(file))] = file
    other = None
    if url is not None:
        check_url(url)
        other = _which(archives, url.rpartition("/")[2], url)
    return [
        Source(one, given.get(one), (url,) if url and one == other else one.urls)
        for one in archives
        if one in given or not given
    ]


def _which(archives: Sequence[Archive], file: str, given: str) -> Archive:
    """The archive that a file or an address is meant for.

    Raises:
        InvalidInput: That cannot be told.
    """
    for archive in archives:
        if archive.file == file or len(archives) == 1:
            return archive
    known = ", ".join(archive.file for archive in archives)
    raise InvalidInput(
        f"{given} has the name of none of {known}; say which one it is with --part."
    )
