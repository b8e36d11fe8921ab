"""Prompts to masks: boxes cut, brushes start, sizes that disagree are reconciled."""

import numpy as np
import pytest

from gpcis_backend.clicks.click import Click
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import read_image
from gpcis_backend.server.label_studio.brush import to_brush
from gpcis_backend.server.label_studio.prompt import Point, Prompt, Rectangle
from gpcis_backend.server.label_studio.segmentation import segment
from label_studio_calls import shapes
from toy_predictor import ToyPredictor

IMAGE = read_image(shapes())  # 60 x 80, a disc around (26, 28)
ON_DISC = Point(35, 43, is_positive=True)


@pytest.fixture
def engine() -> Engine:
    return Engine(ToyPredictor())


def test_the_mask_is_that_of_the_core(engine: Engine) -> None:
    answer, clicks = segment(engine, "key", IMAGE, Prompt(points=(ON_DISC,)))

    expected = engine.segment("other", IMAGE, (Click(25, 28, is_positive=True),))
    assert clicks == (Click(25, 28, is_positive=True),)
    np.testing.assert_array_equal(answer.mask, expected.mask)


def test_a_box_cuts_the_mask_and_needs_no_click(engine: Engine) -> None:
    box = Rectangle(x=20, y=30, width=30, height=30)

    answer, clicks = segment(engine, "key", IMAGE, Prompt(rectangle=box))

    assert clicks == ()
    assert answer.mask[26, 28]
    assert not answer.mask[:18].any()
    assert not answer.mask[:, :16].any()


def test_a_click_outside_the_box_is_obeyed(engine: Engine) -> None:
    outside = Point(90, 80, is_positive=True)
    box = Rectangle(x=20, y=30, width=30, height=30)

    answer, _ = segment(engine, "key", IMAGE, Prompt(points=(outside,), rectangle=box))

    assert answer.mask[48, 72]
    assert answer.mask[35:50, 62:].all()  # more of that object than the pixel clicked


def test_a_brush_region_is_where_the_mask_starts(engine: Engine) -> None:
    start = np.zeros((60, 80), dtype=np.bool_)
    start[10:20, 60:70] = True
    prompt = Prompt(brushes=((to_brush(start), 60, 80),))

    answer, _ = segment(engine, "key", IMAGE, prompt)

    np.testing.assert_array_equal(answer.mask, start)


@pytest.mark.parametrize("scale", [0.5, 2, 3.7], ids=["smaller", "double", "odd"])
def test_a_picture_known_by_another_size_gets_a_mask_of_that_size(
    engine: Engine, scale: float
) -> None:
    size = round(60 * scale), round(80 * scale)
    points = (ON_DISC, Point(90, 80, is_positive=False))

    answer, clicks = segment(engine, "key", IMAGE, Prompt(points=points, size=size))

    assert answer.mask.shape == size
    assert [bool(answer.mask[c.row, c.col]) for c in clicks] == [True, False]
    inner, outer = (int(size[0] * part) for part in (0.43, 0.05))
    assert answer.mask[inner, int(size[1] * 0.35)]
    assert not answer.mask[outer].any()


def test_an_impossible_size_is_refused_before_memory_is_taken(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="megapixels"):
        segment(engine, "key", IMAGE, Prompt(points=(ON_DISC,), size=(10**6, 10**6)))


def test_a_size_far_beyond_the_image_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="Import the image again"):
        segment(engine, "key", IMAGE, Prompt(points=(ON_DISC,), size=(7000, 7000)))


def test_a_damaged_brush_region_is_refused_in_words(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="brush"):
        segment(engine, "key", IMAGE, Prompt(brushes=(([1, 2, 3], 60, 80),)))
