"""``gpcis data``: data sets, public ones and those that this program makes itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpcis_backend.cli.data_check import check
from gpcis_backend.cli.data_get import get
from gpcis_backend.cli.data_list import list_sets
from gpcis_backend.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gpcis_backend.server.label_studio.fetching.tokens import Access
    from gpcis_backend.server.label_studio.learning.annotations import LabelledPicture
    from gpcis_backend.server.label_studio.learning.export import Export

data_app = typer.Typer(help="Fetch, check and make data sets.", no_args_is_help=True)
data_app.command("list")(list_sets)
data_app.command("get")(get)
data_app.command("check")(check)


@data_app.callback()
def data() -> None:
    """Fetch, check and make data sets."""


@data_app.command("toy")
def toy(
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(min=0, help="Of all random draws.")] = 0,
) -> None:
    """Write a generated set, shapes on textures, in the layout of the real data."""
    from gpcis_backend.data.toy import write_toy_set

    write_toy_set(out, seed=seed)
    typer.echo(f"Written: {out / 'train'} and {out / 'eval'}")


@data_app.command("from-label-studio")
def from_label_studio(
    source: Annotated[
        str,
        typer.Argument(
            help="JSON export, or URL of a Label Studio or of a project in it.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
    token: Annotated[
        str,
        typer.Option(
            envvar="LABEL_STUDIO_API_KEY",
            help="Legacy or personal access token.",
            show_default=False,
        ),
    ] = "",
    project: Annotated[
        int | None, typer.Option(min=1, help="Number of the project, with a URL.")
    ] = None,
    label_studio: Annotated[
        str,
        typer.Option(
            envvar="LABEL_STUDIO_URL",
            help="Where the uploaded pictures of an export are.",
            show_default=False,
        ),
    ] = "",
    local_files: Annotated[
        Path | None,
        typer.Option(
            metavar="ROOT",
            help="Label Studio's local files, if this machine has them.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST[:PORT]",
            help="Private host that pictures may come from. May be repeated.",
        ),
    ] = None,
) -> None:
    """Turn finished brush, bitmask and polygon annotations into a training set."""
    from gpcis_backend.server.label_studio.fetching.fetch import (
        FetchRules,
        ImageFetcher,
    )
    from gpcis_backend.server.label_studio.learning.annotations import (
        Skipped,
        labelled_pictures,
    )
    from gpcis_backend.server.label_studio.learning.collect import SET, write_instances

    export, access = _open(source, token, project, label_studio)
    rules = FetchRules(
        label_studio=access,
        allowed_hosts=frozenset(allow_host or ()),
        local_root=local_files,
        cache_bytes=0,
    )
    fetcher, skipped = ImageFetcher(rules), Skipped()
    written = write_instances(
        out,
        list(labelled_pictures(export.tasks, skipped, export.keys)),
        lambda picture: fetcher.fetch(picture.address, None, task_id=picture.task_id),
        skipped,
        source=export.source,
        watch=_with_progress,
    )
    for line in skipped.lines():
        typer.echo(line)
    typer.echo(
        f"Written: {out / SET} (pictures: {written.num_pictures}, objects: "
        f"{written.num_objects}). Next: gpcis finetune --data {out}"
    )


def _open(
    source: str, token: str, project: int | None, label_studio: str
) -> tuple[Export, Access | None]:
    """The tasks, and where their uploaded pictures can be had."""
    from gpcis_backend.server.label_studio.api.client import LabelStudioClient
    from gpcis_backend.server.label_studio.fetching.tokens import Access
    from gpcis_backend.server.label_studio.learning import export

    if not export.is_url(source):
        if project is not None:
            raise InvalidInput("--project needs the URL of a Label Studio as SOURCE.")
        access = Access(label_studio, token) if label_studio else None
        return export.from_file(Path(source)), access
    base, named = export.split_url(source)
    if not token:
        raise InvalidInput(
            "A token is needed: pass --token, or set LABEL_STUDIO_API_KEY. Label "
            "Studio shows it under Account & Settings."
        )
    access = Access(base, token)
    return export.from_project(LabelStudioClient(access), project or named), access


def _with_progress(pictures: Sequence[LabelledPicture]) -> Iterator[LabelledPicture]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    is_silent = not console.is_terminal
    return iter(track(pictures, "pictures", console=console, disable=is_silent))
