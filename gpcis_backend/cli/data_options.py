"""What the commands of ``gpcis data`` about public sets share: options and bars."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpcis_backend.data.archives.download import Watch

Name = Annotated[str, typer.Argument(help="As gpcis data list shows it.")]
Root = Annotated[
    Path | None,
    typer.Option(
        help="The data folder; default: GPCIS_DATA, else ./data.", show_default=False
    ),
]


def base_folder(root: Path | None) -> Path:
    """The data folder."""
    from gpcis_backend.data.root import data_folder

    return data_folder(str(root) if root else None).expanduser()


def size_in_words(num_bytes: int | None) -> str:
    """A number of bytes as people say it."""
    if num_bytes is None:
        return "size unknown"
    if num_bytes < 10**9:
        return f"{num_bytes / 1e6:.0f} MB"
    return f"{num_bytes / 1e9:.1f} GB"


@contextmanager
def progress_bars(*, in_bytes: bool) -> Iterator[Watch]:
    """A bar for each step on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    amount = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount)
    steps: dict[str, TaskID] = {}
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bars:

        def watch(what: str, done: int, total: int | None) -> None:
            if what not in steps:
                steps[what] = bars.add_task(what, total=total)
            bars.update(steps[what], completed=done, total=total)

        yield watch
