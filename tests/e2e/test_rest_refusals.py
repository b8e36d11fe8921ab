"""What the REST API refuses, and in which words."""

import io
from collections.abc import Mapping
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient

from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.settings import Settings
from rest_client import (
    ON_SQUARE,
    OURS,
    app_with,
    post_clicks,
    square_png,
    to_problem,
    upload,
)
from toy_predictor import ToyPredictor


@pytest.fixture
def client() -> FlaskClient:
    return app_with(Engine(ToyPredictor())).test_client()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        pytest.param({"clicks": [[51.5, 3, 1]]}, 422, "click_outside", id="right"),
        pytest.param({"clicks": [[3, -1.5, 1]]}, 422, "click_outside", id="above"),
        pytest.param({"clicks": [[float("nan"), 3, 1]]}, 422, "invalid", id="NaN"),
        pytest.param({"clicks": [[float("inf"), 3, 1]]}, 422, "invalid", id="inf"),
        pytest.param({"clicks": [[True, 3, 1]]}, 422, "invalid", id="boolean"),
        pytest.param({"clicks": [["3", 3, 1]]}, 422, "invalid", id="string"),
        pytest.param({"clicks": [[3, 3, 0]]}, 422, "invalid", id="sign 0"),
        pytest.param({"clicks": [[3, 3, True]]}, 422, "invalid", id="sign true"),
        pytest.param({"clicks": [[3, 3]]}, 422, "invalid", id="no sign"),
        pytest.param({"clicks": [[3, 3, 1]] * 201}, 422, "invalid", id="201 clicks"),
        pytest.param({"clicks": None}, 422, "invalid", id="no clicks"),
        pytest.param({"threshold": 1.0}, 422, "invalid", id="threshold"),
        pytest.param({"rev": -1}, 422, "invalid", id="revision"),
        pytest.param({"want": ["infl:prior"]}, 422, "invalid", id="not offered"),
        pytest.param({"post": {"largest": 1}}, 422, "invalid", id="clean-up"),
        pytest.param({"surprise": 1}, 422, "invalid", id="unknown key"),
        pytest.param(
            {"init": {"bbox": [0, 0, 1, 1], "runs": "?"}}, 422, "invalid", id="base64"
        ),
        pytest.param(
            {"init": {"bbox": [49, 0, 9, 1], "runs": ""}}, 422, "invalid", id="box"
        ),
    ],
)
def test_a_body_that_makes_no_sense_gets_its_code(
    client: FlaskClient, changes: dict[str, Any], status: int, code: str
) -> None:
    item = upload(client)

    answer = post_clicks(client, item["id"], [ON_SQUARE], changes)

    problem = to_problem(answer, status, code)
    assert code != "invalid" or problem.get("fields") or "init" in changes


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"clicks": [', b"[" * 9999])
def test_a_body_that_is_no_json_is_malformed(client: FlaskClient, body: bytes) -> None:
    path = f"/api/v1/images/{upload(client)['id']}/segment"

    answer = client.post(path, data=body, content_type="application/json", headers=OURS)

    to_problem(answer, 400, "malformed")


def test_a_json_body_has_its_own_limit(client: FlaskClient) -> None:
    answer = post_clicks(client, "0" * 16, [], {"object": "x" * 300_000})

    assert to_problem(answer, 413, "too_large")["limit"] == 256 * 1024


def test_clicks_in_another_type_than_json_are_refused(client: FlaskClient) -> None:
    path = f"/api/v1/images/{upload(client)['id']}/segment"

    answer = client.post(path, data="{}", content_type="text/plain", headers=OURS)

    to_problem(answer, 415, "unsupported_type")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        pytest.param(b"", 422, "bad_image", id="empty"),
        pytest.param(b"only words", 422, "bad_image", id="text"),
        pytest.param(b"<svg/>", 415, "unsupported_type", id="svg"),
        pytest.param(b"\x89PNG\r\n\x1a\n", 422, "bad_image", id="cut"),
    ],
)
def test_a_file_that_is_no_image_gets_its_code_and_is_not_kept(
    client: FlaskClient, data: bytes, status: int, code: str
) -> None:
    answer = client.post("/api/v1/images?name=a.jpg", data=data, headers=OURS)

    to_problem(answer, status, code)
    assert client.get("/api/v1/images").get_json()["items"] == []


def test_upload_and_pixel_limits_are_those_of_the_settings() -> None:
    settings = Settings(max_upload_bytes=4000, max_pixels=100)
    client = app_with(Engine(ToyPredictor()), settings).test_client()

    small = client.post("/api/v1/images", data=square_png(), headers=OURS)
    large = client.post("/api/v1/images", data=bytes(5000), headers=OURS)

    to_problem(small, 422, "too_many_pixels")
    assert to_problem(large, 413, "too_large")["limit"] == 4000


def test_a_form_is_not_an_image(client: FlaskClient) -> None:
    form = {"file": (io.BytesIO(square_png()), "a.png")}

    answer = client.post("/api/v1/images", data=form, headers=OURS)

    to_problem(answer, 415, "unsupported_type")


@pytest.mark.parametrize("side", ["0", "4097", "-1", "x", "1.5", "9" * 5000])
def test_a_picture_of_an_impossible_size_is_refused(
    client: FlaskClient, side: str
) -> None:
    item = upload(client)

    answer = client.get(f"/api/v1/images/{item['id']}/data?max={side}")

    to_problem(answer, 422, "invalid")


def test_an_older_call_about_the_same_object_is_superseded(client: FlaskClient) -> None:
    item = upload(client)
    names = {"client": "tab", "object": "o1"}
    post_clicks(client, item["id"], [ON_SQUARE], {**names, "rev": 5})

    older = post_clicks(client, item["id"], [ON_SQUARE], {**names, "rev": 4})
    other = post_clicks(client, item["id"], [ON_SQUARE], {"rev": 4, "object": "o1"})

    to_problem(older, 409, "superseded")
    assert other.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-GPCIS": "0"},
        {**OURS, "Sec-Fetch-Site": "cross-site"},
        {**OURS, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_calls_that_may_come_from_another_site_are_forbidden(
    client: FlaskClient, headers: Mapping[str, str]
) -> None:
    answer = client.post("/api/v1/images", data=square_png(), headers=headers)

    to_problem(answer, 403, "forbidden_origin")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:9090", ""])
def test_a_foreign_host_is_refused(client: FlaskClient, host: str) -> None:
    to_problem(client.get("/", headers={"Host": host}), 400, "bad_host")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/../app.py", 404, "not_found"),
        ("GET", "/%2e%2e/%2e%2e/app.py", 404, "not_found"),
        ("GET", "/api/v1/images/0123456789abcdef/data", 404, "not_found"),
        ("POST", "/api/v1/health", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/images", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there_gets_a_problem_too(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    to_problem(client.open(path, method=method, headers=OURS), status, code)


def test_a_bug_shows_a_number_and_neither_traceback_nor_path(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(ToyPredictor):
        def predict(self, *args: Any, **kwargs: Any) -> NoReturn:
            raise RuntimeError("secret /etc/file")

    client = app_with(Engine(Broken())).test_client()

    answer = post_clicks(client, upload(client)["id"], [ON_SQUARE])

    problem = to_problem(answer, 500, "internal")
    assert problem["id"] in caplog.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
