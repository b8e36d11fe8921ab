"""A small Label Studio: the answers of 1.23.2 to an operator's calls, and a backend."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from PIL import Image as pillow

from gpcis_backend.server.label_studio.labeling_config import labeling_config
from web_stub import HTML, Answer, Responder, Seen, WebStub

TOKEN = "0123456789abcdef0123456789abcdef01234567"
# {"alg":"HS256","typ":"JWT"}.{"token_type":"refresh","user_id":"1"}.signature
PERSONAL = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsInVzZXJfaWQiOiIxIn0.c2lnbmF0dXJl"
)
BEARER = "access-token"
PROJECT = 1
UPLOAD = "/data/upload/1/8ea73c2b-134.png"
REGION = {"id": "r1", "type": "brushlabels", "value": {"format": "rle"}}

_RESERVED = "URL resolves to a reserved network address (block: 127.0.0.0/8)"
_LEGACY_OFF = (
    "Authentication token no longer valid: legacy token authentication has been "
    "disabled for this organization"
)
_UNHEALTHY = (
    "Can't connect to ML backend {url}, health check failed. Make sure it is up and "
    'your firewall is properly configured. <a href="https://labelstud.io/guide/ml.html'
    '">Learn more</a> about how to set up an ML backend. Additional info: '
    "HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: "
    "/health (Caused by NewConnectionError(\"HTTPConnection(host='127.0.0.1', "
    'port=1): Failed to establish a new connection: [Errno 111] Connection refused"))'
)


@dataclass
class LabelStudioStub:
    """One project with one task; a context manager.

    Args:
        release: Its version.
        label_config: Of the project.
        rows: Its backends.
        has_tasks: Whether an image was imported.
        accepts_legacy: Whether legacy tokens are on.
        refuses_address: As 1.23.1 and newer do with private addresses.
        refuses_webhook: As with ML_BLOCK_LOCAL_IP=false alone: too late.
        reaches_backend: Whether its own calls come through.
        click_answer: To a click, from the backend.
    """

    release: str = "1.23.2"
    label_config: str = field(default_factory=lambda: labeling_config(["cat"]))
    rows: list[dict[str, Any]] = field(default_factory=list)
    has_tasks: bool = True
    accepts_legacy: bool = True
    refuses_address: bool = False
    refuses_webhook: bool = False
    reaches_backend: bool = True
    click_answer: Mapping[str, Any] = field(
        default_factory=lambda: {"data": {"result": [REGION]}}
    )

    def __post_init__(self) -> None:
        pages = {
            "/api/version": self._version,
            "/api/token/refresh": self._refresh,
            "/api/current-user/whoami": self._user,
            "/api/jwt/settings": self._settings,
            "/api/projects": self._projects,
            f"/api/projects/{PROJECT}": self._project,
            "/api/tasks": self._tasks,
            "/api/ml": self._backends,
            "/api/ml/1": self._change,
            "/api/ml/1/interactive-annotating": self._click,
            UPLOAD: self._upload,
        }
        self.web = WebStub({path: self._guarded(page) for path, page in pages.items()})
        self.web.pages["/html"] = Answer(HTML)
        self.url = self.web.url

    def __enter__(self) -> "LabelStudioStub":
        self.web.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.web.__exit__(kind, error, trace)

    def connected(self, backend: str, **changes: Any) -> None:
        """Note a backend, as if it had been added before."""
        row = {
            "id": len(self.rows) + 1,
            "url": backend,
            "title": "GPCIS",
            "state": "CO",
            "readable_state": "Connected",
            "is_interactive": True,
            "error_message": None,
            "auth_method": "NONE",
            "project": PROJECT,
        }
        self.rows.append({**row, **changes})

    def _guarded(self, page: Responder) -> Responder:
        """``page`` for those who are known, the others get what they get there."""

        def answer(seen: Seen) -> Answer:
            is_open = page in (self._version, self._refresh)
            return (None if is_open else self._refusal(seen)) or page(seen)

        return answer

    def _refusal(self, seen: Seen) -> Answer | None:
        given = seen.headers.get("authorization", "")
        if given == f"Bearer {BEARER}":
            return None
        if not given.startswith("Token "):
            return _error(401, "Authentication credentials were not provided.")
        if given != f"Token {TOKEN}":
            return _error(401, "Invalid token.")
        return None if self.accepts_legacy else _error(401, _LEGACY_OFF)

    def _version(self, seen: Seen) -> Answer:
        return _json({"release": self.release, "edition": "Community"})

    def _refresh(self, seen: Seen) -> Answer:
        if json.loads(seen.body) != {"refresh": PERSONAL}:
            return _error(401, "Token is invalid")
        return _json({"access": BEARER})

    def _user(self, seen: Seen) -> Answer:
        return _json({"id": 1, "email": "admin@example.com"})

    def _settings(self, seen: Seen) -> Answer:
        legacy = self.accepts_legacy
        return _json({"api_tokens_enabled": True, "legacy_api_tokens_enabled": legacy})

    def _projects(self, seen: Seen) -> Answer:
        return _json({"count": 1, "results": [{"id": PROJECT, "title": "Pets"}]})

    def _project(self, seen: Seen) -> Answer:
        return _json({"id": PROJECT, "label_config": self.label_config})

    def _tasks(self, seen: Seen) -> Answer:
        task = {"id": 5, "data": {"image": UPLOAD}, "project": PROJECT}
        return _json({"tasks": [task] if self.has_tasks else [], "total": 1})

    def _backends(self, seen: Seen) -> Answer:
        if seen.method == "GET":
            if f"project={PROJECT}" not in seen.target:
                return _error(404, "No Project matches the given query.")
            return _json(self.rows)
        wanted = json.loads(seen.body)
        refused = self._judged(wanted)
        if refused is not None:
            return refused
        self.connected(wanted.pop("url"), **wanted)
        if self.refuses_webhook:
            return _error(403, _RESERVED)
        return _json(self.rows[-1], 201)

    def _judged(self, wanted: Mapping[str, Any]) -> Answer | None:
        """In Label Studio's order: the address, the project, the backend's health."""
        if self.refuses_address:
            return _error(403, _RESERVED)
        if ".invalid" in wanted["url"]:
            return _error(500, "Can't resolve hostname gp.invalid")
        if wanted["project"] != PROJECT:
            missing = f'Invalid pk "{wanted["project"]}" - object does not exist.'
            return _error(400, "Validation error", {"project": [missing]})
        if not self.reaches_backend:
            words = _UNHEALTHY.format(url=wanted["url"])
            return _error(400, "Validation error", {"non_field_errors": [words]})
        return None

    def _change(self, seen: Seen) -> Answer:
        wanted = json.loads(seen.body)
        if not {"url", "project"} <= wanted.keys():
            return _error(500, "MLBackend.healthcheck_() missing 1 required argument")
        refused = self._judged(wanted)
        if refused is not None:
            return refused
        self.rows[0].update(wanted)
        return _json(self.rows[0])

    def _click(self, seen: Seen) -> Answer:
        return _json(self.click_answer)

    def _upload(self, seen: Seen) -> Answer:
        buffer = io.BytesIO()
        pillow.new("RGB", (40, 30)).save(buffer, "PNG")
        return Answer(buffer.getvalue(), headers={"Content-Type": "image/png"})


def backend_stub(**changes: Any) -> WebStub:
    """A backend whose ``/health`` says what ours says, but for ``changes``."""
    health = {
        "status": "UP",
        "model_class": "GpcisBackend",
        "ready": True,
        "reason": None,
        "model_version": "gpcis-0.1.0-0badcafe",
        "last_error": None,
    }
    return WebStub({"/health": _json({**health, **changes})})


def _json(body: object, status: int = 200) -> Answer:
    headers = {"Content-Type": "application/json"}
    return Answer(json.dumps(body).encode(), status, headers)


def _error(status: int, detail: str, validation: object = None) -> Answer:
    body = {"id": "d99aeef2", "status_code": status, "detail": detail}
    more = {} if validation is None else {"validation_errors": validation}
    return _json({**body, "version": "1.23.2", "exc_info": None, **more}, status)
