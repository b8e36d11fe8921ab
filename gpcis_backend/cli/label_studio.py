"""``gpcis ls-config | ls-connect | doctor``: set Label Studio up and look it over."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gpcis_backend.errors import InvalidInput

if TYPE_CHECKING:
    from gpcis_backend.server.label_studio.doctor.findings import Finding

_MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}
_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}
_DONE = {
    "created": "connected",
    "updated": "updated",
    "unchanged": "connected already, nothing was changed",
    "completed": "connected",
}

_Url = Annotated[str, typer.Option(envvar="LABEL_STUDIO_URL", help="Of Label Studio.")]
_Token = Annotated[
    str,
    typer.Option(
        envvar="LABEL_STUDIO_API_KEY",
        show_envvar=True,
        help="From Account & Settings: personal access token or legacy token.",
    ),
]
_Backend = Annotated[
    str,
    typer.Option(
        envvar="GPCIS_BACKEND_URL",
        help="Address of gpcis serve, as Label Studio sees it.",
    ),
]


def ls_config(
    labels: Annotated[
        list[str] | None, typer.Argument(help="Names of the labels; default: Object.")
    ] = None,
    output: Annotated[
        Literal["brush", "bitmask", "polygon"],
        typer.Option(help="Kind of the regions that a click makes."),
    ] = "brush",
    rectangle: Annotated[
        bool,
        typer.Option(
            "--rectangle", help="Offer a box too; the smart button alternates."
        ),
    ] = False,
) -> None:
    """Print a labeling config: paste it into Settings > Labeling Interface > Code."""
    from gpcis_backend.server.label_studio.labeling_config import labeling_config

    typer.echo(labeling_config(labels or [], output, with_rectangle=rectangle))


def ls_connect(
    url: Annotated[
        str,
        typer.Argument(
            envvar="LABEL_STUDIO_URL", help="Of Label Studio.", show_default=False
        ),
    ],
    token: _Token,
    project: Annotated[
        int, typer.Option(min=1, help="Number in the address /projects/NUMBER.")
    ],
    backend: _Backend = "http://localhost:9090",
    title: Annotated[str, typer.Option(help="Shown in the project.")] = "GPCIS",
) -> None:
    """Let a project of Label Studio ask this backend; repeating it does no harm.

    BASIC_AUTH_USER and BASIC_AUTH_PASS are told to Label Studio if they are set.
    """
    from gpcis_backend.server.label_studio.api.client import LabelStudioClient
    from gpcis_backend.server.label_studio.api.connection import (
        backend_url,
        connect,
        rows_of,
    )
    from gpcis_backend.server.label_studio.doctor.labeling import check_config
    from gpcis_backend.server.label_studio.doctor.project import check_rows
    from gpcis_backend.server.label_studio.fetching.tokens import Access
    from gpcis_backend.server.settings import Settings

    client = LabelStudioClient(Access(url, _given(token)))
    backend = backend_url(backend)
    login = Settings.from_env().login
    connection = connect(client, project, backend, title, login)
    typer.echo(
        f"Project {project} and {backend}: {_DONE[connection.done]} "
        f"(entry {connection.row_id})."
    )
    if connection.done == "completed":
        typer.echo(
            "Label Studio refused only to report annotations to the backend, which "
            "does not need that. To silence it: SSRF_PROTECTION_ENABLED=false."
        )
    config = str(client.get(f"/api/projects/{project}").get("label_config"))
    rows = rows_of(client, project)
    for finding in (*check_rows(rows, backend, project, url), *check_config(config)):
        _show(finding)


def doctor(
    label_studio: _Url,
    token: _Token,
    backend: _Backend = "http://localhost:9090",
    project: Annotated[
        int | None, typer.Option(min=1, help="Number in the address /projects/NUMBER.")
    ] = None,
) -> None:
    """Find out what keeps annotators from getting masks; exit status 1 if anything.

    Set the environment as for gpcis serve; what it says about images and login counts.
    """
    from gpcis_backend.server.label_studio.api.connection import backend_url
    from gpcis_backend.server.label_studio.doctor.examination import examine
    from gpcis_backend.server.label_studio.doctor.project import Visit
    from gpcis_backend.server.label_studio.fetching.tokens import Access
    from gpcis_backend.server.settings import Settings

    access, settings = Access(label_studio, token), Settings.from_env()
    fetch = replace(settings.fetch, label_studio=access)
    visit = Visit(backend_url(backend), fetch, settings.login)
    levels: Counter[str] = Counter()
    for finding in examine(access, visit, project):
        _show(finding)
        levels[finding.level] += 1
    typer.echo(f"problems: {levels['problem']}, warnings: {levels['warning']}")
    if levels["problem"]:
        raise typer.Exit(1)


def _given(token: str) -> str:
    if not token.strip():
        raise InvalidInput("The token is empty: give --token or LABEL_STUDIO_API_KEY.")
    return token


def _show(finding: Finding) -> None:
    mark = typer.style(_MARKS[finding.level], fg=_COLOURS[finding.level])
    typer.echo(f"{mark} {finding.what}")
    if finding.remedy:
        typer.echo(f"        {finding.remedy}")
