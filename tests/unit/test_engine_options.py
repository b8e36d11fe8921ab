"""What may be asked of an engine besides the mask."""

import numpy as np
import pytest

from gpcis_backend.clicks.cleanup import Cleanup
from gpcis_backend.clicks.click import Click, Image
from gpcis_backend.errors import TimedOut
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.turns import Caller, Priority, Wait
from toy_predictor import ToyPredictor

ON_SQUARE, BESIDE = Click(8, 8, True), Click(2, 14, False)
ON_SPECK = Click(1, 1, True)


def test_a_preview_comes_first_and_is_forgotten() -> None:
    toy = ToyPredictor(has_preview=True)
    engine = Engine(toy)

    first = engine.segment("a", _scene(), [ON_SQUARE], may_preview=True)
    final = engine.segment("a", _scene(), [ON_SQUARE])
    again = engine.segment("a", _scene(), [ON_SQUARE], may_preview=True)

    assert (first.kind, final.kind, again.kind) == ("preview", "final", "final")
    assert toy.modes == ["preview", "refine"]


def test_a_model_without_previews_answers_finally() -> None:
    engine = Engine(ToyPredictor())

    assert engine.segment("a", _scene(), [ON_SQUARE], may_preview=True).kind == "final"


def test_doubt_covers_what_the_last_pass_saw() -> None:
    engine = Engine(ToyPredictor())

    answer = engine.segment("a", _scene(), [ON_SQUARE, BESIDE], with_latent=True)

    assert answer.latent is not None
    crop = answer.latent.crop
    assert answer.latent.latent.variance.shape == (crop.height, crop.width)


def test_doubt_is_not_computed_unless_asked_for() -> None:
    engine = Engine(ToyPredictor())

    assert engine.segment("a", _scene(), [ON_SQUARE]).latent is None
    assert engine.segment("a", _scene(), [], with_latent=True).latent is None


def test_a_model_without_doubt_answers_without() -> None:
    toy = ToyPredictor()
    toy.has_latent = False

    answer = Engine(toy).segment("a", _scene(), [ON_SQUARE], with_latent=True)

    assert answer.latent is None


def test_clicks_are_obeyed_after_the_clean_up() -> None:
    engine = Engine(ToyPredictor())
    clicks = [ON_SQUARE, Click(7, 7, False)]
    whole = engine.segment("a", _scene(), [ON_SQUARE])

    cleaned = engine.segment("a", _scene(), [ON_SQUARE], cleanup=Cleanup(largest=True))
    kept = engine.segment("a", _scene(), clicks, cleanup=Cleanup(True, 50))

    assert whole.mask[1, 1]
    assert not cleaned.mask[1, 1]
    assert cleaned.marks == ("ok",)
    assert not kept.mask[7, 7]


def test_a_speck_that_was_clicked_survives_the_clean_up() -> None:
    engine = Engine(ToyPredictor())

    answer = engine.segment(
        "a", _scene(), [ON_SQUARE, ON_SPECK], cleanup=Cleanup(largest=True)
    )

    assert answer.mask[1, 1]
    assert answer.marks == ("ok", "ok")


def test_no_pass_begins_after_the_deadline() -> None:
    toy = ToyPredictor()
    engine = Engine(toy)
    engine.prepare("a", _scene())

    with pytest.raises(TimedOut):
        engine.segment(
            "a", _scene(), [ON_SQUARE], caller=Caller(Wait(Priority.REFINE, 0.0))
        )

    assert toy.num_passes == 0


def _scene() -> Image:
    """A red square and a red speck on green."""
    image = np.zeros((16, 16, 3), dtype=np.uint8)
    image[..., 1] = 200
    image[5:12, 5:12] = (220, 20, 20)
    image[1, 1] = (220, 20, 20)
    return image
