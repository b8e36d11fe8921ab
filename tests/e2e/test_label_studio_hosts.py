"""Label Studio's calls, answered alike by ``gpcis serve`` and by label-studio-ml."""

import json
import logging
from typing import Any

import pytest
from flask.testing import FlaskClient

from gpcis_backend.server.label_studio.backend import GpcisBackend
from gpcis_backend.server.label_studio.brush import from_brush
from gpcis_backend.server.label_studio.screen import MAX_BYTES
from gpcis_backend.server.label_studio.service import Service
from label_studio_calls import (
    ADDRESS,
    CONFIG,
    HEIGHT,
    HOSTS,
    WIDTH,
    Album,
    is_at,
    item_of,
    keypoint,
    mask_of,
    predict_body,
    service,
    shapes,
)

ON_DISC, ON_SQUARE, ON_GREEN = (35, 43), (90, 80), (60, 10)


@pytest.fixture(params=HOSTS)
def client(
    request: pytest.FixtureRequest, shared: Service, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """A host just started, before any ``/setup``."""
    monkeypatch.setattr(GpcisBackend, "service", None)  # put back afterwards
    return HOSTS[request.param](shared).test_client()


@pytest.fixture
def shared() -> Service:
    return service()


def test_opening_a_task_stores_no_prediction(client: FlaskClient) -> None:
    bodies = (
        predict_body(params={"login": None, "password": None, "context": None}),
        predict_body(params=None),
        predict_body(params={}),
        predict_body(tasks=[{"id": n, "data": {"image": ADDRESS}} for n in range(3)]),
    )
    bodies[-1]["params"]["context"] = None

    answers = [client.post("/predict", json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [200] * len(bodies)
    assert [answer.get_json()["results"] for answer in answers] == [[]] * len(bodies)


def test_clicks_before_any_setup_are_obeyed(client: FlaskClient) -> None:
    one = mask_of(client, keypoint(*ON_DISC))
    both = mask_of(client, keypoint(*ON_DISC), keypoint(*ON_SQUARE))
    less = mask_of(
        client,
        keypoint(*ON_DISC),
        keypoint(*ON_SQUARE),
        keypoint(*ON_DISC, is_positive=False),
    )

    assert is_at(one, ON_DISC)
    assert not is_at(one, ON_GREEN)
    assert is_at(both, ON_DISC)
    assert is_at(both, ON_SQUARE)
    assert not is_at(less, ON_DISC)
    assert is_at(less, ON_SQUARE)


def test_an_item_has_what_label_studio_stores(
    client: FlaskClient, shared: Service
) -> None:
    item = item_of(client, keypoint(*ON_DISC))
    region = item["result"][0]

    assert item["model_version"] == shared.model_version
    assert 0 < item["score"] <= 1
    assert region["score"] == item["score"]
    assert {key: region[key] for key in ("from_name", "to_name", "type")} == {
        "from_name": "mask",
        "to_name": "image",
        "type": "brushlabels",
    }
    assert (region["original_width"], region["original_height"]) == (WIDTH, HEIGHT)
    assert region["image_rotation"] == 0
    assert region["value"]["format"] == "rle"
    assert region["value"]["brushlabels"] == ["Object"]
    assert region["id"] != item_of(client, keypoint(*ON_DISC))["result"][0]["id"]


@pytest.mark.parametrize(
    "items",
    [
        [],
        [keypoint(*ON_DISC, is_positive=False)],
        [keypoint(float("nan"), 5)],
        [keypoint(*ON_DISC, image_rotation=90)],
        [{"type": "polygonlabels", "value": {"points": []}}],
        [None, 7, {"type": "keypointlabels"}],
    ],
    ids=["nothing drawn", "only negative", "NaN", "turned", "other tool", "garbage"],
)
def test_without_anything_to_go_by_the_item_is_empty(
    client: FlaskClient, shared: Service, items: list[Any]
) -> None:
    item = item_of(client, *items)

    version = shared.model_version
    assert item == {"result": [], "score": 0.0, "model_version": version}


def test_a_click_that_does_not_say_so_is_positive(client: FlaskClient) -> None:
    click = keypoint(*ON_DISC)
    del click["is_positive"]

    assert is_at(mask_of(client, click), ON_DISC)


def test_an_unknown_label_becomes_the_first_of_the_output_tag(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    click = keypoint(*ON_DISC)
    click["value"]["keypointlabels"] = ["Nowhere"]

    with caplog.at_level(logging.WARNING):
        region = item_of(client, click)["result"][0]
        item_of(client, click)

    assert region["value"]["brushlabels"] == ["Object"]
    assert caplog.text.count("Nowhere") == 1


def test_a_picture_known_by_another_size_is_noted(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        click = keypoint(*ON_DISC, original_width=40, original_height=30)
        region = item_of(client, click)["result"][0]

    assert (region["original_width"], region["original_height"]) == (40, 30)
    assert "(30, 40)" in caplog.text


def test_a_batch_with_clicks_gets_one_item_for_each_task(client: FlaskClient) -> None:
    tasks = [{"id": n, "data": {"image": ADDRESS}} for n in range(3)]

    answer = client.post("/predict", json=predict_body(keypoint(*ON_DISC), tasks=tasks))

    assert len(answer.get_json()["results"]) == 3


def test_half_made_projects_can_be_set_up(client: FlaskClient) -> None:
    for schema in ("<View/>", "<View>", "", None, CONFIG):
        body = {"project": "1.2", "schema": schema, "hostname": "", "access_token": ""}

        assert client.post("/setup", json=body).status_code == 200, schema


def test_a_missing_image_is_no_traceback(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = [{"id": 4, "data": {"image": "/data/upload/1/gone.png"}}]

    with caplog.at_level(logging.WARNING):
        answer = client.post(
            "/predict", json=predict_body(keypoint(*ON_DISC), tasks=tasks)
        )

    assert "Traceback" not in answer.text
    assert "Import the image again" in caplog.text
    assert is_at(mask_of(client, keypoint(*ON_DISC)), ON_DISC)


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b'{"tasks": [', "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"tasks": 5}', "application/json", 422),
        (b'{"tasks": [5]}', "application/json", 422),
    ],
    ids=["cut short", "a list", "very deep", "not JSON", "no list", "no task"],
)
def test_a_damaged_call_is_refused_in_words(
    client: FlaskClient, data: bytes, kind: str, status: int
) -> None:
    answer = client.post("/predict", data=data, content_type=kind)

    assert answer.status_code == status
    assert set(answer.get_json()) == {"error", "code", "hint"}
    assert "Traceback" not in answer.text


def test_a_call_that_is_too_large_is_noted(
    client: FlaskClient, shared: Service
) -> None:
    answer = client.post(
        "/predict", data=b" " * (MAX_BYTES + 1), content_type="application/json"
    )

    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")
    assert shared.journal.last_error is not None
    assert shared.journal.last_error.code == "too_large"


def test_parameters_that_nobody_knows_are_left_out(client: FlaskClient) -> None:
    body = predict_body(keypoint(*ON_DISC))
    body["params"] |= {"tasks": 1, "project": 2, "force_reload": True}

    assert client.post("/predict", json=body).status_code == 200


def test_the_config_of_another_project_is_never_used(client: FlaskClient) -> None:
    setup = {"project": "7.1", "schema": CONFIG, "hostname": "", "access_token": ""}
    client.post("/setup", json=setup)
    for config in (None, "", "<View>"):
        body = predict_body(keypoint(*ON_DISC), project="8.1", label_config=config)

        answer = client.post("/predict", json=body).get_json()

        assert answer.get("results", []) == []


def test_what_older_servers_offered_is_not_there(client: FlaskClient) -> None:
    answer = client.post("/train", json={})

    assert (answer.status_code, answer.is_json) == (404, True)
    assert client.post("/webhook", json={"action": "X"}).status_code == 200


def test_long_and_wild_ids_leave_a_readable_line(
    client: FlaskClient, shared: Service, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = [{"id": "\x1b[31m" + "x" * 10**6, "data": {}}]

    with caplog.at_level(logging.WARNING):
        client.post("/predict", json=predict_body(keypoint(*ON_DISC), tasks=tasks))

    assert len(caplog.text) < 3000
    assert "\x1b" not in caplog.text
    assert len(str(shared.journal.last_error)) < 3000


def test_versions_are_told_to_get_and_post(
    client: FlaskClient, shared: Service
) -> None:
    for answer in (client.get("/versions"), client.post("/versions", json={})):
        assert answer.get_json() == {"versions": [shared.model_version]}


def test_large_requests_are_not_walked_through(client: FlaskClient) -> None:
    drafts = [{"result": [{"value": {"rle": [255] * 2000}}] * 200}]
    tasks = [{"id": 1, "data": {"image": ADDRESS}, "drafts": drafts}]
    body = json.dumps(predict_body(keypoint(*ON_DISC), tasks=tasks))

    answer = client.post("/predict", data=body, content_type="application/json")

    assert len(body) > 1_900_000
    assert len(answer.get_json()["results"]) == 1


def test_a_picture_taken_upright_gets_its_mask_upright(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turned = shapes(kind="JPEG", quality=95, exif=_exif(6))
    album = Album({ADDRESS: turned})
    monkeypatch.setattr(GpcisBackend, "service", None)
    click = keypoint(57, 35, original_width=HEIGHT, original_height=WIDTH)

    for host in HOSTS.values():
        client = host(service(album)).test_client()
        region = item_of(client, click)["result"][0]

        size = region["original_height"], region["original_width"]
        mask = from_brush(region["value"]["rle"], *size)
        assert size == (WIDTH, HEIGHT)
        assert is_at(mask, (57, 35))
        assert not is_at(mask, (10, 90))


def _exif(orientation: int) -> bytes:
    from PIL.Image import Exif

    exif = Exif()
    exif[0x0112] = orientation
    return exif.tobytes()
