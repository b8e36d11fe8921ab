"""What may be asked of a click besides the mask, and who goes first."""

import io
import threading
import time
import zlib
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image as pillow

from gpcis_backend.clicks.click import Click, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.predictor import Encoding, Mode
from gpcis_backend.server.codec import from_mask_body
from gpcis_backend.server.settings import Settings
from jobs import finished, order
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
def client() -> FlaskClient:
    return app_with(Engine(ToyPredictor())).test_client()


def test_doubt_comes_on_request_with_its_scale(client: FlaskClient) -> None:
    item = upload(client)
    body = {"want": ["var", "mean", "prob"]}

    answer = post_clicks(client, item["id"], [ON_SQUARE, BESIDE], body)

    header, sections = from_mask_body(answer.data)
    entries = {entry["name"]: entry for entry in header["sections"]}
    assert list(entries) == ["runs", "prob", "var", "mean"]
    left, top, width, height = entries["var"]["rect"]
    assert 0 <= left <= left + width <= 50
    assert 0 <= top <= top + height <= 40
    cells = np.frombuffer(zlib.decompress(sections["var"]), dtype=np.uint8)
    assert cells.reshape(entries["var"]["size"][::-1]).max() == 255
    assert entries["var"]["scale"] > 0
    signed = np.frombuffer(zlib.decompress(sections["mean"]), dtype=np.int8)
    mean = signed.reshape(entries["mean"]["size"][::-1])
    assert mean[20 - top, 25 - left] > 0
    assert np.abs(mean.astype(int)).max() == 127


def test_a_large_map_is_sent_on_512_cells_at_most() -> None:
    client = app_with(Engine(ToyPredictor())).test_client()
    item = _upload_wide(client)

    answer = post_clicks(client, item["id"], [[5, 5, 1]], {"want": ["prob", "var"]})

    header, _ = from_mask_body(answer.data)
    assert [entry["size"] for entry in header["sections"][1:]] == [[512, 17]] * 2
    assert header["sections"][2]["rect"] == [0, 0, 1200, 40]


def test_without_clicks_there_is_no_doubt_to_show(client: FlaskClient) -> None:
    answer = post_clicks(client, upload(client)["id"], [], {"want": ["var"]})

    assert [e["name"] for e in from_mask_body(answer.data)[0]["sections"]] == ["runs"]


def test_a_model_without_doubt_says_so() -> None:
    toy = ToyPredictor()
    toy.has_latent = False
    client = app_with(Engine(toy)).test_client()

    answer = post_clicks(client, upload(client)["id"], [ON_SQUARE], {"want": ["var"]})

    to_problem(answer, 422, "invalid")
    assert not client.get("/api/v1/health").get_json()["features"]["uncertainty"]


def test_previews_come_first_where_the_model_has_them() -> None:
    toy = ToyPredictor(has_preview=True)
    client = app_with(Engine(toy)).test_client()
    item = upload(client)

    quick, _ = segment(client, item["id"], [ON_SQUARE], rev=3)
    final, _ = segment(client, item["id"], [ON_SQUARE], rev=3, mode="refine")
    known, _ = segment(client, item["id"], [ON_SQUARE], rev=4)

    assert client.get("/api/v1/health").get_json()["features"]["preview"]
    assert (quick["kind"], quick["refine"]) == ("preview", True)
    assert (final["kind"], final["refine"]) == ("final", False)
    assert (known["kind"], known["refine"]) == ("final", False)


def test_a_mask_is_cleaned_and_its_clicks_still_hold(client: FlaskClient) -> None:
    item = upload(client)
    hole = [20.5, 20.5, -1]

    header, mask = segment(
        client,
        item["id"],
        [ON_SQUARE, BESIDE, hole],
        post={"largest": True, "fill_px": 1000},
    )

    assert mask[20, 25]
    assert not mask[20, 20]
    assert len(header["marks"]) == 3


def test_too_many_waiting_calls_are_turned_away() -> None:
    slow = _SlowPredictor()
    client = app_with(Engine(slow), Settings(max_calls=100)).test_client()
    item = upload(client)
    answers: list[int] = []

    def click(num: int) -> None:
        own = app.test_client()
        answer = post_clicks(own, item["id"], [[num + 0.5, 0.5, 1]])
        answers.append(answer.status_code)

    app = client.application
    slow.gate.clear()
    threads = [threading.Thread(target=click, args=(num,)) for num in range(33)]
    for thread in threads:
        thread.start()
    _until(lambda: _num_waiting(client) == 32)
    refused = post_clicks(client, item["id"], [[40, 20, 1]])
    slow.gate.set()
    for thread in threads:
        thread.join()

    to_problem(refused, 429, "busy")
    assert refused.headers["Retry-After"] == "1"
    assert answers == [200] * 33


def test_who_waits_too_long_gets_a_timeout() -> None:
    slow = _SlowPredictor()
    client = app_with(Engine(slow), Settings(refine_seconds=0.1)).test_client()
    item = upload(client)
    slow.gate.clear()
    first = threading.Thread(
        target=post_clicks,
        args=(client.application.test_client(), item["id"], [ON_SQUARE]),
    )
    first.start()
    _until(lambda: slow.num_inside == 1)

    answer = post_clicks(client, item["id"], [BESIDE])
    slow.gate.set()
    first.join()

    to_problem(answer, 504, "timeout")


def test_an_overtaken_call_leaves_the_queue_at_once() -> None:
    slow = _SlowPredictor()
    client = app_with(Engine(slow)).test_client()
    item = upload(client)
    names = {"client": "tab", "object": "o1"}
    codes: dict[int, int] = {}

    def click(rev: int) -> None:
        own = client.application.test_client()
        answer = post_clicks(own, item["id"], [[rev, 1, 1]], {**names, "rev": rev})
        codes[rev] = answer.status_code

    slow.gate.clear()
    threads = [threading.Thread(target=click, args=(rev,)) for rev in (1, 2, 3)]
    threads[0].start()
    _until(lambda: slow.num_inside == 1)
    for thread in threads[1:]:
        thread.start()
        time.sleep(0.02)
    _until(lambda: 2 in codes)
    slow.gate.set()
    for thread in threads:
        thread.join()

    assert codes == {1: 409, 2: 409, 3: 200}


def test_an_image_is_prepared_once_and_the_job_says_when() -> None:
    toy = ToyPredictor()
    client = app_with(Engine(toy)).test_client()
    item = upload(client)
    unprepared = toy.num_encodings

    answer = order(client, f"images/{item['id']}/encode", {"prefetch": True})
    job = finished(client, answer.get_json())
    segment(client, item["id"], [ON_SQUARE])

    assert answer.status_code == 202
    assert (job["kind"], job["state"], job["error"]) == ("encode", "done", None)
    assert job["median_ms"] >= 0
    assert (unprepared, toy.num_encodings) == (0, 1)


def test_metrics_tell_caches_queue_and_durations(client: FlaskClient) -> None:
    segment(client, upload(client)["id"], [ON_SQUARE])

    metrics = client.get("/api/v1/metrics").get_json()

    assert metrics["cache"]["encodings"] == {"num": 1, "bytes": 40 * 50 * 3 * 4}
    assert metrics["queue"] == {"waiting": 0}
    assert metrics["calls"]["segment"]["count"] == 1
    calls = metrics["calls"]["segment"]
    assert 0 < calls["p50_ms"] <= calls["p95_ms"]


def test_the_mask_of_a_preview_is_a_mask() -> None:
    client = app_with(Engine(ToyPredictor(has_preview=True))).test_client()

    answer = post_clicks(client, upload(client)["id"], [ON_SQUARE])

    assert to_mask(answer)[20, 25]


class _SlowPredictor(ToyPredictor):
    """Passes only while its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.num_inside = 0

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        self.num_inside += 1
        assert self.gate.wait(30)
        return super().predict(encoding, clicks, prev_mask, view=view, mode=mode)


def _num_waiting(client: FlaskClient) -> int:
    waiting: int = client.get("/api/v1/metrics").get_json()["queue"]["waiting"]
    return waiting


def _until(is_so: Any) -> None:  # noqa: ANN401
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


def _upload_wide(client: FlaskClient) -> dict[str, Any]:
    buffer = io.BytesIO()
    pillow.new("RGB", (1200, 40), "red").save(buffer, "PNG")
    answer = client.post("/api/v1/images", data=buffer.getvalue(), headers=OURS)
    item: dict[str, Any] = answer.get_json()
    return item
