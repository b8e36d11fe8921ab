"""The click segmentor as mmseg calls it: loss, predict, and the training clicks."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.click import Click
from gpcis_backend.clicks.geometry import View, whole_image
from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.stepping import view_prob
from tiny_models import Row, lite0, pictures, sample

_SIDE = 64
_CLICKS: list[Row] = [(20, 24, 1), (50, 12, -1), (30, 28, 1)]


@pytest.fixture(scope="module", params=["gpcis", "ritm"])
def model(request: pytest.FixtureRequest, root: Path) -> ClickSegmentor:
    return lite0(root, request.param)


@pytest.fixture(scope="module")
def gp_model(root: Path) -> ClickSegmentor:
    return lite0(root, "gpcis")


@pytest.mark.parametrize("with_amp", [False, True], ids=["fp32", "bf16"])
def test_every_learned_parameter_gets_a_finite_gradient(
    model: ClickSegmentor, with_amp: bool
) -> None:
    samples = [sample(_SIDE, _CLICKS, index=i) for i in range(2)]
    model.train()
    model.zero_grad()

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=with_amp):
        losses = model(pictures(2, _SIDE), samples, mode="loss")
    total, logged = model.parse_losses(losses)
    total.backward()

    assert {"loss_nfl", "iou"} <= set(losses)
    assert all(value.isfinite() for value in logged.values())
    missing = {
        name
        for name, part in model.named_parameters()
        if part.requires_grad and (part.grad is None or not part.grad.isfinite().all())
    }
    assert missing == set()
    heads = (model.decode_head, model.backbone.clicks)
    grads = [part.grad for head in heads for part in head.parameters()]
    assert all(grad is not None and grad.any() for grad in grads)


def test_the_config_says_how_the_model_looks(gp_model: ClickSegmentor) -> None:
    config = {"size": 128, "with_focus": True, "late_size": 192}
    changed = deepcopy(gp_model)
    changed.test_cfg = ConfigDict(mode="whole", **config)
    silent = deepcopy(gp_model)
    silent.test_cfg = ConfigDict(mode="whole")

    assert changed.own_zoom == CropZoom(128, with_focus=True, late_size=192)
    assert silent.own_zoom == CropZoom(384)


def test_training_without_any_click_works(model: ClickSegmentor) -> None:
    """Acceptance (9): the release crashes here."""
    model.train()
    samples = [sample(_SIDE, [], index=i) for i in range(2)]

    losses = model(pictures(2, _SIDE), samples, mode="loss")

    total, _ = model.parse_losses(losses)
    assert total.isfinite()


def test_mmseg_predicts_what_the_logits_say(model: ClickSegmentor) -> None:
    model.eval()
    inputs, prev = pictures(2, _SIDE), torch.rand(_SIDE, _SIDE)
    samples = [sample(_SIDE, _CLICKS, prev_mask=prev.numpy()), sample(_SIDE, [])]

    with torch.no_grad():
        results = model(inputs, samples, mode="predict")
        clicks = ClickBatch.from_rows([_CLICKS, []], "cpu")
        stacked = torch.stack([prev, torch.zeros_like(prev)])[:, None]
        logits = model.click_logits(inputs, stacked, clicks)

    for result, expected in zip(results, logits, strict=True):
        prob = expected.sigmoid()  # what mmseg keeps under this name
        assert torch.equal(result.seg_logits.data, prob)
        assert torch.equal(result.pred_sem_seg.data, (prob > 0.5).long())


def test_predictions_come_back_in_the_original_size(model: ClickSegmentor) -> None:
    model.eval()
    samples = [sample(_SIDE, _CLICKS, ori_shape=(40, 90))]

    with torch.no_grad():
        (result,) = model(pictures(1, _SIDE), samples, mode="predict")

    assert result.pred_sem_seg.data.shape == (1, 40, 90)


def test_every_clicked_pixel_has_its_label(gp_model: ClickSegmentor) -> None:
    """The promise of the method, through backbone, decoder and head in float32."""
    rng, model = np.random.default_rng(0), gp_model.eval()
    spots = rng.choice(_SIDE * _SIDE, (2, 20), replace=False)
    rows = [
        [(s // _SIDE, s % _SIDE, rng.choice([-1, 1])) for s in image] for image in spots
    ]

    with torch.no_grad():
        logits = model.click_logits(
            pictures(2, _SIDE), None, ClickBatch.from_rows(rows, "cpu")
        )

    for image, clicks in zip(logits[:, 0], rows, strict=True):
        assert all(image[row, col].sign() == label for row, col, label in clicks)


def test_previous_mask_and_clicks_reach_the_network(model: ClickSegmentor) -> None:
    model.eval()
    inputs = pictures(1, _SIDE)
    none, some = (ClickBatch.from_rows([c], "cpu") for c in ([], _CLICKS))
    mask = torch.full((1, 1, _SIDE, _SIDE), 0.7)

    with torch.no_grad():
        plain, masked, clicked = (
            model.extract_feat(inputs, prev, clicks)[-2]
            for prev, clicks in ((None, none), (mask, none), (None, some))
        )

    assert not torch.allclose(plain, masked)
    assert not torch.allclose(plain, clicked)


@pytest.mark.parametrize("order", ["predict_first", "click_first"])
def test_corrections_are_added_and_depend_on_the_index_alone(
    gp_model: ClickSegmentor, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 5: J clicks, the last mask soft; a resumed run repeats them."""
    monkeypatch.setattr(gp_model, "corrections", np.array([0.0, 0.0, 1.0]))
    monkeypatch.setattr(gp_model, "click_order", order)
    gp_model.train()
    runs = []
    for _ in range(2):
        samples = [sample(_SIDE, [], index=7), sample(_SIDE, _CLICKS, index=8)]
        prev = gp_model._correct(pictures(2, _SIDE), samples)
        runs.append((prev, [s.metainfo["clicks"] for s in samples]))

    (prev, clicks), (again, same_clicks) = runs
    assert clicks == same_clicks
    assert torch.equal(prev, again)
    assert [len(rows) for rows in clicks] == [2, 5]
    assert clicks[1][:3] == _CLICKS
    assert not prev.requires_grad
    assert ((prev > 0) & (prev < 1)).all()
    assert gp_model.training
    label = sample(_SIDE, []).gt_sem_seg.data[0]
    assert all(label[int(r), int(c)] == (1 if y > 0 else 0) for r, c, y in clicks[0])


def test_samples_may_bring_their_own_number_of_corrections(
    gp_model: ClickSegmentor,
) -> None:
    """One that brings none keeps an empty mask, whatever its neighbours bring."""
    gp_model.train()
    counts = (0, 2, 1)
    samples = [
        sample(_SIDE, [], index=i, corrections=count) for i, count in enumerate(counts)
    ]

    start = gp_model.start_of(pictures(3, _SIDE))
    prev = gp_model._correct(pictures(3, _SIDE), samples, start)

    assert tuple(len(s.metainfo["clicks"]) for s in samples) == counts
    assert [bool(mask.any()) for mask in prev] == [False, True, True]
    alone = [sample(_SIDE, [], index=2, corrections=1)]
    own = gp_model._correct(pictures(3, _SIDE)[2:], alone)
    torch.testing.assert_close(own[0], prev[2], atol=1e-5, rtol=0)


def test_a_known_start_changes_nothing(gp_model: ClickSegmentor) -> None:
    gp_model.eval()
    inputs, clicks = pictures(1, _SIDE), ClickBatch.from_rows([_CLICKS], "cpu")

    with torch.no_grad():
        start = gp_model.start_of(inputs)
        whole = gp_model.click_logits(inputs, None, clicks)
        found = gp_model.click_logits(inputs, None, clicks, start=start)

    assert start is not None
    assert torch.equal(found, whole)


def test_the_click_loop_uses_the_training_noise(
    gp_model: ClickSegmentor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 2: eps2 = 1e-2 in the loop, mean of w, and no dropout or batch norm."""
    seen = []

    def spy(*args: object, **options: float) -> torch.Tensor:
        seen.append((options["noise_var"], gp_model.training))
        return torch.zeros(1, 1, _SIDE, _SIDE)

    monkeypatch.setattr(gp_model, "corrections", np.array([0.0, 1.0]))
    monkeypatch.setattr(gp_model, "click_logits", spy)
    gp_model.train()

    gp_model._correct(pictures(1, _SIDE), [sample(_SIDE, [])])

    assert seen == [(1e-2, False)]


@pytest.mark.parametrize("crop", ["whole", "part"])
def test_flipped_view_is_the_mean_of_both_logits(
    model: ClickSegmentor, crop: str
) -> None:
    """Section 7, zoom-flip: a mirrored task gives the mirrored answer."""
    model.eval()
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    prev = rng.random((40, 50), dtype=np.float32)
    clicks = (Click(10, 12, True), Click(30, 40, False))
    mirrored = tuple(Click(c.row, 49 - c.col, c.is_positive) for c in clicks)
    rectangle = whole_image(40, 50)
    if crop == "part":
        rectangle = type(rectangle)(4, 6, 32, 38)  # symmetric: 6 + 38 + 6 = 50
    view = View(rectangle, 64, 64, with_flip=True)

    prob = view_prob(model, image, clicks, prev, view)

    flipped = view_prob(model, image[:, ::-1], mirrored, prev[:, ::-1], view)
    np.testing.assert_allclose(flipped[:, ::-1], prob, atol=2e-5)
    single = view_prob(model, image, clicks, prev, View(rectangle, 64, 64))
    assert np.abs(single - prob).max() > 1e-4
