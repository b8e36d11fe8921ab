"""Calls recorded from Label Studio 1.23.2, replayed in every host."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from gpcis_backend.server.label_studio.backend import GpcisBackend
from gpcis_backend.server.label_studio.brush import from_brush
from gpcis_backend.server.label_studio.service import Service
from label_studio_calls import ADDRESS, HOSTS, Album, is_at, service, shapes


@pytest.fixture
def shared() -> Service:
    return service(Album({ADDRESS: shapes(800, 600)}))


@pytest.fixture(params=HOSTS)
def client(
    request: pytest.FixtureRequest, shared: Service, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    monkeypatch.setattr(GpcisBackend, "service", None)  # put back afterwards
    return HOSTS[request.param](shared).test_client()


@pytest.fixture(scope="module")
def payloads(root: Path) -> dict[str, dict[str, Any]]:
    """Calls recorded from Label Studio 1.23.2."""
    folder = root.parent / "shared" / "label_studio_payloads"
    if not folder.is_dir():
        pytest.skip(f"no recorded calls at {folder}")
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


@pytest.mark.parametrize("is_set_up", [False, True], ids=["after a restart", "set up"])
def test_recorded_calls_are_answered(
    client: FlaskClient,
    payloads: dict[str, dict[str, Any]],
    is_set_up: bool,
) -> None:
    if is_set_up:
        setup = payloads["setup"]["request_body"]
        assert client.post("/setup", json=setup).status_code == 200
    expected = {
        "predict_task_open_null_context": None,
        "predict_empty_context": [],
        "predict_first_click": [True],
        "predict_second_positive_click": [True, True],
        "predict_alt_click_negative": [True, True, False],
    }

    for name, signs in expected.items():
        body = payloads[name]["request_body"]
        answer = client.post("/predict", json=body)
        results = answer.get_json()["results"]

        assert answer.status_code == 200, name
        if signs is None:
            assert results == []
            continue
        assert len(results) == 1, name
        if not signs:
            assert results[0]["result"] == []
            continue
        value = results[0]["result"][0]["value"]
        mask = from_brush(value["rle"], 600, 800)
        clicks = body["params"]["context"]["result"]
        places = [(item["value"]["x"], item["value"]["y"]) for item in clicks]
        assert [is_at(mask, place) for place in places] == signs, name
    hook = payloads["webhook_annotation_created"]["request_body"]
    assert client.post("/webhook", json=hook).status_code == 200
