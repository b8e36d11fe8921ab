"""The files of the page: how long they are kept, and how they are sent."""

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.settings import Settings
from rest_client import app_with
from toy_predictor import ToyPredictor

SCRIPT = b"console.log('page');" * 50


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("<script src=./assets/index-B2_c4-x9.js>")
    (tmp_path / "icon.svg").write_text("<svg/>")
    (assets / "index-B2_c4-x9.js").write_bytes(SCRIPT)
    (assets / "index-B2_c4-x9.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "plain.js").write_bytes(SCRIPT)
    app = app_with(Engine(ToyPredictor()), Settings(web_dir=tmp_path))
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "kept", "kind"),
    [
        ("/", "no-cache", "text/html"),
        ("/index.html", "no-cache", "text/html"),
        ("/icon.svg", "no-cache", "image/svg+xml"),
        ("/assets/plain.js", "no-cache", "text/javascript"),
        (
            "/assets/index-B2_c4-x9.js",
            "public, max-age=31536000, immutable",
            "text/javascript",
        ),
    ],
)
def test_only_hashed_files_are_kept_for_good(
    client: FlaskClient, path: str, kept: str, kind: str
) -> None:
    answer = client.get(path, buffered=True)

    assert answer.headers["Cache-Control"] == kept
    assert answer.mimetype == kind
    assert answer.headers["ETag"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_file_comes_compressed_to_who_takes_that(client: FlaskClient) -> None:
    path = "/assets/index-B2_c4-x9.js"

    packed = client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True)
    plain = client.get(path, buffered=True)
    refused = client.get(path, headers={"Accept-Encoding": "gzip;q=0"}, buffered=True)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data == SCRIPT
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.mimetype == "text/javascript"
    for answer in (packed, plain):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_file_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        path = "/assets/index-B2_c4-x9.js"
        etag = client.get(path, headers=headers, buffered=True).headers["ETag"]

        again = client.get(
            path, headers={**headers, "If-None-Match": etag}, buffered=True
        )

        assert again.status_code == 304


def test_everything_works_below_a_path(client: FlaskClient) -> None:
    outer = DispatcherMiddleware(
        lambda environ, start: client.application(environ, start),
        {"/gpcis": client.application.wsgi_app},
    )
    below = Client(outer)

    for path in ("/gpcis/", "/gpcis/assets/plain.js", "/gpcis/api/v1/health"):
        assert below.get(path, buffered=True).status_code == 200
