"""Jobs in a test's words."""

import time
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rest_client import OURS


def order(client: FlaskClient, path: str, body: dict[str, Any]) -> TestResponse:
    return client.post(f"/api/v1/{path}", json=body, headers=OURS)


def finished(client: FlaskClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job once it has ended."""
    end = time.monotonic() + 60
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < end, job
        time.sleep(0.01)
        job = client.get(f"/api/v1/jobs/{job['id']}").get_json()
    return job
