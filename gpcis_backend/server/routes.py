"""REST API v1 (ui.md section 6): parse, call the engine, serialise."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from gpcis_backend import __version__
from gpcis_backend.clicks.click import MAX_CLICKS
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import read_image
from gpcis_backend.inference.load import SHIPPED
from gpcis_backend.inference.turns import Caller
from gpcis_backend.server.answers import describe
from gpcis_backend.server.codec import MASK_TYPE, to_mask_body, to_mask_json
from gpcis_backend.server.mailbox import Mailbox
from gpcis_backend.server.model_slot import Loading, ModelSlot
from gpcis_backend.server.pictures import MAX_SIDE, to_picture
from gpcis_backend.server.problems import InvalidFields, NoModel, UnsupportedBody
from gpcis_backend.server.rle import MAX_RUNS, to_coco
from gpcis_backend.server.schemas import SegmentBody
from gpcis_backend.server.settings import Settings
from gpcis_backend.server.store import ImageStore, StoredImage

api = Blueprint("api", __name__, url_prefix="/api/v1")

_STATUS = {"ready": "ok", "loading": "loading", "failed": "no_model"}
_FEATURES = ("preview", "uncertainty", "influence", "next_click", "calibrated")


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with.

    Args:
        settings: Limits, and where the model was looked for.
        model: The engine, or why there is none.
        store: Uploaded images.
        mailbox: Newest call about each object.
    """

    settings: Settings
    model: ModelSlot
    store: ImageStore
    mailbox: Mailbox


@api.get("/health")
def health() -> ResponseReturnValue:
    """Whether the server can answer clicks, and its limits."""
    settings = _services().settings
    limits = {
        "upload_bytes": settings.max_upload_bytes,
        "pixels": settings.max_pixels,
        "json_bytes": settings.max_json_bytes,
        "clicks": MAX_CLICKS,
        "runs": MAX_RUNS,
    }
    model = _model_state()
    return {
        "status": _STATUS[_services().model.state],
        "version": __version__,
        "model": model,
        "limits": limits,
        "features": dict.fromkeys(_FEATURES, False),
    }


@api.post("/images")
def upload() -> ResponseReturnValue:
    """Keep the image sent as raw bytes; 201, 413, 415, 422."""
    if request.mimetype == "multipart/form-data":
        raise UnsupportedBody("Send the bytes of the image themselves, not a form.")
    services = _services()
    data = request.get_data(cache=False)
    image = read_image(
        data,
        max_pixels=services.settings.max_pixels,
        max_bytes=services.settings.max_upload_bytes,
    )
    item = services.store.add(request.args.get("name", ""), data, image)
    if services.model.state == "ready":
        services.model.engine().prepare(item.sha256, image)
    return _to_json(item), 201


@api.get("/images")
def list_images() -> ResponseReturnValue:
    """All uploads; they fit one page."""
    items = [_to_json(item) for item in _services().store.items()]
    return {"items": items, "next": None}


@api.get("/images/<image_id>/data")
def picture(image_id: str) -> ResponseReturnValue:
    """The upright picture, scaled to at most ``max`` pixels; 304, 404, 422."""
    item, max_side = _services().store.get(image_id), _max_side()
    answer, etag = Response(), f"{item.id}-{max_side}"
    answer.set_etag(etag)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["X-GPCIS-Size"] = f"{item.width},{item.height}"
    if not request.if_none_match.contains(etag):
        shown = to_picture(item, max_side, _services().settings.max_pixels)
        answer.data, answer.mimetype = shown.data, shown.media_type
    return answer.make_conditional(request)


@api.post("/images/<image_id>/segment")
def segment(image_id: str) -> ResponseReturnValue:
    """Mask for the clicks sent; 404 unknown image, 409 superseded, 422 bad click."""
    services = _services()
    body = SegmentBody.parse(_json_bytes(services.settings))
    item = services.store.get(image_id)
    engine = _engine()
    check = services.mailbox.post(body.client, item.id, body.object, body.rev)
    answer = engine.segment(
        item.sha256,
        partial(read_image, item.data, max_pixels=services.settings.max_pixels),
        body.to_clicks(item.height, item.width),
        init=body.to_init(item.height, item.width),
        threshold=body.threshold,
        caller=Caller(check=check),
    )
    check()
    header, sections = describe(answer, body, engine.predictor.name)
    accepted = (MASK_TYPE, "application/json")
    if request.accept_mimetypes.best_match(accepted) == "application/json":
        coco = {"coco_rle": to_coco(answer.mask)}
        return jsonify({**to_mask_json(header, sections), **coco})
    return Response(to_mask_body(header, sections), mimetype=MASK_TYPE)


def _services() -> Services:
    services: Services = current_app.extensions["gpcis"]
    return services


def _engine() -> Engine:
    """The engine, or the error that says why there is none."""
    try:
        return _services().model.engine()
    except Loading:
        raise
    except ModelUnavailable:
        state = _model_state()
        extra = {name: str(state[name]) for name in state.keys() & {"path", "fix"}}
        raise NoModel(state["reason"], extra) from None


def _model_state() -> dict[str, Any]:
    """The model as ``health`` shows it; paths only to who sits at this machine."""
    services = _services()
    slot, settings = services.model, services.settings
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


def _json_bytes(settings: Settings) -> bytes:
    """The request's JSON, size and type checked."""
    request.max_content_length = settings.max_json_bytes
    if request.mimetype != "application/json":
        raise UnsupportedBody("Send application/json.")
    return request.get_data()


def _max_side() -> int:
    """The query's ``max``, 1 to 4096 pixels."""
    text = request.args.get("max", str(MAX_SIDE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_SIDE):
        message = f"A whole number from 1 to {MAX_SIDE} is expected."
        raise InvalidFields([{"field": "max", "message": message}])
    return int(text)


def _to_json(item: StoredImage) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "width": item.width,
        "height": item.height,
        "objects": 0,
        "status": "new",
    }
