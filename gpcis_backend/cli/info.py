"""``gpcis info``: what the networks of configs weigh and cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gpcis_backend.mmseg_plugin.complexity import Part


def info(
    configs: Annotated[list[Path], typer.Argument(help="mmseg configs.")],
    size: Annotated[
        int, typer.Option(min=32, max=4096, help="Side of the picture in pixels.")
    ] = 384,
    clicks: Annotated[
        int, typer.Option(min=0, max=100, help="On the picture; the GP pays for each.")
    ] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs; in single units.")
    ] = False,
) -> None:
    """Print parameters and multiply-adds of each config's network, part by part."""
    from gpcis_backend.mmseg_plugin.build import build_model, model_settings
    from gpcis_backend.mmseg_plugin.complexity import complexity

    settings = {config: model_settings(config) for config in configs}
    rows = []
    for config, model in settings.items():
        parts = complexity(build_model(model), size, clicks)
        if as_json:
            rows.append(_record(config, parts, size, clicks))
        else:
            typer.echo(_table(config, parts))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    typer.echo(
        f"GMAC: 10^9 multiply-adds of convolutions and matrix products, one {size} x "
        f"{size} picture, {clicks} click(s);\npapers of this field call them GFLOPs. "
        "1 GMAC = 2 floating point operations x 10^9."
    )


def _table(config: Path, parts: list[Part]) -> str:
    from gpcis_backend.mmseg_plugin.complexity import total

    lines = [f"{config.stem}", f"  {'':<14}{'parameters':>12}{'GMAC':>10}"]
    lines += [
        f"  {part.name:<14}{part.parameters:>12,}{part.macs / 1e9:>10.3f}"
        for part in (*parts, total(parts))
    ]
    return "\n".join(lines) + "\n"


def _record(config: Path, parts: list[Part], size: int, clicks: int) -> dict[str, Any]:
    from gpcis_backend.mmseg_plugin.complexity import total

    return {
        "config": str(config),
        "size": size,
        "clicks": clicks,
        "parts": [part._asdict() for part in parts],
        "total": total(parts)._asdict(),
    }
