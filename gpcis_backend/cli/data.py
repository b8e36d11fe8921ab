"""``gpcis data``: data sets that this program makes itself."""

from pathlib import Path
from typing import Annotated

import typer

data_app = typer.Typer(help="Make data sets.", no_args_is_help=True)


@data_app.callback()
def data() -> None:
    """Make data sets."""


@data_app.command("toy")
def toy(
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(min=0, help="Of all random draws.")] = 0,
) -> None:
    """Write a generated set, shapes on textures, in the layout of the real data."""
    from gpcis_backend.data.toy import write_toy_set

    write_toy_set(out, seed=seed)
    typer.echo(f"Written: {out / 'train'} and {out / 'eval'}")
