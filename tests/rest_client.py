"""Calls to the REST API in a test's words."""

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image as pillow
from werkzeug.test import TestResponse

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.app import create_app
from gpcis_backend.server.codec import MASK_TYPE, from_mask_body
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.rle import MaskRuns, from_runs
from gpcis_backend.server.settings import Settings

OURS = {"X-GPCIS": "1"}
ON_SQUARE, BESIDE = [25.5, 20.5, 1], [2.5, 2.5, -1]


def app_with(
    engine: Engine | ModelUnavailable, settings: Settings | None = None
) -> Flask:
    settings = settings or Settings()
    slot = ModelSlot.holding(engine)
    return create_app(settings, slot)


def square_png() -> bytes:
    """A red square of 20 pixels on green, 50 x 40."""
    pixels = np.zeros((40, 50, 3), dtype=np.uint8)
    pixels[..., 1] = 200
    pixels[10:30, 15:35] = (220, 20, 20)
    buffer = io.BytesIO()
    pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def upload(client: FlaskClient, name: str = "a.png") -> dict[str, Any]:
    answer = client.post(
        "/api/v1/images", query_string={"name": name}, data=square_png(), headers=OURS
    )
    assert answer.status_code == 201
    item: dict[str, Any] = answer.get_json()
    return item


def post_clicks(
    client: FlaskClient,
    image_id: str,
    clicks: list[Any],
    changes: Mapping[str, Any] | None = None,
    **headers: str,
) -> TestResponse:
    return client.post(
        f"/api/v1/images/{image_id}/segment",
        data=json.dumps({"clicks": clicks, **(changes or {})}),
        content_type="application/json",
        headers={**OURS, **headers},
    )


def segment(
    client: FlaskClient, image_id: str, clicks: list[Any], **keys: Any
) -> tuple[dict[str, Any], BoolMask]:
    answer = post_clicks(client, image_id, clicks, keys)
    assert answer.mimetype == MASK_TYPE, answer.text
    return from_mask_body(answer.data)[0], to_mask(answer)


def to_mask(answer: TestResponse) -> BoolMask:
    header, sections = from_mask_body(answer.data)
    left, top, width, height = header["bbox"]
    runs = MaskRuns((left, top, width, height), sections["runs"])
    return from_runs(runs, header["size"][1], header["size"][0])


def to_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem body, checked for what every one of them has."""
    assert answer.mimetype == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.get_json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert problem["status"] == status
    assert problem["type"] == f"urn:gpcis:error:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem
