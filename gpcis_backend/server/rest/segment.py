"""Clicks to a mask."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from gpcis_backend.data.coco_rle import to_coco
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import read_image
from gpcis_backend.inference.predictor import has_latent, has_preview
from gpcis_backend.inference.turns import Caller, Priority, Wait
from gpcis_backend.server.answers import describe
from gpcis_backend.server.codec import MASK_TYPE, to_mask_body, to_mask_json
from gpcis_backend.server.problems import InvalidFields
from gpcis_backend.server.rest.services import engine, json_bytes, services
from gpcis_backend.server.schemas import SegmentBody, parse
from gpcis_backend.server.settings import Settings

segment_api = Blueprint("segment", __name__)


@segment_api.post("/images/<image_id>/segment")
def segment(image_id: str) -> ResponseReturnValue:
    """Mask for the clicks sent; 404, 409 superseded, 422 bad click, 429, 503, 504."""
    found = services()
    body = parse(SegmentBody, json_bytes(found.settings.max_json_bytes))
    item, model = found.library.get(image_id), engine()
    _check_wishes(body, model)
    check = found.mailbox.post(body.client, item.id, body.object, body.rev)
    answer = model.segment(
        item.sha256,
        lambda: read_image(item.data, max_pixels=found.settings.max_pixels),
        body.to_clicks(item.height, item.width),
        init=body.to_init(item.height, item.width),
        threshold=body.threshold,
        cleanup=body.post.to_cleanup(),
        may_preview=body.mode == "auto",
        with_latent=not {"var", "mean"}.isdisjoint(body.want),
        caller=Caller(_wait(body, model, found.settings), check),
    )
    check()
    header, sections = describe(answer, body, model.predictor.name)
    accepted = (MASK_TYPE, "application/json")
    if request.accept_mimetypes.best_match(accepted) == "application/json":
        coco = {"coco_rle": to_coco(answer.mask)}
        return jsonify({**to_mask_json(header, sections), **coco})
    return Response(to_mask_body(header, sections), mimetype=MASK_TYPE)


def _wait(body: SegmentBody, model: Engine, settings: Settings) -> Wait:
    # the first click has no features to start from
    if body.mode == "auto" and has_preview(model.predictor) and len(body.clicks) > 1:
        return Wait.at_most(Priority.PREVIEW, settings.preview_seconds)
    return Wait.at_most(Priority.REFINE, settings.refine_seconds)


def _check_wishes(body: SegmentBody, model: Engine) -> None:
    """Raise for what this model cannot say; ``features`` of ``health`` tells before."""
    if not {"var", "mean"}.isdisjoint(body.want) and not has_latent(model.predictor):
        message = "This model cannot say how sure it is."
        raise InvalidFields([{"field": "want", "message": message}])
