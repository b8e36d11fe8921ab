"""Bad input in Label Studio's calls: words, a log line, and the server goes on."""

import json
import logging
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules, ImageFetcher
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.label_studio.fetching.wire import Limits
from gpcis_backend.server.label_studio.screen import MAX_BYTES
from gpcis_backend.server.label_studio.service import Service
from gpcis_backend.server.model_slot import Loading, ModelSlot
from gpcis_backend.server.settings import Settings
from label_studio_calls import keypoint, our_host, predict_body, service, shapes
from web_stub import HTML, Answer, Raw, Responder, WebStub

_LIMITS = Limits(connect_s=0.5, read_s=0.5, total_s=1.5, max_bytes=200_000)
_METADATA = {"Location": "http://169.254.169.254/latest/meta-data"}


def _bomb() -> bytes:
    """A PNG that claims 60 000 x 60 000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", b"x" * 99)


def _chunk(name: bytes, data: bytes) -> bytes:
    size, check = len(data), zlib.crc32(name + data)
    return struct.pack(">I", size) + name + data + struct.pack(">I", check)


PAGES: dict[str, Answer | Responder | Raw] = {
    "/good.png": Answer(shapes()),
    "/denied.png": Answer(b"{}", 401),
    "/forbidden.png": Answer(b"{}", 403),
    "/failing.png": Answer(b"oops", 500),
    "/login.png": Answer(HTML),
    "/empty.png": Answer(b""),
    "/text.png": Answer(b"just words"),
    "/cut.png": Answer(shapes()[:200]),
    "/bomb.png": Answer(_bomb()),
    "/large.png": Answer(b"x" * 300_000),
    "/inner.png": Answer(b"", 302, _METADATA),
    "/silent.png": Raw(b""),
    "/endless.png": Raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
    "/trickle.png": Raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause_s=0.1),
}


@pytest.fixture(scope="module")
def site() -> Iterator[WebStub]:
    """Label Studio's place, taken by a server of ill will."""
    with WebStub(PAGES) as stub:
        yield stub


@pytest.fixture
def shared(site: WebStub) -> Service:
    access = Access(site.url, "a" * 40)
    rules = FetchRules(label_studio=access, limits=_LIMITS)
    made = service(settings=Settings(fetch=rules))
    made._fetcher = ImageFetcher(rules)
    return made


@pytest.fixture
def client(shared: Service) -> FlaskClient:
    return our_host(shared).test_client()


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/gone.png", 502, "404"),
        ("/denied.png", 502, "401"),
        ("/forbidden.png", 502, "403"),
        ("/failing.png", 502, "500"),
        ("/login.png", 502, "web page"),
        ("/silent.png", 502, ""),
        ("/endless.png", 413, "MB"),
        ("/trickle.png", 502, "in time"),
        ("/inner.png", 502, "169.254.169.254"),
        ("/large.png", 413, "MB"),
        ("/bomb.png", 422, "megapixels"),
        ("/cut.png", 422, "damaged"),
        ("/text.png", 422, "not an image"),
        ("/empty.png", 502, "empty"),
        ("/data/local-files/?d=../../etc/passwd", 502, "outside"),
        ("file:///etc/passwd", 502, ""),
        ("ftp://example.com/a.png", 502, "http"),
        ("http://[::1]:1/a.png", 502, ""),
        ("http://127.0.0.1:1/a.png", 502, ""),
        ("//evil.example/a.png", 502, ""),
        ("http://user:word@127.0.0.1/a.png", 502, ""),
        ("data:image/png;base64,????", 502, ""),
        ("data:text/plain,words", 422, ""),
        ("\x00\r\n", 502, ""),
        ("", 422, "no image"),
        (None, 422, "no image"),
        ({"url": "x"}, 422, "no image"),
    ],
    ids=repr,
)
def test_an_image_that_cannot_be_had_is_told_and_the_server_goes_on(
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    address: object,
    status: int,
    words: str,
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = _predict(client, address)
    problem = answer.get_json()

    assert answer.status_code == status, problem
    assert set(problem) == {"error", "code", "hint"}
    assert words in problem["error"] + problem["hint"]
    assert "Traceback" not in caplog.text
    assert len(caplog.records) == 1
    assert "a" * 40 not in caplog.text + answer.text
    last = client.get("/health").get_json()["last_error"]
    assert (last["error"], last["hint"]) == (problem["error"], problem["hint"])
    assert _predict(client, "/good.png").status_code == 200


def test_local_files_are_read_only_below_their_root(
    tmp_path: Path, shared: Service
) -> None:
    root = tmp_path / "files"
    root.mkdir()
    (root / "a.png").write_bytes(shapes())
    (tmp_path / "secret.png").write_bytes(shapes())
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    shared._fetcher = ImageFetcher(FetchRules(local_root=root))
    client = our_host(shared).test_client()

    found = {
        name: _predict(client, f"/data/local-files/?d={name}").status_code
        for name in ("a.png", "../secret.png", "link.png", "/etc/passwd", "%2e%2e/x")
    }

    assert found == {name: 200 if name == "a.png" else 502 for name in found}


def test_a_million_clicks_are_refused_without_being_walked(
    client: FlaskClient,
) -> None:
    item = json.dumps(keypoint(1, 1))
    body = json.dumps(predict_body("CLICKS")).replace(
        '"CLICKS"', ",".join([item] * 150_000)
    )

    answer = client.post("/predict", data=body, content_type="application/json")

    assert answer.status_code == 422
    assert "at most 200" in answer.get_json()["error"]


def test_a_huge_body_is_refused_and_the_server_goes_on(client: FlaskClient) -> None:
    answer = client.post(
        "/predict", data=b" " * (MAX_BYTES + 1), content_type="application/json"
    )

    assert answer.status_code == 413
    assert set(answer.get_json()) == {"error", "code", "hint"}
    assert _predict(client, "/good.png").status_code == 200


def test_a_config_without_an_output_tag_names_the_way_out(client: FlaskClient) -> None:
    tags = '<Image name="image" value="$image"/><KeyPoint name="k" toName="image"/>'
    body = predict_body(keypoint(1, 1), label_config=f"<View>{tags}</View>")

    answer = client.post("/predict", json=body)

    assert answer.status_code == 422
    assert "gpcis ls-config" in answer.get_json()["error"]


def test_while_the_model_loads_health_is_up_and_clicks_are_asked_to_wait() -> None:
    shared = service()
    shared.model = ModelSlot(_never)
    client = our_host(shared).test_client()

    health = client.get("/health")
    setup = client.post("/setup", json={"project": "1.1", "schema": "<View/>"})
    click = client.post("/predict", json=predict_body(keypoint(1, 1)))

    assert (health.status_code, health.get_json()["ready"]) == (200, False)
    assert setup.status_code == 200
    assert setup.get_json()["model_version"].startswith("gpcis-")
    assert (click.status_code, click.get_json()["code"]) == (503, "loading")
    assert click.headers["Retry-After"]


def test_a_server_that_hangs_does_not_keep_others_from_their_masks(
    client: FlaskClient,
) -> None:
    assert _predict(client, "/good.png").status_code == 200
    with ThreadPoolExecutor(30) as crowd:
        jobs = [crowd.submit(_predict, client, f"/silent.png?{n}") for n in range(30)]
        answered = _predict(client, "/good.png")
        statuses = {job.result().status_code for job in jobs}

    assert answered.status_code == 200
    assert statuses == {502}


def test_calls_of_other_web_sites_are_refused(client: FlaskClient) -> None:
    cross = client.post(
        "/predict", json=predict_body(), headers={"Sec-Fetch-Site": "cross-site"}
    )
    form = client.post("/setup", data={"project": "1"})

    assert (cross.status_code, form.status_code) == (403, 415)


def test_a_setup_cannot_choose_where_tokens_go(shared: Service, site: WebStub) -> None:
    client = our_host(shared).test_client()
    thief = {"project": "1.1", "schema": "", "access_token": "b" * 40}
    client.post("/setup", json={**thief, "hostname": "http://thief.example"})

    _predict(client, "/good.png")

    assert site.asked("/good.png")[-1].headers["authorization"] == "Token " + "a" * 40


@pytest.mark.parametrize(
    ("peer", "status"), [("127.0.0.1", 200), ("192.0.2.7", 502)], ids=["here", "afar"]
)
def test_without_a_configured_address_only_this_machine_may_name_one(
    site: WebStub, peer: str, status: int
) -> None:
    made = service()
    made._fetcher = ImageFetcher(FetchRules(limits=_LIMITS))
    client = our_host(made).test_client()
    claim = {"project": "1.1", "hostname": site.url, "access_token": "c" * 40}

    client.post(
        "/setup", json={**claim, "schema": ""}, environ_base={"REMOTE_ADDR": peer}
    )

    assert _predict(client, "/good.png").status_code == status


def _predict(client: FlaskClient, address: object) -> TestResponse:
    tasks = [{"id": 1, "data": {"image": address}}]
    return client.post("/predict", json=predict_body(keypoint(35, 43), tasks=tasks))


def _never() -> Engine:
    raise Loading("never")
