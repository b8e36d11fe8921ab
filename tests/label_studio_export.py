"""Regions, tasks and pictures as Label Studio exports them."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.server.label_studio.brush import to_brush

HEIGHT, WIDTH = 30, 40  # of all pictures here
Region = dict[str, Any]


def box(top: int, left: int, bottom: int, right: int) -> BoolMask:
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def region(kind: str, value: dict[str, Any]) -> Region:
    return {
        "type": f"{kind}labels",
        "to_name": "image",
        "original_width": WIDTH,
        "original_height": HEIGHT,
        "image_rotation": 0,
        "value": {**value, f"{kind}labels": ["Object"]},
    }


def brush(mask: BoolMask) -> Region:
    return region("brush", {"format": "rle", "rle": to_brush(mask)})


def bitmask(mask: BoolMask) -> Region:
    alpha = np.where(mask, 255, 0).astype(np.uint8)
    layers = np.dstack([np.zeros_like(alpha)] * 3 + [alpha])
    return region("bitmask", {"imageDataURL": data_url(layers)})


def polygon(points: list[list[float]]) -> Region:
    return region("polygon", {"points": points, "closed": True})


def data_url(pixels: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    pillow.fromarray(pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def address(shade: int = 90) -> str:
    return data_url(np.full((HEIGHT, WIDTH, 3), shade, dtype=np.uint8))


def task(
    annotations: list[list[Region]], *, id: int = 7, image: str | None = None
) -> dict[str, Any]:
    return {
        "id": id,
        "data": {"image": image or address()},
        "annotations": [{"result": regions} for regions in annotations],
    }
