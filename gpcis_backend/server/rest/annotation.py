"""Annotation documents and the project's classes, guarded by ETags."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from gpcis_backend.errors import NotFound
from gpcis_backend.server.project.classes import ClassList
from gpcis_backend.server.project.document import MAX_BYTES, AnnotationDocument
from gpcis_backend.server.rest.services import condition, json_bytes, services

annotation_api = Blueprint("annotation", __name__)


@annotation_api.get("/images/<image_id>/annotation")
def read_annotation(image_id: str) -> ResponseReturnValue:
    """The document and its ETag; 304, 404 if there is none yet."""
    found = services()
    stored = found.documents.read(found.library.get(image_id).ref)
    if stored is None:
        raise NotFound("Nothing has been annotated on this image yet.")
    return _versioned(stored.document.to_json(), stored.etag)


@annotation_api.put("/images/<image_id>/annotation")
def write_annotation(image_id: str) -> ResponseReturnValue:
    """Replace the document; 404, 412 conflict, 413, 422, 428, 507."""
    found = services()
    item = found.library.get(image_id)
    document = AnnotationDocument.read(json_bytes(MAX_BYTES))
    revision, etag = found.documents.write(item, document, condition())
    answer = jsonify(revision=revision)
    answer.set_etag(etag)
    return answer


@annotation_api.get("/classes")
def read_classes() -> ResponseReturnValue:
    """The classes and their ETag; 304."""
    classes, etag = services().classes.read()
    return _versioned(classes.to_json(), etag)


@annotation_api.put("/classes")
def write_classes() -> ResponseReturnValue:
    """Replace the classes; 412 conflict, 422 also if one in use is missing, 428."""
    found = services()
    classes = ClassList.read(json_bytes(found.settings.max_json_bytes))
    in_use = found.documents.classes_in_use(found.library.refs())
    etag = found.classes.write(classes, condition(), in_use)
    answer = Response(classes.to_json(), mimetype="application/json")
    answer.set_etag(etag)
    return answer


def _versioned(data: bytes, etag: str) -> Response:
    answer = Response(data, mimetype="application/json")
    answer.set_etag(etag)
    answer.make_conditional(request)
    return answer
