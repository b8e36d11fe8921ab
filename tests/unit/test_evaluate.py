"""Evaluation with predictors whose numbers are known before (acceptance 20, 21)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.sample import Sample
from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.errors import InvalidInput
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.inference.evaluate import evaluate_each
from gpcis_backend.inference.predictor import Encoding, Mode
from gpcis_backend.inference.quality import Calibration
from gpcis_backend.metrics import ObjectRun, dataset_result
from toy_predictor import ToyPredictor

SIDE = 24


def test_perfect_predictor_needs_one_click_and_contradicts_none() -> None:
    result = dataset_result(_run(Echo()), 20, Calibration())

    assert (result["noc@85"], result["noc@90"]) == (1, 1)
    assert result["nof@90"] == {"release": 0, "strict": 0}
    assert (result["iou@1"], result["iou@5"]) == (1, 1)
    assert (result["noic"], result["noic_all_steps"]) == (0, 0)
    assert result["mean_iou"] == [1.0] * 20


def test_empty_predictor_uses_all_clicks_and_contradicts_every_one() -> None:
    result = dataset_result(_run(Echo(scale=0)), 20, Calibration())

    assert (result["noc@85"], result["noc@90"]) == (20, 20)
    assert result["nof@90"] == {"release": 3, "strict": 3}
    assert (result["iou@1"], result["iou@5"]) == (0, 0)
    assert (result["noic"], result["noic_all_steps"]) == (3 * 20, 3 * 210)


def test_void_pixels_are_never_clicked() -> None:
    model = Echo(scale=0)

    list(evaluate_each(model, [_sample(0)], Rules(), dataset="grabcut"))

    void = _sample(0).void
    assert model.clicks
    assert not any(void[click.row, click.col] for click in model.clicks)


def test_object_without_labelled_pixels_is_right_from_the_start() -> None:
    whole = np.ones((SIDE, SIDE), dtype=np.bool_)
    sample = Sample("void", _sample(0).image, whole, whole)

    (run,) = evaluate_each(Echo(), [sample], Rules(), dataset="grabcut")

    assert (run.ious, run.contradicted) == ((1.0,), (0,))


def test_limit_takes_the_first_objects() -> None:
    samples = [_sample(number) for number in range(3)]

    runs = list(evaluate_each(Echo(), samples, Rules(), dataset="davis", limit=2))

    assert [run.name for run in runs] == ["0", "1"]


def test_curves_of_all_objects_are_kept() -> None:
    result = dataset_result(_run(Echo()), 20, Calibration())

    curve = result["curves"][1]
    assert (curve["name"], curve["iou"], curve["contradicted"]) == ("1", [1.0], [0])
    assert (curve["steadiness"], curve["est_iou"]) == ([1.0], [pytest.approx(1, 1e-3)])


def test_estimated_iou_is_compared_with_the_true_one_at_every_click() -> None:
    sure, empty = _run(Echo()), _run(Echo(scale=0))
    doubting = Calibration(offset=0.0, slope=0.0)  # says 0.5 of everything

    estimates = dataset_result([*sure, *empty], 20, doubting)["est_iou"]

    assert estimates["count"] == 3 * 1 + 3 * 20
    assert estimates["mean_absolute_error"] == pytest.approx(0.5)
    assert estimates["bias"] == pytest.approx((3 * -0.5 + 60 * 0.5) / 63)


def test_objects_without_labelled_pixels_judge_no_estimate() -> None:
    whole = np.ones((SIDE, SIDE), dtype=np.bool_)
    sample = Sample("void", _sample(0).image, whole, whole)

    runs = list(evaluate_each(Echo(), [sample], Rules(), dataset="grabcut"))

    assert dataset_result(runs, 20, Calibration())["est_iou"] is None


def test_zoom_flip_uses_a_larger_input_on_davis_only() -> None:
    assert Rules("zoom-flip").policy("davis") != Rules("zoom-flip").policy("grabcut")
    assert Rules("crop").policy("davis") == Rules("crop").policy("grabcut")


def test_a_model_brings_its_own_view_where_none_is_asked_for() -> None:
    own = CropZoom(256, with_focus=True, late_size=320)

    plain = Rules().completed(1e-3, own)
    late = Rules(late_size=448).completed(1e-3, own)
    asked = Rules(noise_var=1e-5, size=384, with_focus=False).completed(1e-3, own)
    flip = Rules("zoom-flip").completed(None, own)

    assert plain.policy("grabcut") == own
    assert plain.noise_var == 1e-3
    assert asked.policy("grabcut") == CropZoom(384)
    assert asked.noise_var == 1e-5
    assert late.policy("grabcut") == replace(own, late_size=448)
    assert flip == Rules("zoom-flip", as_made=False)
    assert plain.as_made
    assert Rules(max_clicks=3, clicks="random-inner").completed(1e-3, own).as_made
    assert not any(rules.as_made for rules in (late, asked, flip))
    assert not Rules(threshold=0.49).completed(1e-3, own).as_made


@pytest.mark.parametrize("wish", [{"with_focus": True}, {"late_size": 384}])
def test_zoom_flip_refuses_what_only_crop_has(wish: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="choose crop"):
        Rules("zoom-flip", **wish)


def test_a_model_is_examined_through_its_own_view() -> None:
    narrow = Echo(own_zoom=CropZoom(48))

    list(evaluate_each(narrow, [_sample(0)], Rules(), dataset="grabcut"))

    assert {view.height for view in narrow.views if view is not None} == {48}


def test_random_clicks_depend_on_the_seed_and_not_on_the_other_objects() -> None:
    rules, samples = Rules(clicks="random-inner"), [_sample(0), _sample(1)]
    first, again, alone = Echo(scale=0), Echo(scale=0), Echo(scale=0)
    other = Echo(scale=0)

    list(evaluate_each(first, samples, rules, dataset="grabcut"))
    list(evaluate_each(again, samples, rules, dataset="grabcut"))
    list(evaluate_each(alone, samples, rules, dataset="grabcut", limit=1))
    reseeded = Rules(clicks="random-inner", seed=1)
    list(evaluate_each(other, samples, reseeded, dataset="grabcut"))

    assert first.clicks == again.clicks
    assert first.clicks[:20] == alone.clicks
    assert first.clicks != other.clicks


def test_unknown_words_are_user_errors() -> None:
    with pytest.raises(InvalidInput, match="centre, random-inner"):
        Rules(clicks="edge")
    with pytest.raises(InvalidInput, match="crop or zoom-flip"):
        Rules("zoom")
    with pytest.raises(InvalidInput, match="0 clicks and seed 0"):
        Rules(max_clicks=0)
    with pytest.raises(InvalidInput, match="seed -1"):
        Rules(seed=-1)
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        Rules(threshold=1.5)


@pytest.mark.parametrize("protocol", ["crop", "zoom-flip"])
def test_colour_model_gets_better_with_clicks_on_the_toy_set(
    tmp_path: Path, protocol: str
) -> None:
    write_toy_set(tmp_path, num_train=0, num_eval=4, size=48)
    samples = open_dataset("grabcut", tmp_path / "eval")

    rules = Rules(protocol, 5)
    runs = list(evaluate_each(ToyPredictor(), samples, rules, dataset="grabcut"))

    result = dataset_result(runs, 5, Calibration())
    assert result["iou@5"] >= result["iou@1"]
    assert result["noc@85"] < 5


def _run(model: "Echo") -> list[ObjectRun]:
    samples = [_sample(number) for number in range(3)]
    return list(evaluate_each(model, samples, Rules(), dataset="grabcut"))


def _sample(number: int) -> Sample:
    """A square whose image is its mask, with an unlabelled band below it."""
    truth = np.zeros((SIDE, SIDE), dtype=np.bool_)
    truth[4:14, 3 + number : 13] = True
    void = np.zeros_like(truth)
    void[12:16] = True
    image: Image = np.repeat(truth[:, :, None], 3, axis=2).astype(np.uint8)
    return Sample(str(number), image, truth, void)


class Echo:
    """Answers with the image, which is the truth, times ``scale``; records clicks."""

    name = "echo"
    calibration = Calibration()

    def __init__(self, scale: float = 1, own_zoom: CropZoom | None = None) -> None:
        self.scale, self.own_zoom = scale, own_zoom
        self.clicks: list[Click] = []
        self.views: list[View | None] = []

    def encode(self, image: Image) -> Encoding:
        prob = image[:, :, 0].astype(np.float32) * np.float32(self.scale)
        height, width = prob.shape
        return Encoding(height, width, prob.nbytes, features=prob)

    def predict(
        self,
        encoding: Encoding,
        clicks: tuple[Click, ...],
        prev_mask: Prob | None = None,
        *,
        view: View | None = None,
        mode: Mode = "refine",
    ) -> Prob:
        self.clicks.append(clicks[-1])
        self.views.append(view)
        prob: Prob = encoding.features
        return prob
