"""What the routes work with, and what every one of them does with a request."""

from dataclasses import dataclass, field
from typing import Any

from flask import current_app, request

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.load import SHIPPED
from gpcis_backend.server.jobs import JobBoard
from gpcis_backend.server.library.library import Library
from gpcis_backend.server.mailbox import Mailbox
from gpcis_backend.server.model_slot import Loading, ModelSlot
from gpcis_backend.server.problems import InvalidFields, NoModel, UnsupportedBody
from gpcis_backend.server.project.classes import Classes
from gpcis_backend.server.project.documents import Documents
from gpcis_backend.server.project.versions import Condition
from gpcis_backend.server.settings import Settings
from gpcis_backend.server.timings import Timings


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the API.

    Args:
        settings: Limits, and where the model was looked for.
        model: The engine, or why there is none.
        library: Images.
        documents: Their annotations.
        classes: Of the project.
        mailbox: Newest call about each object.
        jobs: Long work.
        timings: Of the calls.
    """

    settings: Settings
    model: ModelSlot
    library: Library
    documents: Documents
    classes: Classes
    mailbox: Mailbox = field(default_factory=Mailbox)
    jobs: JobBoard = field(default_factory=JobBoard)
    timings: Timings = field(default_factory=Timings)


def services() -> Services:
    """Those of the current application."""
    found: Services = current_app.extensions["gpcis"]
    return found


def engine() -> Engine:
    """The engine, or the error that says why there is none.

    Raises:
        ModelUnavailable: Not loaded yet, or not at all.
    """
    try:
        return services().model.engine()
    except Loading:
        raise
    except ModelUnavailable:
        state = model_state()
        extra = {name: str(state[name]) for name in state.keys() & {"path", "fix"}}
        raise NoModel(state["reason"], extra) from None


def model_state() -> dict[str, Any]:
    """The model as ``health`` shows it; paths only to who sits at this machine."""
    slot, settings = services().model, services().settings
    if slot.state == "ready":
        model = slot.engine().predictor
        weights = getattr(model, "checkpoint_sha256", None)
        device = str(getattr(model, "device", "cpu"))
        state = {"id": model.name, "weights": weights, "device": device}
        return {**state, "ready": True, "reason": None}
    state = {"id": None, "weights": None, "device": None, "ready": False}
    if slot.state == "loading":
        return {**state, "reason": slot.reason}
    if not settings.is_loopback:
        return {
            **state,
            "reason": "The model could not be loaded; see the server's log.",
        }
    path, fix = str(settings.checkpoint or SHIPPED), "gpcis serve --checkpoint FILE"
    return {**state, "reason": slot.reason, "path": path, "fix": fix}


def json_bytes(limit: int) -> bytes:
    """The request's JSON, size and type checked.

    Raises:
        UnsupportedBody: Another type.
    """
    request.max_content_length = limit
    if request.mimetype != "application/json":
        raise UnsupportedBody("Send application/json.")
    return request.get_data()


def condition() -> Condition:
    """What the caller says about the version it replaces.

    Weak ETags never match (RFC 9110, section 13.1.1).
    """
    sent = request.if_match
    tags = frozenset(sent.as_set(include_weak=False))
    if sent.star_tag:
        tags = frozenset({"*"})
    return Condition(tags, request.if_none_match.star_tag)


def whole_number(name: str, default: int, smallest: int, largest: int) -> int:
    """A number of the query.

    Raises:
        InvalidFields: Something else, or out of range.
    """
    text = request.args.get(name, str(default))
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not is_number or not smallest <= int(text) <= largest:
        message = f"A whole number from {smallest} to {largest} is expected."
        raise InvalidFields([{"field": name, "message": message}])
    return int(text)
