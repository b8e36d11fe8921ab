"""The API described by itself, OpenAPI 3.1, made from the schemas that check it."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gpcis_backend import __version__
from gpcis_backend.server.codec import MASK_TYPE
from gpcis_backend.server.formats.registry import IMPORT_FORMATS
from gpcis_backend.server.pictures import MAX_SIDE
from gpcis_backend.server.project.classes import ClassList
from gpcis_backend.server.project.document import AnnotationDocument
from gpcis_backend.server.rest import shapes
from gpcis_backend.server.schemas import EncodeBody, ExportBody, SegmentBody

openapi_api = Blueprint("openapi", __name__)

Json: TypeAlias = dict[str, Any]

_BODIES = (SegmentBody, EncodeBody, ExportBody, AnnotationDocument, ClassList)
_BINARY: Json = {"type": "string", "format": "binary"}
_PROBLEM = "application/problem+json"
_CALLER = (400, 401, 403, 413, 415, 429, 500)  # any call may be refused so
_PICTURE: Json = {"image/jpeg": {"schema": _BINARY}, "image/png": {"schema": _BINARY}}
_IMAGE: Json = {
    "name": "image_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
}
_JOB: Json = {**_IMAGE, "name": "job_id"}
_JOB["schema"] = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_OURS: Json = {
    "name": "X-GPCIS",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "enum": ["1"]},
}
_FILE: Json = {"application/octet-stream": {"schema": _BINARY}}


@openapi_api.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """This document."""
    return jsonify(describe_api())


@cache
def describe_api() -> Json:
    """The whole document."""
    models = [(model, "validation") for model in (*_BODIES, *shapes.ALL)]
    _, schemas = models_json_schema(
        models,  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "GPCIS", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "login": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{}, {"token": []}, {"login": []}],
        "paths": {path: dict(calls) for path, calls in _paths().items()},
    }


def _paths() -> dict[str, Json]:
    return {
        "/health": {"get": _call("Health", {200: _json(shapes.Health)})},
        "/metrics": {"get": _call("Metrics", {200: _json(shapes.Metrics)})},
        "/openapi.json": {"get": _call("OpenAPI", {200: _of({"type": "object"})})},
        **_image_paths(),
        **_click_paths(),
        **_document_paths(),
        **_job_paths(),
    }


def _image_paths() -> dict[str, Json]:
    picture = {200: _PICTURE, 304: None}
    item, page = {200: _json(shapes.OpenImage)}, {200: _json(shapes.ImagePage)}
    listed = _query("cursor", {"type": "string"}), _number("limit", 500)
    named = _OURS, _query("name", {"type": "string"})
    added, scaled = {201: _json(shapes.ImageItem)}, (_IMAGE, _number("max", MAX_SIDE))
    return {
        "/images": {
            "get": _call("List", page, (422,), listed),
            "post": _call("Upload", added, (422, 507), named, _FILE),
        },
        "/images/{image_id}": {"get": _call("Image", item, (404, 422), (_IMAGE,))},
        "/images/{image_id}/data": {
            "get": _call("Picture", picture, (404, 422), scaled)
        },
        "/images/{image_id}/thumb": {
            "get": _call("Thumbnail", picture, (404, 422), (_IMAGE,))
        },
    }


def _click_paths() -> dict[str, Json]:
    mask = {200: {MASK_TYPE: {"schema": _BINARY}, **_json(shapes.MaskJson)}}
    job = {202: _json(shapes.JobInfo)}
    ours = _IMAGE, _OURS
    return {
        "/images/{image_id}/encode": {
            "post": _call("Prepare", job, (404, 422, 503), ours, _json(EncodeBody))
        },
        "/images/{image_id}/segment": {
            "post": _call(
                "Mask of clicks",
                mask,
                (404, 409, 422, 503, 504),
                ours,
                _json(SegmentBody),
            )
        },
    }


def _document_paths() -> dict[str, Json]:
    document, classes = _json(AnnotationDocument), _json(ClassList)
    saved, lost = {200: _json(shapes.Revision)}, (412, 422, 428, 507)
    ours = _OURS, *_conditions()
    return {
        "/images/{image_id}/annotation": {
            "get": _call("Document", {200: document, 304: None}, (404, 422), (_IMAGE,)),
            "put": _call(
                "Save document", saved, (404, *lost), (_IMAGE, *ours), document
            ),
        },
        "/classes": {
            "get": _call("Classes", {200: classes, 304: None}, (422,)),
            "put": _call("Save classes", {200: classes}, lost, ours, classes),
        },
    }


def _job_paths() -> dict[str, Json]:
    job = _json(shapes.JobInfo)
    file = {200: {"application/zip": {"schema": _BINARY}}, 304: None}
    found = {200: _json(shapes.Imported)}
    kind = _query("format", {"enum": list(IMPORT_FORMATS)}, is_required=True)
    return {
        "/images/{image_id}/import": {
            "post": _call(
                "Objects of a file", found, (404, 422), (_IMAGE, _OURS, kind), _FILE
            )
        },
        "/export": {
            "post": _call("Export", {202: job}, (404, 422), (_OURS,), _json(ExportBody))
        },
        "/jobs/{job_id}": {
            "get": _call("Job", {200: job}, (404,), (_JOB,)),
            "delete": _call("Cancel", {200: job}, (404,), (_JOB, _OURS)),
        },
        "/jobs/{job_id}/result": {"get": _call("Result", file, (404,), (_JOB,))},
    }


def _call(
    title: str,
    answers: Mapping[int, Json | None],
    refusals: Iterable[int] = (),
    parameters: Iterable[Json] = (),
    body: Json | None = None,
) -> Json:
    responses: Json = {
        str(status): {
            "description": title,
            **({} if kinds is None else {"content": kinds}),
        }
        for status, kinds in answers.items()
    }
    for status in sorted({*_CALLER, *refusals}):
        problem = _json(shapes.Problem, _PROBLEM)
        responses[str(status)] = {"description": "Refused", "content": problem}
    call: Json = {"summary": title, "responses": responses}
    if listed := list(parameters):
        call["parameters"] = listed
    if body is not None:
        call["requestBody"] = {"required": True, "content": body}
    return call


def _json(model: type[BaseModel], kind: str = "application/json") -> Json:
    return _of({"$ref": f"#/components/schemas/{model.__name__}"}, kind)


def _of(schema: Json, kind: str = "application/json") -> Json:
    return {kind: {"schema": schema}}


def _query(name: str, schema: Json, *, is_required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": is_required, "schema": schema}


def _number(name: str, largest: int) -> Json:
    return _query(name, {"type": "integer", "minimum": 1, "maximum": largest})


def _conditions() -> list[Json]:
    return [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}
        for name in ("If-Match", "If-None-Match")
    ]
