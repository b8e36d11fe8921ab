"""Exports as jobs, and imports that can be edited."""

import io
import json
import zipfile
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from annotations import a_document, an_object, saved, square_mask
from format_scenes import masks
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.rle import MaskRuns, from_runs
from gpcis_backend.server.settings import Settings
from jobs import finished, order
from rest_client import OURS, app_with, square_png, to_problem, upload
from toy_predictor import ToyPredictor

EXACT = ("holes", "islands", "pixel", "full", "empty")


@pytest.fixture
def client() -> FlaskClient:
    settings = Settings(class_names=("object", "dog"))
    return app_with(Engine(ToyPredictor()), settings).test_client()


@pytest.mark.parametrize(
    ("export", "member", "back", "names"),
    [
        ({"format": "coco"}, "annotations.json", "coco", EXACT),
        ({"format": "coco", "polygons": True}, "annotations.json", "coco", EXACT),
        ({"format": "labelstudio"}, "tasks.json", "labelstudio", EXACT),
        ({"format": "png-instance"}, "a.png", "png", EXACT[:3]),
        ({"format": "png-index"}, "a.png", "png", EXACT[:1]),
        ({"format": "voc"}, "SegmentationObject/a.png", "png", EXACT[:3]),
        ({"format": "yolo-seg"}, "labels/a.txt", "yolo-seg", EXACT[:4]),
        ({"format": "labelme"}, "a.json", "labelme", EXACT[:4]),
    ],
)
def test_what_is_exported_comes_back_the_same(
    client: FlaskClient,
    export: dict[str, Any],
    member: str,
    back: str,
    names: tuple[str, ...],
) -> None:
    item = upload(client)
    objects = [an_object(masks()[n], id=n) for n in names]
    saved(client, item, *objects)

    files = _exported(client, export)
    found = _import(client, item, back, files[member])

    assert len(found["objects"]) == len(names)
    for each, name in zip(found["objects"], names, strict=True):
        np.testing.assert_array_equal(_mask(each), masks()[name])
        assert each["init"] == {"bbox": each["bbox"], "runs": each["runs"]}
        assert each["class"] == "object"
        assert each["clicks"] == []
    assert found["classes"] == []


def test_imported_objects_can_be_saved_as_they_are(client: FlaskClient) -> None:
    item = upload(client)
    saved(client, item, an_object())
    files = _exported(client, {"format": "coco"})
    other = _upload_other(client)

    found = _import(client, item, "coco", files["annotations.json"])

    assert saved(client, other, *found["objects"]).status_code == 200


def test_our_own_document_comes_back_with_its_clicks(client: FlaskClient) -> None:
    item = upload(client)
    document = a_document(item, an_object())

    found = _import(client, item, "gpcis", json.dumps(document).encode())

    assert found == {"objects": [an_object()], "classes": []}


def test_classes_that_the_project_lacks_come_along(client: FlaskClient) -> None:
    item = upload(client)
    saved(client, item, an_object(), an_object(id="o2"))
    files = _exported(client, {"format": "coco"})
    body = json.loads(files["annotations.json"])
    body["categories"] = [{"id": 1, "name": "Big Cat!"}]

    found = _import(client, item, "coco", json.dumps(body).encode())

    assert [each["class"] for each in found["objects"]] == ["big-cat", "big-cat"]
    assert [(c["id"], c["name"]) for c in found["classes"]] == [("big-cat", "Big Cat!")]


def test_an_unknown_or_unfitting_file_is_refused(client: FlaskClient) -> None:
    item = upload(client)
    path = f"/api/v1/images/{item['id']}/import"

    unknown = client.post(f"{path}?format=gif", data=b"x", headers=OURS)
    broken = client.post(f"{path}?format=coco", data=b"{", headers=OURS)
    other = a_document({**item, "width": 51})
    unfitting = client.post(f"{path}?format=gpcis", json=other, headers=OURS)

    to_problem(unknown, 422, "invalid")
    to_problem(broken, 400, "malformed")
    to_problem(unfitting, 422, "invalid")


def test_images_named_one_by_one_come_even_without_annotation(
    client: FlaskClient,
) -> None:
    item = upload(client)

    one = json.loads(
        _exported(client, {"format": "coco", "images": [item["id"]]})[
            "annotations.json"
        ]
    )
    all_annotated = json.loads(
        _exported(client, {"format": "coco"})["annotations.json"]
    )

    assert [image["file_name"] for image in one["images"]] == ["a.png"]
    assert all_annotated["images"] == []


def test_an_unknown_image_or_format_cannot_be_exported(client: FlaskClient) -> None:
    unknown = order(client, "export", {"format": "coco", "images": ["0" * 16]})
    strange = order(client, "export", {"format": "gif"})

    to_problem(unknown, 404, "not_found")
    to_problem(strange, 422, "invalid")


def test_a_failed_export_says_why(client: FlaskClient) -> None:
    item = upload(client)
    tiny = np.zeros((40, 50), dtype=np.bool_)
    objects = [an_object(tiny, id=f"o{num}") for num in range(255)]
    saved(client, item, *objects)

    job = finished(client, order(client, "export", {"format": "voc"}).get_json())

    assert job["state"] == "failed"
    assert job["error"]["code"] == "invalid"
    assert "png-instance" in job["error"]["detail"]
    answer = client.get(f"/api/v1/jobs/{job['id']}/result")
    to_problem(answer, 404, "not_found")


def test_the_result_is_a_named_file_until_it_is_dropped(client: FlaskClient) -> None:
    saved(client, upload(client), an_object())
    job = finished(client, order(client, "export", {"format": "coco"}).get_json())
    path = f"/api/v1/jobs/{job['id']}"

    with client.get(f"{path}/result", buffered=True) as answer:
        assert answer.mimetype == "application/zip"
        named = answer.headers["Content-Disposition"]
        assert named == "attachment; filename=gpcis-coco.zip"
    dropped = client.delete(path, headers=OURS)

    assert dropped.get_json()["state"] == "done"
    to_problem(client.get(path), 404, "not_found")
    to_problem(client.get(f"{path}/result"), 404, "not_found")


def _upload_other(client: FlaskClient) -> dict[str, Any]:
    answer = client.post("/api/v1/images", data=square_png() + b"\0", headers=OURS)
    item: dict[str, Any] = answer.get_json()
    return item


def _exported(client: FlaskClient, body: dict[str, Any]) -> dict[str, bytes]:
    job = finished(client, order(client, "export", body).get_json())
    assert job["state"] == "done", job
    assert job["progress"] == 1
    with client.get(f"/api/v1/jobs/{job['id']}/result", buffered=True) as answer:
        packed = zipfile.ZipFile(io.BytesIO(answer.data))
    return {name: packed.read(name) for name in packed.namelist()}


def _import(
    client: FlaskClient, item: dict[str, Any], name: str, data: bytes
) -> dict[str, Any]:
    path = f"/api/v1/images/{item['id']}/import?format={name}"
    answer = client.post(path, data=data, headers=OURS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def _mask(each: dict[str, Any]) -> BoolMask:
    left, top, width, height = each["bbox"]
    runs = MaskRuns((left, top, width, height), b64decode(each["runs"]))
    return from_runs(runs, *square_mask().shape)
