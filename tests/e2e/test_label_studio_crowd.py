"""Many annotators at once: nobody gets another one's mask, and memory stays bounded."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from flask import Flask

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import read_image
from gpcis_backend.server.label_studio.brush import from_brush
from gpcis_backend.server.label_studio.prompt import read_context
from gpcis_backend.server.label_studio.segmentation import segment
from gpcis_backend.server.label_studio.service import Service
from gpcis_backend.server.model_slot import ModelSlot
from label_studio_calls import Album, keypoint, our_host, predict_body, service, shapes
from toy_predictor import ToyPredictor

NUM_ANNOTATORS, NUM_CLICKS, NUM_IMAGES = 8, 50, 20
CACHE_BYTES = 4 * 2**20  # too little for all states, so that some are forgotten


@pytest.fixture
def album() -> Album:
    """Pictures of different sizes, so that a mix-up would show at once."""
    return Album(
        {f"/data/{num}.png": shapes(60 + num, 90 - num) for num in range(NUM_IMAGES)}
    )


@pytest.fixture
def shared(album: Album) -> Service:
    engine = Engine(ToyPredictor(), cache_bytes=CACHE_BYTES)
    made = service(album)
    made.model = ModelSlot.holding(engine)
    return made


def test_eight_annotators_get_the_masks_of_their_own_clicks(
    album: Album, shared: Service
) -> None:
    app = our_host(shared)

    with ThreadPoolExecutor(NUM_ANNOTATORS) as crowd:
        jobs = [
            crowd.submit(_annotate, app, album, seed) for seed in range(NUM_ANNOTATORS)
        ]
        mistakes = [mistake for job in jobs for mistake in job.result()]

    assert mistakes == []
    assert shared.journal.last_error is None
    engine = shared.engine()
    for cache in (engine._states, engine._encodings):
        assert 0 < cache.num_bytes <= CACHE_BYTES // 2
    assert shared._pictures.num_bytes <= shared._pictures.max_bytes


def test_three_rapid_clicks_each_get_the_mask_of_their_own_list(
    album: Album, shared: Service
) -> None:
    app, picture = our_host(shared), "/data/3.png"
    clicks = [keypoint(35, 43), keypoint(90, 80), keypoint(60, 10, is_positive=False)]

    with ThreadPoolExecutor(3) as browser:
        for _ in range(10):
            lists = [clicks[:num] for num in (1, 2, 3)]
            jobs = [browser.submit(_ask, app, picture, drawn) for drawn in lists]
            for drawn, job in zip(lists, jobs, strict=True):
                expected = _expected(album, picture, drawn)
                np.testing.assert_array_equal(job.result(), expected)


def test_a_picture_is_decoded_once_for_all(album: Album, shared: Service) -> None:
    app, toy = our_host(shared), shared.engine().predictor

    with ThreadPoolExecutor(8) as crowd:
        jobs = [
            crowd.submit(_ask, app, "/data/1.png", [keypoint(35, 43)])
            for _ in range(16)
        ]
        for job in jobs:
            job.result()

    assert isinstance(toy, ToyPredictor)
    assert (toy.num_encodings, toy.num_passes) == (1, 1)


def _annotate(app: Flask, album: Album, seed: int) -> list[str]:
    """Clicks objects on pictures drawn by ``seed``; what was answered wrongly."""
    rng, mistakes = random.Random(seed), []
    done = 0
    while done < NUM_CLICKS:
        picture = f"/data/{rng.randrange(NUM_IMAGES)}.png"
        drawn: list[dict[str, Any]] = []
        for _ in range(rng.randint(1, 6)):
            place = rng.uniform(0, 100), rng.uniform(0, 100)
            is_positive = not drawn or rng.random() < 0.6
            drawn.append(_at(album, picture, place, is_positive))
            mask = _ask(app, picture, drawn)
            if not np.array_equal(mask, _expected(album, picture, drawn)):
                mistakes.append(f"{picture} {drawn}")
            done += 1
    return mistakes


def _at(
    album: Album, picture: str, place: tuple[float, float], is_positive: bool
) -> dict[str, Any]:
    height, width, _ = read_image(album.files[picture]).shape
    size = {"original_height": height, "original_width": width}
    return keypoint(*place, is_positive=is_positive, **size)


def _ask(app: Flask, picture: str, drawn: list[dict[str, Any]]) -> BoolMask:
    """What the server answers; a fresh client, as each browser has its own."""
    tasks = [{"id": 1, "data": {"image": picture}}]
    answer = app.test_client().post("/predict", json=predict_body(*drawn, tasks=tasks))
    assert answer.status_code == 200, answer.text
    (item,) = answer.get_json()["results"]
    size = drawn[0]["original_height"], drawn[0]["original_width"]
    mask = np.zeros(size, dtype=np.bool_)
    for region in item["result"]:
        mask |= from_brush(region["value"]["rle"], *size)
    return mask


def _expected(album: Album, picture: str, drawn: list[dict[str, Any]]) -> BoolMask:
    """What an engine of its own, used by nobody else, makes of the same clicks."""
    prompt = read_context({"result": drawn})
    assert prompt is not None
    image = read_image(album.files[picture])
    answer, _ = segment(Engine(ToyPredictor()), "key", image, prompt)
    return answer.mask
