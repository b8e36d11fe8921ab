"""What a context of Label Studio means: clicks, box, start mask, label."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.clicks.box import Box
from gpcis_backend.clicks.click import Click
from gpcis_backend.errors import GpcisError, InvalidInput
from gpcis_backend.server.label_studio.brush import to_brush
from gpcis_backend.server.label_studio.prompt import (
    Point,
    Prompt,
    Rectangle,
    read_context,
)
from label_studio_calls import keypoint

_KEYS = [
    "result",
    "type",
    "value",
    "x",
    "y",
    "width",
    "height",
    "labels",
    "rle",
    "original_width",
    "original_height",
    "is_positive",
    "keypointlabels",
    "to_name",
    "image_rotation",
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["keypointlabels", "rectanglelabels", "brushlabels", "kp", ""]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=8,
        )
    ),
    max_leaves=30,
)


@pytest.mark.parametrize("context", [None, {}, [], "x", 5], ids=repr)
def test_no_context_is_no_prompt(context: object) -> None:
    assert read_context(context) is None


def test_clicks_keep_their_order_and_sign() -> None:
    prompt = _read(keypoint(10, 20), keypoint(30, 40, is_positive=False))

    assert [(p.x, p.y, p.is_positive) for p in prompt.points] == [
        (10, 20, True),
        (30, 40, False),
    ]
    assert (prompt.to_name, prompt.labels) == ("image", ("Object",))


@pytest.mark.parametrize(
    ("x", "y", "row", "col"),
    [(0, 0, 0, 0), (100, 100, 59, 79), (-5, 120, 59, 0), (50, 50, 30, 40)],
    ids=["first pixel", "far corner", "outside", "centre"],
)
def test_percent_become_the_pixel_they_lie_in(
    x: float, y: float, row: int, col: int
) -> None:
    (point,) = _read(keypoint(x, y)).points

    assert point.to_click(60, 80) == Click(row, col, is_positive=True)


@pytest.mark.parametrize(
    "bad",
    [float("nan"), float("inf"), True, "5", None, [], 10**400],
    ids=["NaN", "infinity", "truth", "word", "null", "list", "huge"],
)
def test_a_click_without_finite_numbers_is_not_counted(bad: object) -> None:
    prompt = _read(keypoint(bad, 5), keypoint(1, 2))  # type: ignore[arg-type]

    assert [(point.x, point.y) for point in prompt.points] == [(1, 2)]


def test_of_several_labels_the_last_object_counts() -> None:
    other = keypoint(5, 5)
    other["value"]["keypointlabels"] = ["Other"]

    prompt = _read(keypoint(1, 1), other)

    assert prompt.labels == ("Other",)
    assert [(point.x, point.y) for point in prompt.points] == [(5, 5)]


def test_of_several_images_the_last_one_counts() -> None:
    prompt = _read(keypoint(1, 1, to_name="left"), keypoint(2, 2, to_name="right"))

    assert prompt.to_name == "right"
    assert [(point.x, point.y) for point in prompt.points] == [(2, 2)]


def test_a_rectangle_is_a_box_of_all_pixels_it_touches() -> None:
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["Object"]}

    prompt = _read({**keypoint(0, 0), "type": "rectanglelabels", "value": value})

    assert prompt.rectangle == Rectangle(10, 20, 30, 40)
    assert prompt.rectangle.to_box(100, 200) == Box(20, 20, 41, 61)
    assert prompt.asks_for_something


@given(
    *[st.floats(allow_nan=False, allow_infinity=False) for _ in range(2)],
    *[st.floats(min_value=0, allow_infinity=False) for _ in range(2)],
)
def test_a_box_lies_inside_the_image(
    x: float, y: float, width: float, height: float
) -> None:
    box = Rectangle(x, y, width, height).to_box(30, 40)

    assert box == box.within(30, 40)


@given(*[st.floats(allow_nan=False, allow_infinity=False) for _ in range(2)])
def test_a_click_lies_inside_the_image(x: float, y: float) -> None:
    click = Point(x, y, is_positive=True).to_click(30, 40)

    assert 0 <= click.row < 30
    assert 0 <= click.col < 40


@pytest.mark.parametrize(
    ("rotation", "is_rotated"),
    [(None, False), (0, False), (360, False), ("0", False), (90, True), (-1, True)],
    ids=repr,
)
def test_only_a_turned_picture_counts_as_turned(
    rotation: object, is_rotated: bool
) -> None:
    assert _read(keypoint(1, 1, image_rotation=rotation)).is_rotated is is_rotated


def test_a_brush_region_is_a_mask_to_start_from() -> None:
    rle = to_brush(np.ones((60, 80), dtype=np.bool_))
    value = {"format": "rle", "rle": rle, "brushlabels": ["Object"]}

    prompt = _read({**keypoint(0, 0), "type": "brushlabels", "value": value})

    assert prompt.brushes == ((rle, 60, 80),)
    assert prompt.asks_for_something


def test_more_items_than_clicks_are_accepted_are_refused() -> None:
    with pytest.raises(InvalidInput, match="1000000 clicks were sent; at most 200"):
        read_context({"result": [keypoint(1, 1)] * 10**6})


@given(json_values)
def test_no_context_makes_the_reader_stumble(context: object) -> None:
    for given_context in (context, {"result": context}, {"result": [context]}):
        try:
            prompt = read_context(given_context)
        except GpcisError:
            continue
        assert prompt is None or isinstance(prompt, Prompt)


def _read(*items: Any) -> Prompt:
    prompt = read_context({"result": list(items)})
    assert prompt is not None
    return prompt
