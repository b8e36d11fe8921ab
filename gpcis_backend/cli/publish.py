"""``gpcis publish``: a training checkpoint as a small, self-contained file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def publish(
    config: Annotated[Path, typer.Argument(help="mmseg config of the run.")],
    checkpoint: Annotated[Path, typer.Argument(help=".pth that the run wrote.")],
    out: Annotated[Path, typer.Argument(help=".safetensors to write.")],
    mean_with: Annotated[
        Path | None,
        typer.Option(
            help="Weights the run began from, or of a sister run: write their mean."
        ),
    ] = None,
) -> None:
    """Write float16 weights without optimiser state; every command takes the file."""
    from gpcis_backend import __version__
    from gpcis_backend.errors import InvalidInput
    from gpcis_backend.inference.load import require_checkpoint
    from gpcis_backend.mmseg_plugin.build import publish as write

    if out.suffix != ".safetensors":
        raise InvalidInput(f"OUT must end in .safetensors, not {out}.")
    notes = {"gpcis_version": __version__, "config": config.name}
    others = None if mean_with is None else require_checkpoint(mean_with)
    write(require_checkpoint(checkpoint), config, out, notes, mean_with=others)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
