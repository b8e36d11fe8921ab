"""What Label Studio's refusals mean, and what the operator changes to lift them."""

import html
import json
import re
from typing import Any, ClassVar

from gpcis_backend.errors import GpcisError

_MAX_DETAIL = 300  # characters of what Label Studio says itself
_NOISE = re.compile(  # links, general advice and wrapped exceptions in its errors
    r"<[^>]*>|Make sure it is up .* Additional info:"
    r"|HTTPS?ConnectionPool\([^)]*\): Max retries exceeded with url: \S+ "
)

OPEN_NETWORK = (
    "Start Label Studio with ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false "
    "in its environment (or with USE_DEFAULT_BANNED_SUBNETS=false alone), then repeat "
    "this command."
)
AS_SEEN = (
    "Give the backend's address as Label Studio sees it: in a container, localhost is "
    "the container itself, so use the service name, such as http://gpcis:9090, or "
    "http://host.docker.internal:9090."
)
_NEW_TOKEN = (
    "Copy it again from Label Studio > Account & Settings > Personal Access Token "
    "or Legacy Token."
)
_TOKEN_SETTINGS = "Label Studio > Organization > API Tokens Settings"
_NO_PROJECT = (
    "This user has no such project; its number stands in the browser's address, "
    "/projects/NUMBER."
)

# status of the answer, words of its detail, what to do: the first row that fits counts
_REMEDIES: tuple[tuple[int, str, str], ...] = (
    (
        401,
        "legacy token authentication has been disabled",
        f"Switch legacy tokens on under {_TOKEN_SETTINGS}, or give a personal access "
        "token.",
    ),
    (
        401,
        "credentials were not provided",
        "If it is a personal access token, switch these on under "
        f"{_TOKEN_SETTINGS}. {_NEW_TOKEN}",
    ),
    (401, "", f"The token is wrong or of another Label Studio. {_NEW_TOKEN}"),
    (
        403,
        "reserved network address",
        "Since 1.23.1 it refuses backends on its own machine and in private networks. "
        + OPEN_NETWORK,
    ),
    (403, "", "Give the token of an owner or administrator of the project."),
    (404, "No Project matches", _NO_PROJECT),
    (400, "object does not exist", _NO_PROJECT),
    (404, "", "Is this the URL of a Label Studio, without /projects/... behind it?"),
    (500, "Can't resolve hostname", AS_SEEN),
    (400, "health check failed", f"Start the backend (gpcis serve). {AS_SEEN}"),
    (
        400,
        "look like a valid ML backend",
        "It answers /health but not /setup within 3 seconds: look at its log.",
    ),
    (
        400,
        "authentication parameters",
        "Set BASIC_AUTH_USER and BASIC_AUTH_PASS here as they are set for the backend.",
    ),
    (500, "", "Look at Label Studio's own log."),
)


class LabelStudioProblem(GpcisError):
    """Label Studio cannot be reached or refuses; the message says what to change.

    Args:
        reason: What happened, in a sentence without tokens.
        remedy: What to change, in sentences; may be empty.
        http_status: Of Label Studio's answer, 0 if there was none.
        detail: Label Studio's own words.
    """

    code: ClassVar[str] = "label_studio"
    title: ClassVar[str] = "Label Studio refuses"
    status: ClassVar[int] = 502

    def __init__(
        self, reason: str, remedy: str = "", *, http_status: int = 0, detail: str = ""
    ) -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.reason, self.remedy = reason, remedy
        self.http_status, self.detail = http_status, detail


def refusal(request: str, http_status: int, content: bytes) -> LabelStudioProblem:
    """The problem behind an answer other than 2xx to ``request``, in words."""
    detail = detail_of(content)
    words = f": {detail}" if detail else ""
    reason = f"Label Studio answered {request} with {http_status}{words}"
    reason = f"{reason.rstrip('.')}."
    return LabelStudioProblem(
        reason, remedy_of(http_status, detail), http_status=http_status, detail=detail
    )


def remedy_of(http_status: int, detail: str) -> str:
    """What to change after this answer; empty if it is none of the known ones."""
    fitting = (
        remedy
        for status, words, remedy in _REMEDIES
        if status == http_status and words in detail
    )
    return next(fitting, "")


def detail_of(content: bytes) -> str:
    """Label Studio's own words in an error's body, in one line; empty for a page."""
    try:
        body = json.loads(content)
    except ValueError:
        return ""
    words = list(_strings(body.get("validation_errors"))) if _is_dict(body) else []
    if not words and _is_dict(body):
        words = list(_strings(body.get("detail")))
    text = html.unescape(_NOISE.sub("", " ".join(words)))
    text = " ".join(text.split())
    return text if len(text) <= _MAX_DETAIL else f"{text[:_MAX_DETAIL]}..."


def _is_dict(body: Any) -> bool:  # noqa: ANN401  (JSON)
    return isinstance(body, dict)


def _strings(value: Any) -> list[str]:  # noqa: ANN401  (JSON)
    """All texts of a JSON value, in order."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return []
