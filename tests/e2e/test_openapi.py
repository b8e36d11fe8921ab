"""The OpenAPI document held against the running application, call by call."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.openapi import from_wsgi

from gpcis_backend.inference.engine import Engine
from rest_client import app_with, upload
from toy_predictor import ToyPredictor

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

_app = app_with(Engine(ToyPredictor()))


@_app.get("/pinned.json")
def _pinned() -> dict[str, Any]:
    """The document served, with the id of an image that is there."""
    served: dict[str, Any] = _app.test_client().get("/api/v1/openapi.json").get_json()
    for call in (call for calls in served["paths"].values() for call in calls.values()):
        for parameter in call.get("parameters", ()):
            if parameter["name"] == "image_id":
                parameter["schema"] = {"type": "string", "enum": [_item["id"]]}
    return served


_item = upload(_app.test_client())
_schema = from_wsgi("/pinned.json", _app)


@_schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_call_does_what_the_document_says(case: "schemathesis.Case[Any]") -> None:
    case.call_and_validate(checks=_CHECKS)


def test_every_route_is_in_the_document() -> None:
    described = {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, calls in _schema.raw_schema["paths"].items()
        for method in calls
    }
    served = {
        (rule.rule.removeprefix("/api/v1"), method)
        for rule in _app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1")
    }

    assert described == served


def test_the_document_needs_no_other_place() -> None:
    text = str(_schema.raw_schema)

    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("name", ["SegmentBody", "AnnotationDocument", "Problem"])
def test_the_schemas_are_named(name: str) -> None:
    assert name in _schema.raw_schema["components"]["schemas"]
