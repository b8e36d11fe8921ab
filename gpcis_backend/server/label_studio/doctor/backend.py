"""The backend, as seen from here."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from gpcis_backend.server.access import Login
from gpcis_backend.server.label_studio.doctor.findings import (
    Finding,
    ok,
    problem,
    warning,
)

_TIMEOUT = 5.0  # seconds; Label Studio itself waits for one
_MAX_BYTES = 2**20


@dataclass(frozen=True)
class Health:
    """What ``/health`` says.

    Args:
        is_ready: Whether the weights are loaded.
        reason: Why they are not.
        version: Of the model.
        trouble: The last failure and its remedy in one line; empty if there was none.
    """

    is_ready: bool
    reason: str
    version: str
    trouble: str


def check_backend(url: str, login: Login | None) -> Iterator[Finding]:
    """Whether a ready backend answers, and what failed there last."""
    health = health_of(url, login)
    if isinstance(health, Finding):
        yield health
        return
    if health.is_ready:
        yield ok(f"The backend answers at {url}: {health.version}.")
    else:
        yield warning(
            f"The backend answers at {url} without a model. {health.reason}".strip(),
            "Wait while it loads; if that does not help, look at its log.",
        )
    if health.trouble:
        yield warning(f"Its last failure was this: {health.trouble}")


def health_of(url: str, login: Login | None) -> Health | Finding:
    """What the backend says about itself, or why it does not."""
    try:
        with requests.get(
            f"{url}/health",
            auth=(login.user, login.password) if login else None,
            timeout=_TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as response:
            content = next(response.iter_content(_MAX_BYTES), b"")
            status = response.status_code
    except (requests.RequestException, UnicodeError) as error:
        return _unreachable(url, error)
    return _to_health(url, status, content)


def _to_health(url: str, status: int, content: bytes) -> Health | Finding:
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if status == 401:
        return problem(
            f"The backend at {url} wants user and password.",
            "Set BASIC_AUTH_USER and BASIC_AUTH_PASS here as they are set there.",
        )
    if status != 200 or not isinstance(body, dict) or "model_class" not in body:
        return problem(
            f"{url}/health (status {status}) is not the answer of a backend.",
            "Another program may hold this port: give the address of gpcis serve.",
        )
    return Health(
        is_ready=bool(body.get("ready", True)),
        reason=str(body.get("reason") or ""),
        version=str(body.get("model_version") or body["model_class"]),
        trouble=_in_one_line(body.get("last_error")),
    )


def _in_one_line(trouble: Any) -> str:  # noqa: ANN401  (JSON)
    """The last failure as ``/health`` tells it; other backends may tell a text."""
    if not isinstance(trouble, Mapping):
        return str(trouble or "")
    where, when = trouble.get("where"), trouble.get("at")
    return f"{trouble.get('error')} {trouble.get('hint')} ({where}, {when})"


def _unreachable(url: str, error: Exception) -> Finding:
    if "NameResolutionError" in str(error):
        return warning(
            f"The host name in {url} is not known on this machine.",
            "Check it, unless only Label Studio needs to know it (a service name).",
        )
    if isinstance(error, requests.Timeout):
        return problem(
            f"The backend at {url} does not answer within {_TIMEOUT:g} seconds.",
            "Restart it; look at its log and at firewalls.",
        )
    return problem(f"No backend answers at {url}.", "Start it: gpcis serve.")
