"""The security list of the interface, as far as it concerns the REST API."""

import logging
import threading
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gpcis_backend.clicks.click import Image
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.predictor import Encoding
from gpcis_backend.server.access import Login
from gpcis_backend.server.settings import Settings
from label_studio_calls import keypoint, our_host, predict_body, service
from rest_client import (
    ON_SQUARE,
    OURS,
    app_with,
    post_clicks,
    square_png,
    to_problem,
)
from toy_predictor import ToyPredictor

TOKEN = "a-secret-of-this-test"
SITE = "https://site.example:8443"


@pytest.fixture
def guarded(tmp_path: Path) -> FlaskClient:
    (tmp_path / "index.html").write_text("<p>page</p>")
    return _client(Settings(token=TOKEN, web_dir=tmp_path))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": "Bearer wrong"}, id="wrong"),
        pytest.param({"Authorization": f"Bearer {TOKEN}x"}, id="longer"),
        pytest.param({"Authorization": f"Bearer {TOKEN[:-1]}"}, id="shorter"),
        pytest.param({"Authorization": "Bearer pässwörd"}, id="not ASCII"),
        pytest.param({"Authorization": "Bearer"}, id="empty"),
        pytest.param({"Authorization": "Basic !"}, id="broken"),
        pytest.param({"Cookie": f"token={TOKEN}"}, id="cookie"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/images", "/metrics"])
def test_without_the_token_nothing_is_told(
    guarded: FlaskClient, headers: dict[str, str], path: str
) -> None:
    answer = guarded.get(path, headers=headers)

    assert answer.status_code == 401
    assert answer.get_json()["code"] == "unauthorized"
    scheme = "Bearer" if path.startswith("/api") else "Basic"
    assert answer.headers["WWW-Authenticate"].startswith(scheme)
    assert guarded.get(f"{path}?token={TOKEN}").status_code == 401


def test_the_token_opens_the_api_and_the_page_needs_none(guarded: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    assert guarded.get("/api/v1/health", headers=headers).status_code == 200
    assert guarded.get("/", buffered=True).status_code == 200


def test_label_studio_sends_the_token_as_password() -> None:
    client = our_host(service(settings=Settings(token=TOKEN))).test_client()
    body = predict_body(keypoint(35, 43))

    refused = client.post("/predict", json=body)
    answered = client.post("/predict", json=body, auth=("gpcis", TOKEN))

    assert refused.status_code == 401
    assert answered.status_code == 200


def test_login_and_token_both_open() -> None:
    client = _client(Settings(token=TOKEN, login=Login("anna", "secret")))

    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/api/v1/health", headers=bearer).status_code == 200
    assert client.get("/api/v1/health", auth=("anna", "secret")).status_code == 200
    assert client.get("/api/v1/health", auth=("anna", "x")).status_code == 401
    assert client.get("/").status_code == 401


def test_secrets_are_in_no_log_and_no_answer(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(ToyPredictor):
        def encode(self, image: Image) -> Encoding:
            raise RuntimeError("a bug")

    caplog.set_level(logging.DEBUG)
    settings = Settings(token=TOKEN)
    client = app_with(Engine(Broken()), settings).test_client()
    headers = {**OURS, "Authorization": f"Bearer {TOKEN}"}

    item = client.post("/api/v1/images", data=square_png(), headers=headers).get_json()
    failed = post_clicks(client, item["id"], [ON_SQUARE], None, **headers)
    refused = client.get("/api/v1/health", headers={"Authorization": "Bearer wrong-1"})

    said = caplog.text + "".join(capsys.readouterr()) + failed.text + refused.text
    assert "a bug" in caplog.text
    assert TOKEN not in said
    assert "wrong-1" not in said
    assert TOKEN not in repr(settings)
    assert failed.status_code == 500
    assert "Traceback" not in failed.text


def test_only_the_named_site_may_call() -> None:
    client = _client(Settings(cors_origins=frozenset({SITE})))

    for origin, is_allowed in ((SITE, True), ("https://evil.example", False)):
        asked = client.options(
            "/api/v1/classes",
            headers={"Origin": origin, "Access-Control-Request-Method": "PUT"},
        )
        read = client.get("/api/v1/classes", headers={"Origin": origin})
        sent = client.post(
            "/api/v1/images",
            data=square_png(),
            headers={**OURS, "Origin": origin, "Sec-Fetch-Site": "cross-site"},
        )

        allowed = origin if is_allowed else None
        assert asked.headers.get("Access-Control-Allow-Origin") == allowed
        assert read.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Origin" in read.headers["Vary"]
        assert (sent.status_code == 201) == is_allowed
        if is_allowed:
            assert asked.status_code == 204
            assert "X-GPCIS" in asked.headers["Access-Control-Allow-Headers"]
            assert "ETag" in read.headers["Access-Control-Expose-Headers"]


def test_without_named_sites_no_answer_is_for_others() -> None:
    answer = _client(Settings()).get("/api/v1/health", headers={"Origin": SITE})

    assert not [name for name in answer.headers if name[0].startswith("Access-Control")]


@pytest.mark.parametrize(
    "origin", ["*", "null", "https://a.example/", "a.example", "https://a b", "http://"]
)
def test_what_is_no_origin_is_refused_at_start(origin: str) -> None:
    with pytest.raises(InvalidInput, match="origin"):
        Settings.from_env(cors_origins=frozenset({origin}))
    with pytest.raises(InvalidInput, match="origin"):
        Settings.from_env(frame_ancestors=(origin,))


def test_frames_are_allowed_to_named_sites_only() -> None:
    plain = _client(Settings()).get("/", buffered=True)
    framed = _client(Settings(frame_ancestors=(SITE,))).get("/", buffered=True)

    assert plain.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    policy = framed.headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {SITE}")


def test_a_trusted_name_is_a_name_of_this_server() -> None:
    settings = Settings().with_names(["gpu.lab"])
    client = _client(settings)

    assert client.get("/api/v1/health", headers={"Host": "gpu.lab"}).status_code == 200
    to_problem(client.get("/", headers={"Host": "evil.lab"}), 400, "bad_host")


def test_one_address_gets_eight_places_and_others_still_come_in() -> None:
    gate, inside = threading.Event(), threading.Semaphore(0)

    app = app_with(Engine(ToyPredictor()))

    @app.get("/api/v1/slow")
    def slow() -> str:
        inside.release()
        assert gate.wait(30)
        return "done"

    codes: list[int] = []
    threads = [threading.Thread(target=_get, args=(app, codes)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        assert inside.acquire(timeout=30)
    ninth = app.test_client().get("/api/v1/health")
    other = app.test_client().get(
        "/api/v1/health", environ_overrides={"REMOTE_ADDR": "10.0.0.9"}
    )
    gate.set()
    for thread in threads:
        thread.join()
    after = app.test_client().get("/api/v1/health")

    to_problem(ninth, 429, "busy")
    assert ninth.headers["Retry-After"]
    assert other.status_code == 200
    assert codes == [200] * 8
    assert after.status_code == 200


def _get(app: Flask, codes: list[int]) -> None:
    codes.append(app.test_client().get("/api/v1/slow").status_code)


def _client(settings: Settings) -> FlaskClient:
    return app_with(Engine(ToyPredictor()), settings).test_client()
