"""Images: list, upload, picture, thumbnail, preparing."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from gpcis_backend.inference.images import read_image
from gpcis_backend.inference.turns import Caller, Priority, Wait
from gpcis_backend.server.jobs import Job
from gpcis_backend.server.library.item import ImageRef, StoredImage
from gpcis_backend.server.pictures import MAX_SIDE, to_picture, to_thumb
from gpcis_backend.server.problems import UnsupportedBody
from gpcis_backend.server.rest.jobs import show_job
from gpcis_backend.server.rest.services import (
    engine,
    json_bytes,
    services,
    whole_number,
)
from gpcis_backend.server.schemas import EncodeBody, parse

images_api = Blueprint("images", __name__)

_MAX_PAGE = 500


@images_api.get("/images")
def list_images() -> ResponseReturnValue:
    """One page of the list; sizes are null until an image was opened; 422."""
    limit = whole_number("limit", _MAX_PAGE, 1, _MAX_PAGE)
    page = services().library.page(request.args.get("cursor"), limit)
    return {"items": [show_item(ref) for ref in page.refs], "next": page.next}


@images_api.post("/images")
def upload() -> ResponseReturnValue:
    """Keep the image sent as raw bytes; 201, 413, 415, 422, 507."""
    if request.mimetype == "multipart/form-data":
        raise UnsupportedBody("Send the bytes of the image themselves, not a form.")
    found = services()
    data = request.get_data(cache=False)
    image = read_image(
        data,
        max_pixels=found.settings.max_pixels,
        max_bytes=found.settings.max_upload_bytes,
    )
    item = found.library.add(request.args.get("name", ""), data, image)
    return show_item(item.ref), 201


@images_api.get("/images/<image_id>")
def one_image(image_id: str) -> ResponseReturnValue:
    """The image as the list shows it, opened; 404, 422."""
    item = services().library.get(image_id)
    return {**show_item(item.ref), "sha256": item.sha256}


@images_api.get("/images/<image_id>/data")
def picture(image_id: str) -> ResponseReturnValue:
    """The upright picture, scaled to at most ``max`` pixels; 304, 404, 422."""
    item = services().library.get(image_id)
    max_side = whole_number("max", MAX_SIDE, 1, MAX_SIDE)
    answer = _picture_answer(item, f"{item.sha256[:32]}-{max_side}")
    if not request.if_none_match.contains(answer.get_etag()[0] or ""):
        shown = to_picture(item, max_side, services().settings.max_pixels)
        answer.data, answer.mimetype = shown.data, shown.media_type
    return answer.make_conditional(request)


@images_api.get("/images/<image_id>/thumb")
def thumb(image_id: str) -> ResponseReturnValue:
    """A small JPEG of the upright picture; 304, 404, 422."""
    item = services().library.get(image_id)
    answer = _picture_answer(item, f"{item.sha256[:32]}-thumb")
    if not request.if_none_match.contains(answer.get_etag()[0] or ""):
        shown = to_thumb(item, services().settings.max_pixels)
        answer.data, answer.mimetype = shown.data, shown.media_type
    return answer.make_conditional(request)


@images_api.post("/images/<image_id>/encode")
def encode(image_id: str) -> ResponseReturnValue:
    """Prepare an image ahead of its first click; 202 with the job, 404, 429, 503."""
    found = services()
    body = parse(EncodeBody, json_bytes(found.settings.max_json_bytes))
    model, item = engine(), found.library.get(image_id)
    urgency = Priority.PREFETCH if body.prefetch else Priority.ENCODE

    def work(job: Job) -> None:
        wait = Wait.at_most(Priority(job.urgency), found.settings.encode_seconds)
        load = partial(_load, item, found.settings.max_pixels)
        model.prepare(item.sha256, load, caller=Caller(wait, job.check))

    job = found.jobs.order("encode", item.sha256, work, urgency)
    return show_job(job), 202


def show_item(ref: ImageRef) -> dict[str, Any]:
    """The image as lists show it."""
    summary = services().documents.summary(ref)
    return {
        "id": ref.id,
        "name": ref.name,
        "width": ref.width,
        "height": ref.height,
        "objects": summary.num_objects,
        "status": summary.status,
    }


def _load(item: StoredImage, max_pixels: int) -> Any:  # noqa: ANN401
    return read_image(item.data, max_pixels=max_pixels)


def _picture_answer(item: StoredImage, etag: str) -> Response:
    answer = Response()
    answer.set_etag(etag)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["X-GPCIS-Size"] = f"{item.width},{item.height}"
    answer.headers["X-GPCIS-SHA256"] = item.sha256
    return answer
