"""Every row of method.md section 3 is an option: both columns can be asked for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import ConfigDict
from mmengine.optim import build_optim_wrapper
from mmseg.registry import TRANSFORMS

from gpcis_backend.clicks.zoom import policy
from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.head import GPCHead
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from regions import box

_DECODER = {
    "type": "LightFPN",
    "in_channels": (4, 6),
    "in_index": (0, 1),
    "channels": 8,
}


def test_the_heads_own_constants_are_the_published_ones() -> None:
    """Section 2: 0.001 L_VI, eps2 1e-2 in training and 1e-7 at test."""
    head = GPCHead(decoder=_DECODER, channels=5, num_features=16)

    constants = (head.vi_weight, head.noise_var, head.test_noise_var, head.threshold)
    assert constants == (1e-3, 1e-2, 1e-7, 0.5)
    assert (head.loss_decode.alpha, head.loss_decode.gamma) == (0.5, 2.0)
    assert head.loss_decode.loss_weight == 1.0


@pytest.mark.parametrize("name", ["paper", "release", "gpcis"])
def test_a_head_takes_a_preset_and_single_settings(name: str) -> None:
    head = GPCHead(
        decoder=_DECODER,
        channels=5,
        num_features=16,
        preset_name=name,
        gp={"target_var": 0.03},
        threshold=0.49,
    )

    assert head.gp.settings.target_var == 0.03
    assert head.gp.settings.basis == ("cos" if name == "paper" else "sin")
    assert head.threshold == 0.49


@pytest.mark.parametrize("gamma", [0.8, 0.7])
def test_the_pipeline_takes_the_ratio_of_the_click_counts(gamma: float) -> None:
    """Mean of k <= 24, P ~ gamma^k, within 4.9 standard errors."""
    step = TRANSFORMS.build({"type": "SampleClicks", "gamma": gamma})
    rng = np.random.default_rng(0)
    truth = box((12, 12), slice(3, 8), slice(3, 8))
    results = {"parts": [truth], "others": ~truth & False, "void": ~truth & False}

    found = []
    for _ in range(1500):
        clicks = step.transform({**results, "rng": rng})["clicks"]
        found.append(sum(label < 0 for _, _, label in clicks))

    shares = gamma ** np.arange(25)
    mean = np.arange(25) @ shares / shares.sum()
    error = 4.9 * np.std(found) / len(found) ** 0.5
    assert np.mean(found) == pytest.approx(mean, abs=error)


def test_colours_can_be_left_alone() -> None:
    """The release changes none."""
    step = TRANSFORMS.build({"type": "JitterColours", "probability": 0.0})
    image = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)

    out = step.transform({"image": image, "rng": np.random.default_rng(1)})

    assert np.array_equal(out["image"], image)


@pytest.mark.parametrize(("area", "stays"), [(790, False), (810, True)])
def test_instances_that_hardly_fill_their_box_are_dropped(
    area: int, stays: bool
) -> None:
    """Section 5: area over box area below .08; the box is 100 x 100."""
    ids = np.zeros((110, 110), np.uint8)
    spots = np.append(np.arange(area - 1), 100 * 100 - 1)
    ids[5 + spots // 100, 5 + spots % 100] = 1
    step = TRANSFORMS.build({"type": "DropRagged"})

    assert bool(step.transform({"ids": ids})["ids"].any()) == stays


def test_a_training_crop_can_be_the_target_enlarged() -> None:
    """The paper's crop x1.4, around the target: 30 x 20 pixels become 42 x 28."""
    step = TRANSFORMS.build(
        {
            "type": "CropObject",
            "target_crop": 1.0,
            "expansion": (1.4, 1.4),
            "horizontal_flip": 0.0,
            "vertical_flip": 0.0,
        }
    )
    ids = box((120, 140), slice(50, 80), slice(60, 80)).astype(np.uint8)
    image = np.zeros((120, 140, 3), np.uint8)

    areas = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        results = {"image": image, "ids": ids, "target": [1], "rng": rng, "size": 280}
        areas.append(np.count_nonzero(step.transform(results)["ids"]))

    assert np.array(areas) == pytest.approx(280**2 / 1.4**2, rel=0.05)


def test_learning_rates_can_follow_the_release(root: Path) -> None:
    """0.1x on backbone and decoder; projection, GP and click branch at the full one."""
    model = _lite0(root)
    keys = {
        "backbone": {"lr_mult": 0.1},
        "backbone.clicks": {"lr_mult": 1.0},
        "decode_head.decoder": {"lr_mult": 0.1},
    }
    settings = {
        "type": "OptimWrapper",
        "optimizer": {"type": "Adam", "lr": 5e-3},
        "paramwise_cfg": {"custom_keys": keys},
    }

    wrapper = build_optim_wrapper(model, ConfigDict(settings))

    learned = [pair for pair in model.named_parameters() if pair[1].requires_grad]
    names = {id(part): name for name, part in learned}
    for group in wrapper.optimizer.param_groups:
        for part in group["params"]:
            name = names.pop(id(part))
            is_slow = name.startswith(("backbone.", "decode_head.decoder."))
            is_slow &= not name.startswith("backbone.clicks.")
            assert group["lr"] == pytest.approx(5e-4 if is_slow else 5e-3), name
    assert not names


@pytest.mark.parametrize("protocol", ["crop", "zoom-flip"])
def test_the_evaluator_takes_both_thresholds(protocol: str) -> None:
    assert [policy(protocol, threshold=t).threshold for t in (0.5, 0.49)] == [0.5, 0.49]
    own = {"crop": 0.5, "zoom-flip": 0.49}[protocol]
    assert policy(protocol).threshold == own


def _lite0(root: Path, **changes: Any) -> ClickSegmentor:
    """Without pretrained weights, which cost a second."""
    settings = model_settings(root / "mmseg_configs" / "gpcis_lite0.py")
    settings["backbone"]["pretrained"] = False
    return build_model(ConfigDict({**settings, **changes}))
