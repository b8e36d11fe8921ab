import threading

import numpy as np
import pytest

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.errors import InvalidClick, InvalidInput
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.predictor import Encoding, Mode
from gpcis_backend.inference.turns import Caller
from toy_predictor import ToyPredictor

ON_SQUARE, BESIDE, CORNER = Click(8, 8, True), Click(2, 14, False), Click(0, 0, False)


def test_a_new_click_costs_one_pass_and_an_undo_none() -> None:
    toy = ToyPredictor()
    engine = Engine(toy)

    engine.segment("a", _square(), [ON_SQUARE, BESIDE])
    engine.segment("a", _square(), [ON_SQUARE, BESIDE, CORNER])
    engine.segment("a", _square(), [ON_SQUARE, BESIDE])
    engine.segment("a", _square(), [ON_SQUARE])

    assert toy.num_passes == 3
    assert toy.num_encodings == 1


def test_an_image_is_loaded_only_when_it_is_not_encoded_yet() -> None:
    engine = Engine(ToyPredictor())
    engine.prepare("a", _square())

    def load() -> Image:
        raise AssertionError("loaded again")

    assert engine.segment("a", load, [ON_SQUARE]).mask.any()


def test_a_forgotten_list_is_replayed_to_the_same_mask() -> None:
    clicks = [ON_SQUARE, BESIDE, CORNER]
    remembering, forgetting = Engine(ToyPredictor()), Engine(ToyPredictor())
    small = Engine(ToyPredictor(), cache_bytes=1)
    for num in range(1, 4):
        step_by_step = remembering.segment("a", _square(), clicks[:num])
    at_once = forgetting.segment("a", _square(), clicks)
    uncached = small.segment("a", _square(), clicks)

    np.testing.assert_array_equal(step_by_step.prob, at_once.prob)
    np.testing.assert_array_equal(step_by_step.prob, uncached.prob)


def test_what_was_forced_never_reaches_the_next_step() -> None:
    clicks = [ON_SQUARE, Click(8, 9, False), BESIDE]  # the second contradicts the first
    forced, free = Engine(ToyPredictor()), Engine(ToyPredictor())
    for num in range(1, 4):
        forced.segment("a", _square(), clicks[:num])

    soft = forced.segment("a", _square(), clicks, click_consistency=False)

    expected = free.segment("a", _square(), clicks, click_consistency=False)
    np.testing.assert_array_equal(soft.prob, expected.prob)


def test_without_clicks_the_answer_is_empty_or_the_initial_mask() -> None:
    engine = Engine(ToyPredictor())
    init = np.zeros((16, 16), dtype=np.float32)
    init[3:6, 3:6] = 1

    assert not engine.segment("a", _square(), []).mask.any()
    answer = engine.segment("a", _square(), [], init=init)
    np.testing.assert_array_equal(answer.mask, init > 0.5)
    assert answer.marks == ()


def test_lists_with_and_without_an_initial_mask_are_kept_apart() -> None:
    toy = ToyPredictor()
    engine = Engine(toy)
    init = np.ones((16, 16), dtype=np.float32)

    plain = engine.segment("a", _square(), [ON_SQUARE])
    started = engine.segment("a", _square(), [ON_SQUARE], init=init)

    assert toy.num_passes == 2
    assert (plain.prob != started.prob).any()


def test_every_click_gets_its_mark() -> None:
    same_colour = Click(8, 9, False)
    taken_back = Click(2, 2, True)
    clicks = [ON_SQUARE, same_colour, taken_back, Click(2, 2, False)]

    answer = Engine(ToyPredictor()).segment("a", _square(), clicks)

    assert answer.marks == ("ok", "forced", "conflict", "forced")
    assert answer.mask[8, 8]
    assert not answer.mask[8, 9]
    assert not answer.mask[2, 2]


@pytest.mark.parametrize("side", [1, 16])
def test_two_hundred_clicks_work_and_one_more_does_not(side: int) -> None:
    rng = np.random.default_rng(0)
    clicks = [
        Click(int(rng.integers(side)), int(rng.integers(side)), bool(num % 3))
        for num in range(201)
    ]
    engine = Engine(ToyPredictor())

    answer = engine.segment("a", _square()[:side, :side], clicks[:200])

    assert len(answer.marks) == 200
    with pytest.raises(InvalidInput, match="201 clicks"):
        engine.segment("a", _square()[:side, :side], clicks)


def test_bad_input_is_refused_in_words() -> None:
    engine = Engine(ToyPredictor())

    with pytest.raises(InvalidClick, match="outside"):
        engine.segment("a", _square(), [Click(16, 0, True)])
    with pytest.raises(InvalidInput, match="threshold"):
        engine.segment("a", _square(), [ON_SQUARE], threshold=float("nan"))
    with pytest.raises(InvalidInput, match="initial mask"):
        engine.segment("a", _square(), [], init=np.zeros((2, 2), dtype=np.float32))


def test_a_call_that_gives_up_leaves_the_steps_it_made() -> None:
    toy = ToyPredictor()
    engine = Engine(toy)

    def give_up_after_one() -> None:
        if toy.num_passes == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        engine.segment(
            "a",
            _square(),
            [ON_SQUARE, BESIDE],
            caller=Caller(check=give_up_after_one),
        )
    engine.segment("a", _square(), [ON_SQUARE, BESIDE])

    assert toy.num_passes == 2


def test_threads_never_enter_the_model_together_nor_repeat_a_pass() -> None:
    lonely = _LonelyPredictor()
    engine = Engine(lonely)
    threads = [
        threading.Thread(
            target=engine.segment, args=("a", _square(), [ON_SQUARE, BESIDE])
        )
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not lonely.had_company
    assert lonely.num_passes == 2


def test_the_estimated_iou_is_one_for_a_sure_mask_and_absent_for_none() -> None:
    engine = Engine(ToyPredictor())
    init = np.zeros((16, 16), dtype=np.float32)
    init[:4] = 1

    sure = engine.segment("a", _square(), [], init=init)

    assert sure.est_iou == pytest.approx(1, 1e-3)
    assert engine.segment("a", _square(), []).est_iou is None
    assert 0 < (engine.segment("a", _square(), [ON_SQUARE]).est_iou or 0) < 1


class _LonelyPredictor(ToyPredictor):
    """Notices when two threads are inside at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.had_company = False
        self._inside = threading.Lock()

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        self.had_company |= not self._inside.acquire(blocking=False)
        threading.Event().wait(0.005)
        prob = super().predict(encoding, clicks, prev_mask, view=view, mode=mode)
        self._inside.release()
        return prob


def _square() -> Image:
    """A red square on green.  (16, 16, 3)."""
    image = np.zeros((16, 16, 3), dtype=np.uint8)
    image[..., 1] = 200
    image[5:12, 5:12] = (220, 20, 20)
    return image
