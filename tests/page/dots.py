"""Steps that the tests of clicks and dots share."""

from typing import Any

import pytest
from playwright.sync_api import Request

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.server.codec import from_mask_body
from gpcis_backend.server.rle import MaskRuns, from_runs
from page.visit import Visit


def masks(visit: Visit) -> list[BoolMask]:
    """Of all answers, in order."""
    masks = []
    for request in visit.asked("/segment"):
        header, sections = body(request)
        width, height = header["size"]
        left, top, across, down = header["bbox"]
        runs = MaskRuns((left, top, across, down), sections["runs"])
        masks.append(from_runs(runs, height, width))
    return masks


def body(request: Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    answer = request.response()
    assert answer is not None
    header, sections = from_mask_body(answer.body())
    return dict(header), dict(sections)


def near(x: float, y: float) -> list[Any]:
    """Within half a pixel."""
    return [pytest.approx(x, abs=0.5), pytest.approx(y, abs=0.5)]
