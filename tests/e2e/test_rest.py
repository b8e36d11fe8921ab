"""The REST API through Flask's test client, with a model without weights."""

import io
import zlib
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image as pillow

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.quality import Calibration
from gpcis_backend.server.codec import from_mask_body
from gpcis_backend.server.rle import to_runs
from gpcis_backend.server.settings import Settings
from rest_client import (
    BESIDE,
    ON_SQUARE,
    OURS,
    app_with,
    post_clicks,
    segment,
    to_mask,
    to_problem,
    upload,
)
from toy_predictor import ToyPredictor


@pytest.fixture
def toy() -> ToyPredictor:
    return ToyPredictor()


@pytest.fixture
def client(toy: ToyPredictor) -> FlaskClient:
    return app_with(Engine(toy)).test_client()


def test_health_tells_model_limits_and_features(client: FlaskClient) -> None:
    health = client.get("/api/v1/health").get_json()

    assert health["status"] == "ok"
    assert health["model"]["ready"]
    assert health["model"]["id"] == "toy"
    assert health["limits"]["clicks"] == 200
    assert health["features"]["uncertainty"]
    assert not health["features"]["preview"]
    assert not health["features"]["calibrated"]
    assert health["storage"] == "memory"


def test_health_tells_whether_the_estimated_iou_can_be_trusted(
    toy: ToyPredictor, client: FlaskClient
) -> None:
    toy.calibration = Calibration(error=0.04)

    assert client.get("/api/v1/health").get_json()["features"]["calibrated"]


def test_two_clicks_on_an_upload_give_a_mask_and_a_third_changes_it(
    client: FlaskClient,
) -> None:
    item = upload(client, name="square.png")

    header, mask = segment(client, item["id"], [ON_SQUARE, BESIDE], rev=7, object="o3")
    _, shrunk = segment(client, item["id"], [ON_SQUARE, BESIDE, [26.5, 20.5, -1]])

    assert (item["width"], item["height"], item["name"]) == (50, 40, "square.png")
    assert (header["rev"], header["object"], header["kind"]) == (7, "o3", "final")
    assert header["marks"] == ["ok", "ok"]
    assert header["area"] == mask.sum() == 20 * 20
    assert mask[20, 25]
    assert not shrunk[20, 26]


def test_the_same_bytes_get_the_same_id_and_are_listed_once(
    client: FlaskClient,
) -> None:
    first, second = upload(client, name="a"), upload(client, name="b")

    listed = client.get("/api/v1/images").get_json()

    assert first["id"] == second["id"]
    assert [item["name"] for item in listed["items"]] == ["b"]
    assert listed["next"] is None


def test_an_undone_click_costs_no_pass(client: FlaskClient, toy: ToyPredictor) -> None:
    item = upload(client)
    for clicks in ([ON_SQUARE], [ON_SQUARE, BESIDE], [ON_SQUARE]):
        segment(client, item["id"], clicks)

    assert (toy.num_passes, toy.num_encodings) == (2, 1)


def test_json_carries_the_same_mask(client: FlaskClient) -> None:
    item = upload(client)
    answer = post_clicks(client, item["id"], [ON_SQUARE], Accept="application/json")

    body = answer.get_json()

    assert answer.mimetype == "application/json"
    assert body["coco_rle"]["size"] == [40, 50]
    assert body["sections"][0]["name"] == "runs"
    assert body["area"] == 400


def test_the_soft_mask_comes_on_request(client: FlaskClient) -> None:
    item = upload(client)

    answer = post_clicks(client, item["id"], [ON_SQUARE], {"want": ["prob"]})

    header, sections = from_mask_body(answer.data)
    soft = header["sections"][1]
    cells = np.frombuffer(zlib.decompress(sections["prob"]), dtype=np.uint8)
    assert (soft["size"], soft["rect"]) == ([50, 40], [0, 0, 50, 40])
    assert cells.reshape(40, 50)[20, 25] > 127


def test_an_initial_mask_is_what_no_clicks_answer(client: FlaskClient) -> None:
    item = upload(client)
    mask = np.zeros((40, 50), dtype=np.bool_)
    mask[3:9, 4:20] = True
    coded = to_runs(mask)
    init = {"bbox": coded.bbox, "runs": b64encode(coded.runs).decode()}

    answer = post_clicks(client, item["id"], [], {"init": init})

    np.testing.assert_array_equal(to_mask(answer), mask)


def test_no_clicks_give_an_empty_mask(client: FlaskClient) -> None:
    header, mask = segment(client, upload(client)["id"], [])

    assert header["bbox"] == [0, 0, 0, 0]
    assert not mask.any()


def test_a_pixel_clicked_both_ways_obeys_the_last(client: FlaskClient) -> None:
    clicks = [ON_SQUARE, [25.9, 20.1, -1]]

    header, mask = segment(client, upload(client)["id"], clicks)

    assert header["marks"][0] == "conflict"
    assert not mask[20, 25]


def test_clicks_just_outside_are_clamped(client: FlaskClient) -> None:
    clicks = [[-0.9, 40.9, 1], [50.0, -1.0, -1]]

    _, mask = segment(client, upload(client)["id"], clicks)

    assert mask[39, 0]
    assert not mask[0, 49]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("a\r\nb\0", "ab"),
        ("", "image"),
        ("n" * 999, "n" * 255),
    ],
)
def test_names_lose_folders_and_control_characters(
    client: FlaskClient, given: str, shown: str
) -> None:
    assert upload(client, name=given)["name"] == shown


def test_the_picture_is_upright_scaled_and_cached(client: FlaskClient) -> None:
    exif = pillow.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    pillow.new("RGB", (60, 30), "red").save(buffer, "JPEG", exif=exif)
    item = client.post(
        "/api/v1/images", data=buffer.getvalue(), headers=OURS
    ).get_json()

    path = f"/api/v1/images/{item['id']}/data?max=20"
    answer = client.get(path)
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})

    assert (item["width"], item["height"]) == (30, 60)
    assert pillow.open(io.BytesIO(answer.data)).size == (10, 20)
    assert answer.headers["X-GPCIS-Size"] == "30,60"
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert (again.status_code, again.data) == (304, b"")


def test_without_a_model_page_and_uploads_work_and_clicks_say_what_to_do() -> None:
    missing = ModelUnavailable("No weights at /models/x.safetensors.")
    client = app_with(missing, Settings(checkpoint=Path("/models/x"))).test_client()

    health = client.get("/api/v1/health").get_json()
    answer = post_clicks(client, upload(client)["id"], [ON_SQUARE])

    assert client.get("/", buffered=True).status_code == 200
    assert not health["model"]["ready"]
    assert "No weights" in health["model"]["reason"]
    problem = to_problem(answer, 503, "model_unavailable")
    assert problem["path"] == health["model"]["path"] == "/models/x"
    assert "--checkpoint" in problem["fix"]


def test_strangers_do_not_learn_where_the_model_was_looked_for() -> None:
    missing = ModelUnavailable("No weights at /models/x.safetensors.")
    settings = Settings(host="0.0.0.0", checkpoint=Path("/models/x"))
    client = app_with(missing, settings).test_client()

    assert "/models" not in client.get("/api/v1/health").text


def test_without_a_built_page_the_root_names_the_command(tmp_path: Path) -> None:
    client = app_with(Engine(ToyPredictor()), Settings(web_dir=tmp_path)).test_client()

    answer = client.get("/", buffered=True)

    assert answer.status_code == 200
    assert "python frontend/build.py" in answer.text


def test_the_page_is_asked_for_again_and_guarded(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>page</p>")
    client = app_with(Engine(ToyPredictor()), Settings(web_dir=tmp_path)).test_client()

    answer = client.get("/", buffered=True)
    again = client.get(
        "/", headers={"If-None-Match": answer.headers["ETag"]}, buffered=True
    )

    assert again.status_code == 304
    assert answer.headers["Cache-Control"] == "no-cache"
    assert client.get("/api/v1/health").headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob:; connect-src 'self'; worker-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


@pytest.mark.parametrize("host", ["localhost:9090", "127.0.0.1", "[::1]:9090"])
def test_this_machine_is_known_by_all_its_names(client: FlaskClient, host: str) -> None:
    assert client.get("/api/v1/health", headers={"Host": host}).status_code == 200
