"""``gpcis bench``: what the GP costs beside a plain head, and how it grows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpcis_backend.mmseg_plugin.benchmark import GPCost

_SIDES = (128, 256, 512, 1024, 2048)
_COUNTS = (1, 2, 5, 10, 20, 50)
_NUM_FEATURES = 256


def bench(
    checkpoint: Annotated[
        Path | None, typer.Option(help="GPCIS weights; default: the shipped model.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Of each timing.")] = 5,
) -> None:
    """Print ratios measured in this run: one thread, float32."""
    from gpcis_backend.inference.load import SHIPPED, require_checkpoint
    from gpcis_backend.mmseg_plugin import benchmark

    seconds = benchmark.heads(require_checkpoint(checkpoint or SHIPPED), repeats)
    typer.echo("Whole network, batch 1, 5 clicks, 384 px, float32, 1 thread")
    for name, value in seconds.items():
        typer.echo(f"  {name + ' head':<12}{1000 * value:9.1f} ms")
    typer.echo(f"  ratio       {seconds['gp'] / seconds['plain']:9.2f}x\n")
    for form, coarse in (("coarse (shipped)", True), ("full", False)):
        costs = benchmark.gp_costs(_SIDES, _COUNTS, repeats, coarse)
        typer.echo(f"GP alone, {form} form, D=48, L={_NUM_FEATURES}")
        _print_costs(costs)
        slope = benchmark.exponent(costs[: len(_SIDES)])
        typer.echo(f"  exponent of time over pixels, 512 to 2048 px: {slope:.3f}\n")


def _print_costs(costs: Sequence[GPCost]) -> None:
    typer.echo(f"  {'side':>6}{'clicks':>8}{'ms':>10}{'peak MB':>10}{'P x L MB':>10}")
    for cost in costs:
        peak = "-" if cost.peak_bytes is None else f"{cost.peak_bytes / 1e6:.0f}"
        full = cost.side**2 * _NUM_FEATURES * 4 / 1e6
        typer.echo(
            f"  {cost.side:>6}{cost.num_clicks:>8}{1000 * cost.seconds:>10.1f}"
            f"{peak:>10}{full:>10.0f}"
        )
