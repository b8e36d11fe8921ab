"""``gpcis serve``: the page and the REST API on one port."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gpcis_backend.server.settings import Settings

_LABEL_STUDIO, _ACCESS = "Label Studio", "Access"


class RuntimeName(StrEnum):
    """What may run the network."""

    AUTO = "auto"
    TORCH = "torch"
    OPENVINO = "openvino"


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 9090,
    images: Annotated[
        Path | None, typer.Option(help="Folder with images to annotate.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that keeps uploads; default: memory.")
    ] = None,
    annotations: Annotated[
        Path | None,
        typer.Option(help="Folder for annotations; default: beside the images."),
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Names for a new project, such as cat,dog.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Weights; default: the shipped model.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Config of the weights, if they name none.")
    ] = None,
    runtime: Annotated[
        RuntimeName | None,
        typer.Option(
            help="auto runs the network in OpenVINO where that is installed, draws "
            "the same masks as torch and is faster; else in torch. "
            "Default: GPCIS_RUNTIME, or auto."
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            help="Secret that callers must know; default: GPCIS_TOKEN, or a new one "
            "if other machines can reach the server.",
            rich_help_panel=_ACCESS,
        ),
    ] = None,
    insecure: Annotated[
        bool,
        typer.Option(
            "--insecure",
            help="Let other machines in, unprotected.",
            rich_help_panel=_ACCESS,
        ),
    ] = False,
    trusted_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Name by which browsers may call the server. May be repeated.",
            rich_help_panel=_ACCESS,
        ),
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="Site whose pages may call the API, such as https://example.org. May "
            "be repeated.",
            rich_help_panel=_ACCESS,
        ),
    ] = None,
    frame_ancestors: Annotated[
        list[str] | None,
        typer.Option(
            help="Site that may show the page in a frame. May be repeated.",
            rich_help_panel=_ACCESS,
        ),
    ] = None,
    label_studio: Annotated[
        str | None,
        typer.Option(
            help="Address of Label Studio; default: LABEL_STUDIO_URL.",
            rich_help_panel=_LABEL_STUDIO,
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Inner host that images may come from. May be repeated.",
            rich_help_panel=_LABEL_STUDIO,
        ),
    ] = None,
    local_files: Annotated[
        Path | None,
        typer.Option(
            help="Root of Label Studio's local files, read here.",
            rich_help_panel=_LABEL_STUDIO,
        ),
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
        host=host,
        port=port,
        images_dir=images,
        data_dir=data,
        annotations_dir=annotations,
        class_names=tuple(classes.split(",")) if classes else None,
        checkpoint=checkpoint,
        config=config,
        runtime=None if runtime is None else runtime.value,
        token=token,
        is_insecure=insecure,
        cors_origins=frozenset(cors_origin or ()),
        frame_ancestors=tuple(frame_ancestors or ()),
    ).with_images_from(label_studio, frozenset(allow_host or ()), local_files)
    settings = _protected(settings.with_names(trusted_host or ()))
    with bind(settings) as listener:  # a busy port is known before the model loads
        where = f"http://{_shown(host)}:{listener.getsockname()[1]}"
        typer.echo("Loading the model ...")
        weights = (
            settings.checkpoint,
            settings.config,
            settings.device,
            settings.runtime,
        )
        model = ModelSlot(partial(load_engine, *weights))
        run(settings, model, listener, partial(_announce, where, settings))


def _protected(settings: Settings) -> Settings:
    """With a new token, if other machines can come in and nothing else is asked."""
    from secrets import token_urlsafe

    if settings.is_loopback or settings.is_insecure or settings.is_protected:
        return settings
    return replace(settings, token=token_urlsafe(24))


def _announce(where: str, settings: Settings) -> None:
    """Where the page is; a token stands behind the #, which browsers never send."""
    secret = f"/#token={settings.token}" if settings.token else ""
    typer.echo(f"GPCIS is ready: {where}{secret}")
    if secret and not settings.login:
        typer.echo("Label Studio logs in as gpcis, with the token as password.")


def _shown(host: str) -> str:
    """The host as an address bar takes it."""
    return f"[{host}]" if ":" in host else host
