"""Annotation documents and classes: saved by who knows what they replace."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from annotations import a_document, an_object, save, saved
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.settings import Settings
from rest_client import OURS, app_with, square_png, to_problem, upload
from toy_predictor import ToyPredictor


@pytest.fixture(params=["memory", "disk"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> FlaskClient:
    data = tmp_path / "data" if request.param == "disk" else None
    settings = Settings(data_dir=data)
    return app_with(Engine(ToyPredictor()), settings).test_client()


def test_a_saved_document_comes_back_with_its_etag(client: FlaskClient) -> None:
    item = upload(client)
    path = f"/api/v1/images/{item['id']}/annotation"
    to_problem(client.get(path), 404, "not_found")

    answer = saved(client, item, an_object())
    loaded = client.get(path)

    assert answer.get_json() == {"revision": 1}
    assert loaded.headers["ETag"] == answer.headers["ETag"]
    assert loaded.get_json() == a_document(item, an_object(), revision=1)
    cached = client.get(path, headers={"If-None-Match": loaded.headers["ETag"]})
    assert cached.status_code == 304


def test_lists_show_what_was_saved(client: FlaskClient) -> None:
    item = upload(client)
    saved(client, item, an_object(), an_object(id="o2"))

    (listed,) = client.get("/api/v1/images").get_json()["items"]

    assert (listed["objects"], listed["status"]) == (2, "progress")


def test_two_tabs_never_overwrite_each_other(client: FlaskClient) -> None:
    item = upload(client)
    etag = saved(client, item).headers["ETag"]
    theirs = save(client, item, a_document(item, an_object()), If_Match=etag)

    mine = save(client, item, a_document(item), If_Match=etag)
    first = save(client, item, a_document(item), If_None_Match="*")

    problem = to_problem(mine, 412, "conflict")
    assert problem["etag"] == theirs.headers["ETag"]
    to_problem(first, 412, "conflict")
    kept = save(client, item, a_document(item), If_Match=problem["etag"])
    assert kept.get_json() == {"revision": 3}


def test_a_save_that_does_not_say_what_it_replaces_is_refused(
    client: FlaskClient,
) -> None:
    item = upload(client)

    answer = save(client, item, a_document(item))
    weak = save(client, item, a_document(item), If_Match='W/"x"')
    missing = save(client, item, a_document(item), If_Match='"x"')

    to_problem(answer, 428, "precondition_required")
    to_problem(weak, 428, "precondition_required")
    assert to_problem(missing, 412, "conflict")["etag"] is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"schema": "gpcis/2"}, id="other schema"),
        pytest.param({"status": "finished"}, id="other status"),
        pytest.param({"surprise": 1}, id="unknown key"),
        pytest.param({"objects": [an_object(runs="AAAA")]}, id="damaged runs"),
        pytest.param({"objects": [an_object(runs="?")]}, id="no base64"),
        pytest.param({"objects": [an_object(bbox=[40, 0, 20, 20])]}, id="box outside"),
        pytest.param({"objects": [an_object(threshold=1.0)]}, id="threshold"),
        pytest.param({"objects": [an_object(est_iou=2.0)]}, id="estimate"),
        pytest.param({"objects": [an_object(), an_object()]}, id="an id twice"),
        pytest.param({"objects": [an_object(strokes=[1])]}, id="strokes"),
        pytest.param(
            {"objects": [an_object(init={"bbox": [0, 0, 1, 1], "runs": ""})]},
            id="damaged init",
        ),
        pytest.param({"revision": True}, id="a truth value"),
    ],
)
def test_what_is_no_document_of_this_image_is_refused(
    client: FlaskClient, changes: dict[str, Any]
) -> None:
    item = upload(client)

    answer = save(client, item, a_document(item, **changes), If_None_Match="*")

    assert to_problem(answer, 422, "invalid")["fields"]


def test_a_document_of_another_image_is_refused(client: FlaskClient) -> None:
    item = upload(client)
    other = a_document({**item, "id": "0" * 16, "width": 51})

    answer = save(client, item, other, If_None_Match="*")

    fields = {each["field"] for each in to_problem(answer, 422, "invalid")["fields"]}
    assert fields == {"image.id", "image.width"}


def test_a_document_has_its_own_limit(client: FlaskClient) -> None:
    item = upload(client)

    fits = save(client, item, a_document(item, model="x" * 1000), If_None_Match="*")
    path = f"/api/v1/images/{item['id']}/annotation"
    large = client.put(
        path, data=bytes(2**24 + 1), headers=OURS, content_type="application/json"
    )

    assert fits.status_code == 200
    assert to_problem(large, 413, "too_large")["limit"] == 2**24


def test_a_full_disk_leaves_the_old_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path)
    client = app_with(Engine(ToyPredictor()), settings).test_client()
    item = upload(client)
    etag = saved(client, item, an_object()).headers["ETag"]

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    answer = save(client, item, a_document(item), If_Match=etag)
    uploaded = client.post("/api/v1/images", data=_other_png(), headers=OURS)

    to_problem(answer, 507, "disk_full")
    to_problem(uploaded, 507, "disk_full")
    assert str(tmp_path) not in answer.text
    loaded = client.get(f"/api/v1/images/{item['id']}/annotation")
    assert loaded.headers["ETag"] == etag
    assert not list(tmp_path.rglob("*.tmp"))
    assert len(client.get("/api/v1/images").get_json()["items"]) == 1


def test_what_may_not_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path)
    client = app_with(Engine(ToyPredictor()), settings).test_client()
    item = upload(client)

    def refused(source: object, target: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", refused)
    answer = save(client, item, a_document(item), If_None_Match="*")

    to_problem(answer, 507, "not_writable")


def test_a_damaged_file_is_reported_and_can_be_replaced(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    client = app_with(Engine(ToyPredictor()), settings).test_client()
    item = upload(client)
    saved(client, item)
    (path,) = tmp_path.rglob("*.gpcis.json")
    path.write_text("{")

    answer = client.get(f"/api/v1/images/{item['id']}/annotation")
    first = save(client, item, a_document(item), If_None_Match="*")

    assert "damaged" in to_problem(answer, 422, "invalid")["detail"]
    etag = to_problem(first, 412, "conflict")["etag"]
    assert save(client, item, a_document(item), If_Match=etag).status_code == 200


def test_the_project_begins_with_one_class(client: FlaskClient) -> None:
    answer = client.get("/api/v1/classes")

    assert answer.get_json() == {
        "classes": [{"id": "object", "name": "object", "color": "#4c8dff", "key": "1"}]
    }
    assert answer.headers["ETag"]


def test_classes_are_replaced_like_documents(client: FlaskClient) -> None:
    etag = client.get("/api/v1/classes").headers["ETag"]
    classes = {"classes": [_class("object"), _class("cat", key="2")]}

    blind = client.put("/api/v1/classes", json=classes, headers=OURS)
    done = _put_classes(client, classes, etag)
    late = _put_classes(client, classes, etag)

    to_problem(blind, 428, "precondition_required")
    assert done.get_json() == classes
    assert to_problem(late, 412, "conflict")["etag"] == done.headers["ETag"]
    assert client.get("/api/v1/classes").get_json() == classes


def test_a_class_in_use_stays(client: FlaskClient) -> None:
    saved(client, upload(client), an_object())
    etag = client.get("/api/v1/classes").headers["ETag"]

    answer = _put_classes(client, {"classes": [_class("cat")]}, etag)

    assert "object" in to_problem(answer, 422, "invalid")["detail"]


@pytest.mark.parametrize(
    "classes",
    [
        pytest.param([], id="none"),
        pytest.param([{"id": "a"}], id="no name"),
        pytest.param([{"id": "a", "name": "a", "color": "red"}], id="colour word"),
        pytest.param(
            [{"id": "a", "name": "a", "color": "#12345g"}], id="colour digits"
        ),
        pytest.param(
            [{"id": "a", "name": "a", "color": "#123456", "key": "0"}], id="key"
        ),
        pytest.param(
            [{"id": "a", "name": n, "color": "#123456"} for n in "ab"], id="id twice"
        ),
    ],
)
def test_what_is_no_list_of_classes_is_refused(
    client: FlaskClient, classes: list[dict[str, Any]]
) -> None:
    etag = client.get("/api/v1/classes").headers["ETag"]

    to_problem(_put_classes(client, {"classes": classes}, etag), 422, "invalid")


def test_a_new_project_takes_the_classes_of_the_command_line(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, class_names=("cat", "dog"))
    client = app_with(Engine(ToyPredictor()), settings).test_client()
    answer = client.get("/api/v1/classes")
    names = [each["name"] for each in answer.get_json()["classes"]]
    _put_classes(client, {"classes": [_class("bird")]}, answer.headers["ETag"])

    again = app_with(Engine(ToyPredictor()), settings).test_client()

    assert names == ["cat", "dog"]
    kept = again.get("/api/v1/classes").get_json()["classes"]
    assert [each["id"] for each in kept] == ["bird"]


def test_uploads_and_documents_outlive_the_server(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    client = app_with(Engine(ToyPredictor()), settings).test_client()
    item = upload(client, name="x y.png")
    saved(client, item, an_object())

    again = app_with(Engine(ToyPredictor()), settings).test_client()

    (listed,) = again.get("/api/v1/images").get_json()["items"]
    assert listed == {**item, "objects": 1, "status": "progress"}
    assert again.get(f"/api/v1/images/{item['id']}/data").status_code == 200


def _class(name: str, key: str | None = None) -> dict[str, Any]:
    return {"id": name, "name": name, "color": "#123456", "key": key}


def _put_classes(client: FlaskClient, classes: dict[str, Any], etag: str) -> Any:  # noqa: ANN401
    headers = {**OURS, "If-Match": etag}
    return client.put("/api/v1/classes", json=classes, headers=headers)


def _other_png() -> bytes:
    return square_png() + b"\0"
