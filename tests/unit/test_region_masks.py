"""One region of an annotation becomes a mask, or says why not."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gpcis_backend.server.label_studio.learning.masks import UnusableRegion, to_mask
from label_studio_export import HEIGHT, WIDTH, bitmask, box, brush, polygon


def test_a_polygon_covers_what_its_corners_enclose() -> None:
    corners = [
        [25.0, 20.0],
        [75.0, 20.0],
        [75.0, 80.0],
        [25.0, 80.0],
    ]  # x 10 to 30, y 6 to 24

    mask = to_mask(polygon(corners), HEIGHT, WIDTH)

    inner, outer = box(6, 10, 24, 30), box(5, 9, 25, 31)
    assert not (inner & ~mask).any()
    assert not (mask & ~outer).any()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"original_width": 41}, "another size"),
        ({"image_rotation": 90}, "turned picture"),
        ({"type": "rectanglelabels"}, '"rectanglelabels" is no mask'),
        ({"value": {"rle": [1, 2, 3]}}, "a damaged brush region"),
        ({"value": {"rle": ["a"]}}, "a damaged brush region"),
        ({"value": None}, "a damaged brush region"),
        ({"type": "polygon", "value": {"points": [[1, 2], [3, 4]]}}, "three corners"),
        ({"type": "polygon", "value": {"points": [["x"]]}}, "a damaged polygon"),
        (
            {
                "type": "polygon",
                "value": {"points": [[1, 2], [3, math.nan], [9, 9]]},
            },
            "a damaged polygon",
        ),
        (
            {"type": "polygon", "value": {"points": [[1, 2]] * 3, "closed": False}},
            "not closed",
        ),
        ({"type": "bitmask", "value": {"imageDataURL": "x"}}, "no PNG"),
        (
            {"type": "bitmask", "value": {"imageDataURL": "data:image/png;base64,!!"}},
            "a damaged bitmask",
        ),
    ],
)
def test_a_region_that_is_no_mask_says_why(
    changes: Mapping[str, Any], reason: str
) -> None:
    region = {**brush(box(2, 3, 9, 12)), **changes}

    with pytest.raises(UnusableRegion, match=reason):
        to_mask(region, HEIGHT, WIDTH)


def test_an_empty_mask_is_no_object() -> None:
    with pytest.raises(UnusableRegion, match="an empty mask"):
        to_mask(brush(np.zeros((HEIGHT, WIDTH), np.bool_)), HEIGHT, WIDTH)


def test_a_bitmask_must_have_the_size_of_its_picture() -> None:
    region = bitmask(np.ones((HEIGHT, WIDTH + 1), np.bool_))

    with pytest.raises(UnusableRegion, match="another size than its picture"):
        to_mask({**region, "original_width": WIDTH}, HEIGHT, WIDTH)
