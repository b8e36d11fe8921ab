"""Zoom, pan, and where the picture is then, judged by what the canvas shows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from page.pictures import GREY
from page.visit import Visit

_WHEEL = 0.0016  # e-folds of zoom for each CSS pixel


def zoom_to(
    visit: Visit, scale: float, centre: tuple[float, float], ratio: int = 1
) -> None:
    """To this scale by the wheel, over an image point.

    Chromium's automation divides what a wheel turns by the pixel ratio.
    """
    visit.press("z")
    stage = visit.canvas.bounding_box()
    assert stage is not None
    target = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    place = visit.place(*centre)
    pan(visit, (target[0] - place[0], target[1] - place[1]))
    visit.page.mouse.move(*visit.place(*centre))
    steps = 8
    for _ in range(steps):
        visit.page.mouse.wheel(0, -np.log(scale) / _WHEEL / steps * ratio)
    visit.until("(scale) => Math.abs(__gpcis.viewport.scale / scale - 1) < 1e-3", scale)
    visit.settle()


def pan(visit: Visit, by: tuple[float, float]) -> None:
    """With the middle button, from the middle of the stage."""
    box = visit.canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visit.page.mouse.move(x, y)
    visit.page.mouse.down(button="middle")
    visit.page.mouse.move(x + by[0] / 2, y + by[1] / 2)
    visit.page.mouse.move(x + by[0], y + by[1])
    visit.page.mouse.up(button="middle")
    visit.settle()


def found(visit: Visit, colour: Sequence[int], ratio: int) -> tuple[float, float]:
    """Centre of what the canvas shows in a colour, in CSS pixels of the window."""
    axis = np.subtract(colour, GREY)
    shown = visit.pixels[..., :3].astype(np.float64) - GREY
    share = (shown @ axis / (axis @ axis)).clip(0, 1)  # antialiased pixels count partly
    share[np.linalg.norm(shown - share[..., None] * axis, axis=2) > 12] = 0
    rows, cols = np.mgrid[: share.shape[0], : share.shape[1]] + 0.5
    box = visit.canvas.bounding_box()
    assert box is not None
    x, y = ((share * each).sum() / share.sum() / ratio for each in (cols, rows))
    return box["x"] + x, box["y"] + y


def near_to(x: float, y: float) -> list[Any]:
    """Within half a pixel."""
    return [pytest.approx(x, abs=0.5), pytest.approx(y, abs=0.5)]
