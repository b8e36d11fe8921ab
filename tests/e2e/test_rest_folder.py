"""Images of a folder on the server's machine."""

import io
import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image as pillow

from annotations import an_object, saved
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.settings import Settings
from rest_client import (
    BESIDE,
    ON_SQUARE,
    OURS,
    app_with,
    segment,
    square_png,
    to_problem,
    upload,
)
from toy_predictor import ToyPredictor


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    (root / "sub").mkdir(parents=True)
    for name in ("a10.png", "a2.png", "sub/B1.png", ".hidden.png", "notes.txt"):
        (root / name).write_bytes(square_png())
    return root


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    return _client(Settings(images_dir=folder))


def test_images_are_listed_by_path_in_natural_order(client: FlaskClient) -> None:
    items = client.get("/api/v1/images").get_json()["items"]

    assert [item["name"] for item in items] == ["a2.png", "a10.png", "sub/B1.png"]
    assert {item["width"] for item in items} == {None}
    assert len({item["id"] for item in items}) == 3


def test_sizes_are_known_once_an_image_was_opened(client: FlaskClient) -> None:
    first = client.get("/api/v1/images").get_json()["items"][0]

    opened = client.get(f"/api/v1/images/{first['id']}").get_json()
    listed = client.get("/api/v1/images").get_json()["items"][0]

    assert (opened["width"], opened["height"]) == (50, 40)
    assert (listed["width"], listed["height"]) == (50, 40)
    assert len(opened["sha256"]) == 64


def test_equal_files_share_their_encoding(folder: Path) -> None:
    toy = ToyPredictor()
    client = app_with(Engine(toy), Settings(images_dir=folder)).test_client()
    items = client.get("/api/v1/images").get_json()["items"]

    for item in items[:2]:
        _, mask = segment(client, item["id"], [ON_SQUARE, BESIDE])
        assert mask.sum() == 400

    assert toy.num_encodings == 1


def test_pages_follow_each_other(client: FlaskClient) -> None:
    first = client.get("/api/v1/images?limit=2").get_json()
    second = client.get(f"/api/v1/images?limit=2&cursor={first['next']}").get_json()
    gone = client.get("/api/v1/images?cursor=" + "0" * 16)

    assert [item["name"] for item in first["items"]] == ["a2.png", "a10.png"]
    assert [item["name"] for item in second["items"]] == ["sub/B1.png"]
    assert second["next"] is None
    to_problem(gone, 422, "invalid")


@pytest.mark.parametrize("limit", ["0", "501", "x", "-1"])
def test_an_impossible_page_is_refused(client: FlaskClient, limit: str) -> None:
    to_problem(client.get(f"/api/v1/images?limit={limit}"), 422, "invalid")


def test_documents_lie_beside_their_images(client: FlaskClient, folder: Path) -> None:
    item = _open(client, 2)

    saved(client, item, an_object())

    assert (folder / "sub/B1.png.gpcis.json").is_file()


def test_documents_may_lie_in_a_folder_of_their_own(
    folder: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    client = _client(Settings(images_dir=folder, annotations_dir=notes))

    saved(client, _open(client, 2), an_object())
    saved(client, upload(client), an_object())

    assert (notes / "sub/B1.png.gpcis.json").is_file()
    assert len(list(notes.glob("*.gpcis.json"))) == 1
    assert not list(folder.rglob("*.json"))


def test_new_and_changed_files_are_seen(client: FlaskClient, folder: Path) -> None:
    item = _open(client, 0)
    buffer = io.BytesIO()
    pillow.new("RGB", (7, 5)).save(buffer, "PNG")
    (folder / "a2.png").write_bytes(buffer.getvalue())

    opened = client.get(f"/api/v1/images/{item['id']}").get_json()

    assert (opened["width"], opened["height"]) == (7, 5)


def test_a_file_that_is_gone_is_not_found(client: FlaskClient, folder: Path) -> None:
    item = _open(client, 0)
    (folder / "a2.png").unlink()

    answer = client.get(f"/api/v1/images/{item['id']}/data")

    to_problem(answer, 404, "not_found")
    assert str(folder) not in answer.text


def test_links_lead_nowhere_outside(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(square_png())
    (tmp_path / "other").mkdir()
    (tmp_path / "other/c.png").write_bytes(square_png())
    os.symlink(secret, folder / "linked.png")
    os.symlink(tmp_path / "other", folder / "way")
    os.symlink(folder / "a2.png", folder / "inside.png")
    client = _client(Settings(images_dir=folder))

    names = [each["name"] for each in client.get("/api/v1/images").get_json()["items"]]

    assert names == ["a2.png", "a10.png", "inside.png", "sub/B1.png"]


def test_a_file_that_became_a_link_is_not_followed(
    client: FlaskClient, folder: Path, tmp_path: Path
) -> None:
    item = _open(client, 0)
    secret = tmp_path / "secret.png"
    secret.write_bytes(square_png())
    (folder / "a2.png").unlink()
    os.symlink(secret, folder / "a2.png")

    to_problem(client.get(f"/api/v1/images/{item['id']}/data"), 404, "not_found")


def test_what_is_no_image_says_so_when_opened(
    client: FlaskClient, folder: Path
) -> None:
    (folder / "a0.png").write_bytes(b"words")
    client = _client(Settings(images_dir=folder))
    first = client.get("/api/v1/images").get_json()["items"][0]

    to_problem(client.get(f"/api/v1/images/{first['id']}/thumb"), 422, "bad_image")


def test_large_files_and_pictures_are_refused(folder: Path) -> None:
    few = _client(Settings(images_dir=folder, max_pixels=100))
    small = _client(Settings(images_dir=folder, max_upload_bytes=50))
    image_id = few.get("/api/v1/images").get_json()["items"][0]["id"]

    to_problem(few.get(f"/api/v1/images/{image_id}"), 422, "too_many_pixels")
    to_problem(small.get(f"/api/v1/images/{image_id}"), 413, "too_large")


def test_uploads_come_behind_the_folder(client: FlaskClient) -> None:
    upload(client, name="0.png")

    names = [each["name"] for each in client.get("/api/v1/images").get_json()["items"]]

    assert names == ["a2.png", "a10.png", "sub/B1.png", "0.png"]


def test_thumbnails_are_small_upright_and_cached(client: FlaskClient) -> None:
    exif = pillow.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    pillow.new("RGB", (600, 300), "red").save(buffer, "JPEG", exif=exif)
    item = client.post(
        "/api/v1/images", data=buffer.getvalue(), headers=OURS
    ).get_json()
    path = f"/api/v1/images/{item['id']}/thumb"

    answer = client.get(path)
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})

    assert pillow.open(io.BytesIO(answer.data)).size == (96, 192)
    assert answer.headers["X-GPCIS-Size"] == "300,600"
    assert again.status_code == 304


def _client(settings: Settings) -> FlaskClient:
    return app_with(Engine(ToyPredictor()), settings).test_client()


def _open(client: FlaskClient, number: int) -> dict[str, object]:
    item = client.get("/api/v1/images").get_json()["items"][number]
    opened: dict[str, object] = client.get(f"/api/v1/images/{item['id']}").get_json()
    return opened
