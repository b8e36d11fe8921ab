"""Calls as Label Studio makes them, to any host of the prediction class."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image as pillow

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.errors import FetchFailed
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.app import create_app
from gpcis_backend.server.label_studio.backend import GpcisBackend
from gpcis_backend.server.label_studio.brush import from_brush
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules, ImageFetcher
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.label_studio.service import Service
from gpcis_backend.server.library.memory import ImageStore
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.settings import Settings
from toy_predictor import ToyPredictor

CONFIG = """<View>
  <Image name="image" value="$image" zoom="true"/>
  <KeyPointLabels name="kp" toName="image" smart="true" smartOnly="true">
    <Label value="Object"/><Label value="Other"/></KeyPointLabels>
  <RectangleLabels name="box" toName="image" smart="true">
    <Label value="Object"/></RectangleLabels>
  <BrushLabels name="mask" toName="image" smart="false">
    <Label value="Object"/><Label value="Other"/></BrushLabels>
</View>"""
ADDRESS = "/data/upload/1/4d8cf630-shapes.png"
WIDTH, HEIGHT = 80, 60


class Album(ImageFetcher):
    """Brings images from memory and counts how often it was asked."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(FetchRules())
        self.files, self.asked = dict(files), 0
        self.accesses: list[Access | None] = []

    def fetch(
        self, uri: str, access: Access | None, *, task_id: int | None = None
    ) -> bytes:
        self.asked += 1
        self.accesses.append(access)
        if uri not in self.files:
            raise FetchFailed(f"{uri} does not exist.", "Import the image again.")
        return self.files[uri]


def shapes(width: int = WIDTH, height: int = HEIGHT, **save: Any) -> bytes:
    """A red disc left and a blue square right, on green."""
    rows, cols = np.mgrid[:height, :width]
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[..., 1] = 200
    x, y, radius = width * 0.35, height * 0.43, height * 0.3
    pixels[(cols - x) ** 2 + (rows - y) ** 2 < radius**2] = (220, 20, 20)
    pixels[height // 2 :, 3 * width // 4 :] = (20, 20, 220)
    buffer = io.BytesIO()
    pillow.fromarray(pixels).save(buffer, save.pop("kind", "PNG"), **save)
    return buffer.getvalue()


def service(album: Album | None = None, settings: Settings | None = None) -> Service:
    engine = Engine(ToyPredictor())
    album = album or Album({ADDRESS: shapes(), "/data/upload/1/large.png": shapes()})
    return Service(settings or Settings(), ModelSlot.holding(engine), album)


def our_host(shared: Service) -> Flask:
    """``gpcis serve``."""
    store = ImageStore(2**20)
    app = create_app(shared.settings, shared.model, store)
    app.extensions["gpcis_label_studio"] = shared
    return app


def stock_host(shared: Service) -> Flask:
    """label-studio-ml's own server, as after a restart."""
    GpcisBackend.service = shared  # before the import, which would load a model
    from gpcis_backend.server import _wsgi

    if _wsgi._manager is not None:
        _wsgi._manager._current_model = {}
    app: Flask = _wsgi.app
    return app


def keypoint(
    x: float, y: float, is_positive: bool = True, **keys: Any
) -> dict[str, Any]:
    """A click at a place in percent."""
    return {
        "type": "keypointlabels",
        "value": {"x": x, "y": y, "width": 0.26, "keypointlabels": ["Object"]},
        "is_positive": is_positive,
        "original_width": WIDTH,
        "original_height": HEIGHT,
        "image_rotation": 0,
        "from_name": "kp",
        "to_name": "image",
        **keys,
    }


def predict_body(*items: Any, **keys: Any) -> dict[str, Any]:
    """A request after these regions were drawn."""
    return {
        "tasks": [{"id": 1, "data": {"image": ADDRESS}, "annotations": []}],
        "project": "1.1795360375",
        "label_config": CONFIG,
        "params": {"login": None, "context": {"result": list(items)}},
        **keys,
    }


HOSTS: dict[str, Callable[[Service], Flask]] = {"ours": our_host, "1.0.9": stock_host}


def item_of(client: FlaskClient, *items: Any) -> dict[str, Any]:
    """The one item of the answer to these regions."""
    body = json.dumps(predict_body(*items))  # writes NaN, as some do
    answer = client.post("/predict", data=body, content_type="application/json")
    assert answer.status_code == 200, answer.text
    (item,) = answer.get_json()["results"]
    found: dict[str, Any] = item
    return found


def mask_of(client: FlaskClient, *items: Any) -> BoolMask:
    (region,) = item_of(client, *items)["result"]
    return from_brush(region["value"]["rle"], HEIGHT, WIDTH)


def is_at(mask: BoolMask, place: tuple[float, float]) -> bool:
    """The mask at a place in percent, x first."""
    height, width = mask.shape
    return bool(mask[int(place[1] / 100 * height), int(place[0] / 100 * width)])
