"""User and password of the whole server, by HTTP Basic."""

import pytest
from flask.testing import FlaskClient

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.access import Login
from gpcis_backend.server.settings import Settings
from label_studio_calls import keypoint, our_host, predict_body, service

RIGHT, WRONG = ("anna", "pässword"), ("anna", "password")


@pytest.fixture
def client() -> FlaskClient:
    settings = Settings(login=Login(*RIGHT))
    return our_host(service(settings=settings)).test_client()


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/health", "/main.js"])
def test_nothing_is_shown_to_strangers(client: FlaskClient, path: str) -> None:
    for auth in (None, WRONG):
        answer = client.get(path, auth=auth)

        assert answer.status_code == 401
        assert answer.is_json


def test_browsers_are_asked_to_log_in(client: FlaskClient) -> None:
    answer = client.get("/api/v1/health")

    assert answer.headers["WWW-Authenticate"] == 'Basic realm="GPCIS"'
    assert answer.get_json()["code"] == "unauthorized"


def test_label_studio_logs_in_and_is_told_when_it_fails(client: FlaskClient) -> None:
    body = predict_body(keypoint(35, 43))

    refused = client.post("/predict", json=body, auth=WRONG)
    answered = client.post("/predict", json=body, auth=RIGHT)

    assert refused.status_code == 401
    assert "WWW-Authenticate" in refused.headers
    assert "password" in refused.get_json()["error"]
    assert answered.status_code == 200


def test_half_a_login_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASIC_AUTH_USER", "anna")
    monkeypatch.delenv("BASIC_AUTH_PASS", raising=False)

    with pytest.raises(InvalidInput, match="BASIC_AUTH_PASS"):
        Settings.from_env()


def test_a_login_is_not_shown_where_settings_are() -> None:
    assert "pässword" not in repr(Settings(login=Login(*RIGHT)))
