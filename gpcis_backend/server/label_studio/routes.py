"""Label Studio's protocol on our own application: always JSON, never a traceback."""

import logging
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from gpcis_backend.errors import Busy, GpcisError, ModelUnavailable
from gpcis_backend.server.label_studio.labeling import check_config
from gpcis_backend.server.label_studio.screen import MAX_BYTES, call_body
from gpcis_backend.server.label_studio.service import Service

if TYPE_CHECKING:
    from gpcis_backend.server.label_studio.backend import GpcisBackend

_log = logging.getLogger("gpcis")

protocol = Blueprint("label_studio", __name__)

_NO_LIBRARY = (
    "label-studio-ml is not installed here: pip install 'gpcis[label-studio]', then "
    "pip install --no-deps label-studio-ml==1.0.9."
)


@protocol.get("/health")
def health() -> ResponseReturnValue:
    """That the server lives, whether it can answer, and what went wrong last."""
    service = _service()
    last = service.journal.last_error
    return {
        "status": "UP",
        "model_class": "GpcisBackend",
        "ready": service.model.state == "ready",
        "reason": service.model.reason,
        "model_version": service.model_version,
        "last_error": last and last.to_json(),
    }


@protocol.post("/setup")
def setup() -> ResponseReturnValue:
    """Remember the project; 200 even if its labeling config is not usable yet."""
    body, service = call_body(), _service()
    project = str(body.get("project") or "")
    place = body.get("hostname"), body.get("access_token")
    service.remember(project, *place, request.remote_addr)
    service.journal.count("setups")
    try:
        check_config(body.get("schema"))
    except GpcisError as error:
        service.journal.note(f"setup of project {project}", error)
    return {"model_version": service.model_version}


@protocol.post("/predict")
def predict() -> ResponseReturnValue:
    """The masks for what was drawn so far."""
    body, service = call_body(), _service()
    service.journal.count("predictions")
    results = _backend_of(service).answer(body["tasks"], body["params"].get("context"))
    return jsonify({"results": results})


@protocol.post("/webhook")
def webhook() -> ResponseReturnValue:
    """Nothing is learned from single events; see ``gpcis finetune``."""
    _service().journal.count("webhooks")
    return {"status": "ignored"}


@protocol.route("/versions", methods=["GET", "POST"])
def versions() -> ResponseReturnValue:
    """The one version that is served."""
    return {"versions": [_service().model_version]}


@protocol.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Counters."""
    return _service().to_json()


@protocol.post("/<name>")
def unknown(name: str) -> ResponseReturnValue:
    """Label Studio asks older servers for more, such as ``/train``."""
    hint = "This server offers /setup, /predict, /webhook and /versions."
    return _refusal(404, "not_found", "There is nothing here.", hint)


@protocol.errorhandler(GpcisError)
def refuse(error: GpcisError) -> ResponseReturnValue:
    """A deliberate error: the log and ``/health`` say what to do about it."""
    trouble = _service().journal.note(request.path.rsplit("/", 1)[-1], error)
    status = 503 if isinstance(error, Busy) else error.status
    answer = _refusal(status, trouble.code, trouble.error, trouble.hint)
    if status == 503:
        answer.headers["Retry-After"] = "2"
    return answer


@protocol.errorhandler(HTTPException)
def refuse_call(error: HTTPException) -> ResponseReturnValue:
    """What Flask refuses by itself."""
    return _refusal(error.code or 500, "malformed", error.name, "")


@protocol.errorhandler(Exception)
def confess(error: Exception) -> ResponseReturnValue:
    """A bug: the log gets the traceback, the caller a number to quote."""
    number = uuid4().hex[:12]
    _log.error("internal error %s", number, exc_info=error)
    hint = f"The server's log has the details under {number}."
    return _refusal(500, "internal", "The server failed.", hint)


@protocol.before_request
def bound_body() -> None:
    """These calls bring along all masks of a task."""
    request.max_content_length = MAX_BYTES


def _refusal(status: int, code: str, reason: str, hint: str) -> Response:
    answer = jsonify({"error": reason, "code": code, "hint": hint})
    answer.status_code = status
    return answer


def _service() -> Service:
    service: Service = current_app.extensions["gpcis_label_studio"]
    return service


def _backend_of(shared: Service) -> "GpcisBackend":
    """An instance of the prediction class; a host makes a new one for each call."""
    try:
        from gpcis_backend.server.label_studio.backend import GpcisBackend
    except ImportError as error:
        raise ModelUnavailable(_NO_LIBRARY) from error

    class Ours(GpcisBackend):  # 2.x asks for the version inside the constructor
        service = shared

    return Ours()
