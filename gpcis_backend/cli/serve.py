"""``gpcis serve``: the page and the REST API on one port."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpcis_backend.errors import InvalidInput

if TYPE_CHECKING:
    from gpcis_backend.server.settings import Settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 9090,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Weights; default: the shipped model.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Config of the weights, if they name none.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines in, unprotected.")
    ] = False,
    label_studio: Annotated[
        str | None,
        typer.Option(help="Address of Label Studio; default: LABEL_STUDIO_URL."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Inner host that images may come from. May be repeated."),
    ] = None,
    local_files: Annotated[
        Path | None, typer.Option(help="Root of Label Studio's local files, read here.")
    ] = None,
) -> None:
    """Open the page in a browser: click an object, see its mask.

    Label Studio finds its backend under the same address.  Its token comes from
    LABEL_STUDIO_API_KEY, never from the command line.
    """
    from gpcis_backend.server.listen import bind, run
    from gpcis_backend.server.model_slot import ModelSlot, load_engine
    from gpcis_backend.server.settings import Settings

    settings = Settings.from_env(
        host=host, port=port, checkpoint=checkpoint, config=config, is_insecure=insecure
    ).with_images_from(label_studio, frozenset(allow_host or ()), local_files)
    _check_reach(settings)
    with bind(settings) as listener:  # a busy port is known before the model loads
        where = f"http://{_shown(host)}:{listener.getsockname()[1]}"
        typer.echo("Loading the model ...")
        weights = settings.checkpoint, settings.config, settings.device
        model = ModelSlot(partial(load_engine, *weights))
        run(settings, model, listener, lambda: typer.echo(f"GPCIS is ready: {where}"))


def _check_reach(settings: Settings) -> None:
    if not (settings.is_loopback or settings.is_insecure or settings.login):
        raise InvalidInput(
            f"{settings.host} can be reached by other machines and nothing protects "
            "this server; set BASIC_AUTH_USER and BASIC_AUTH_PASS, or add --insecure "
            "if that is what you want."
        )


def _shown(host: str) -> str:
    """The host as an address bar takes it."""
    return f"[{host}]" if ":" in host else host
