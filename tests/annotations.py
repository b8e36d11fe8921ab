"""Documents as the page saves them, and the calls that save them."""

from base64 import b64encode
from typing import Any

import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.server.rle import to_runs
from rest_client import OURS


def square_mask() -> BoolMask:
    mask = np.zeros((40, 50), dtype=np.bool_)
    mask[10:30, 15:35] = True
    return mask


def an_object(mask: BoolMask | None = None, **changes: Any) -> dict[str, Any]:
    coded = to_runs(square_mask() if mask is None else mask)
    return {
        "id": "o1",
        "class": "object",
        "clicks": [{"id": "c1", "x": 25.5, "y": 20.5, "sign": 1, "muted": False}],
        "threshold": 0.5,
        "post": {"largest": False, "fill_px": 0},
        "bbox": list(coded.bbox),
        "runs": b64encode(coded.runs).decode(),
        "init": None,
        "est_iou": 0.9,
        "state": "finished",
        "visible": True,
        "locked": False,
        "strokes": [],
        **changes,
    }


def a_document(
    item: dict[str, Any], *objects: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    return {
        "schema": "gpcis/1",
        "image": {
            "id": item["id"],
            "name": item["name"],
            "sha256": "",
            "width": item["width"],
            "height": item["height"],
        },
        "status": "progress",
        "objects": list(objects),
        "model": "toy",
        "revision": 0,
        **changes,
    }


def save(
    client: FlaskClient,
    item: dict[str, Any],
    document: dict[str, Any],
    **headers: str,
) -> TestResponse:
    return client.put(
        f"/api/v1/images/{item['id']}/annotation",
        json=document,
        headers={**OURS, **{k.replace("_", "-"): v for k, v in headers.items()}},
    )


def saved(
    client: FlaskClient, item: dict[str, Any], *objects: dict[str, Any]
) -> TestResponse:
    """The first save of an image, which works."""
    answer = save(client, item, a_document(item, *objects), If_None_Match="*")
    assert answer.status_code == 200, answer.text
    return answer
