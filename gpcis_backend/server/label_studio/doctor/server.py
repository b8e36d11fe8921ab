"""Label Studio itself: is it there, does it take the token, may it call the backend."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from gpcis_backend.server.label_studio.api.client import LabelStudioClient
from gpcis_backend.server.label_studio.api.remedies import AS_SEEN, LabelStudioProblem
from gpcis_backend.server.label_studio.doctor.findings import (
    Finding,
    ok,
    problem,
    warning,
)
from gpcis_backend.server.label_studio.fetching.tokens import Access, TokenSource
from gpcis_backend.server.label_studio.fetching.urls import is_loopback

_TESTED = (1, 23)
_LEGACY = re.compile("[0-9a-f]{40}")
_NO_SUCH_PROJECT = 0


def check_server(client: LabelStudioClient) -> Iterator[Finding]:
    """Whether a Label Studio answers there, and which one."""
    answer = client.get("/api/version")
    release = str(answer.get("release", "")) if isinstance(answer, dict) else ""
    if not release:
        yield problem(f"{client.url} is no Label Studio.", "Check the URL.")
    elif _numbers(release) < _TESTED:
        yield warning(
            f"Label Studio {release} at {client.url} is older than what is tested.",
            "If something fails, update to 1.23.2 or newer.",
        )
    else:
        yield ok(f"Label Studio {release} answers at {client.url}.")


def check_token(client: LabelStudioClient, access: Access) -> Iterator[Finding]:
    """Whether Label Studio takes the token, and of which kind it is."""
    if not access.token:
        yield problem(
            "There is no token.",
            "Give --token, or set LABEL_STUDIO_API_KEY: it is shown in Label Studio > "
            "Account & Settings.",
        )
        return
    kind = kind_of(access)
    user = client.get("/api/current-user/whoami")
    yield ok(f"Label Studio takes the {kind} of {user.get('email') or 'its user'}.")


def check_legacy_tokens(client: LabelStudioClient, access: Access) -> Iterator[Finding]:
    """Whether the token that Label Studio hands its backends is of any use."""
    try:
        settings = client.get("/api/jwt/settings")
    except LabelStudioProblem:  # only owners and administrators may see it
        return
    if settings.get("legacy_api_tokens_enabled"):
        yield ok("Legacy tokens are on: backends can use the one that they are handed.")
    else:
        yield warning(
            "Legacy tokens are off: the one that Label Studio hands its backends is "
            "refused when they fetch images.",
            "Start the backend with LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY in its "
            "environment.",
        )


def check_addresses(label_studio: str, backend: str) -> Iterator[Finding]:
    """Whether "localhost" can mean the same machine for both."""
    hosts = [urlsplit(url).hostname or "" for url in (label_studio, backend)]
    if is_loopback(hosts[1]) and not is_loopback(hosts[0]):
        yield warning(
            f"{backend} is this machine only for programs on this machine, and Label "
            f"Studio runs at {hosts[0]}.",
            AS_SEEN,
        )


def check_network_rules(client: LabelStudioClient, backend: str) -> Iterator[Finding]:
    """Whether Label Studio's rules let it call the backend's address.

    Asks for a connection of a project that cannot exist: the address is judged first,
    and nothing is made.
    """
    try:
        client.post("/api/ml", {"url": backend, "project": _NO_SUCH_PROJECT})
    except LabelStudioProblem as refused:
        if refused.http_status == 400 and "does not exist" in refused.detail:
            yield ok(f"Label Studio's network rules let it call {backend}.")
        else:
            yield problem(refused.reason, refused.remedy)


def kind_of(access: Access) -> str:
    """What kind of token it is, for people."""
    if TokenSource(access).is_personal:
        return "personal access token"
    if _LEGACY.fullmatch(access.token):
        return "legacy token"
    return "token (neither 40 hex digits nor a personal access token)"


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:2])
