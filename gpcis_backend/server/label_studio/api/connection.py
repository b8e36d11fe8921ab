"""Connect a project of Label Studio with a backend, however often it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gpcis_backend.errors import FetchFailed, InvalidInput
from gpcis_backend.server.access import Login
from gpcis_backend.server.label_studio.api.client import LabelStudioClient
from gpcis_backend.server.label_studio.api.remedies import LabelStudioProblem
from gpcis_backend.server.label_studio.fetching.urls import WebUrl

Row = dict[str, Any]  # of Label Studio's table of backends


@dataclass(frozen=True)
class Connection:
    """What a project's entry for the backend is now.

    Args:
        row_id: Its number in Label Studio.
        done: ``created``, ``updated``, ``unchanged`` or ``completed``: the last if
            Label Studio made it and refused all the same.
        state: In Label Studio's words, such as ``Connected``.
    """

    row_id: int
    done: str
    state: str


def connect(
    client: LabelStudioClient,
    project: int,
    backend: str,
    title: str,
    login: Login | None = None,
) -> Connection:
    """Make Label Studio ask ``backend`` at every click in ``project``.

    Args:
        client: Of the Label Studio.
        project: Its number.
        backend: Address as Label Studio sees it.
        title: Shown in the project's settings.
        login: What the backend wants to know; None to leave that as it is.

    Raises:
        LabelStudioProblem: Label Studio refuses, or does not reach the backend.
    """
    backend = backend_url(backend)
    wanted: Row = {
        "url": backend,
        "project": project,
        "title": title,
        "is_interactive": True,
        **_basic_auth(login),
    }
    row = own_row(rows_of(client, project), backend)
    if row is not None:
        return _update(client, row, wanted)
    try:
        return _connection(client.post("/api/ml", wanted), "created")
    except LabelStudioProblem:
        # The address of the webhook is checked last, when the entry is already there
        row = own_row(rows_of(client, project), backend)
        if row is None:
            raise
    return replace(_update(client, row, wanted), done="completed")


def rows_of(client: LabelStudioClient, project: int) -> list[Row]:
    """All backends of a project; Label Studio calls each of them to know its state."""
    rows = client.get("/api/ml", project=project)
    return [row for row in rows if isinstance(row, dict)]


def own_row(rows: Sequence[Row], backend: str) -> Row | None:
    """The first entry for this address."""
    return next((row for row in rows if _plain(row.get("url")) == backend), None)


def backend_url(text: str) -> str:
    """The address of a backend, without a slash at its end.

    Raises:
        InvalidInput: It is none.
    """
    url = _plain(text)
    try:
        WebUrl.parse(url)
    except FetchFailed:
        url = ""
    if not url or "?" in url or "#" in url:
        raise InvalidInput(
            f"The backend's address must look like http://localhost:9090, not {text!r}."
        )
    return url


def _update(client: LabelStudioClient, row: Row, wanted: Row) -> Connection:
    # A password is never told, so that with one nothing is known to be the same
    known = {**row, "url": _plain(row.get("url"))}
    is_same = all(known.get(key) == value for key, value in wanted.items())
    if is_same and _state(row) == "Connected":
        return _connection(row, "unchanged")
    # All of it: Label Studio's check of a change fails without URL and project
    return _connection(client.patch(f"/api/ml/{row['id']}", wanted), "updated")


def _basic_auth(login: Login | None) -> Row:
    if login is None:
        return {}
    return {
        "auth_method": "BASIC_AUTH",
        "basic_auth_user": login.user,
        "basic_auth_pass": login.password,
    }


def _connection(row: Row, done: str) -> Connection:
    return Connection(int(row["id"]), done, _state(row))


def _state(row: Row) -> str:
    return str(row.get("readable_state") or "unknown")


def _plain(url: object) -> str:
    return str(url or "").strip().rstrip("/")
