"""The paper's three networks, each with both heads: sizes, clicks, gradients."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from mmcv.cnn.bricks import DropPath
from mmengine.config import ConfigDict
from mmseg.models.backbones import HRNet, MixVisionTransformer
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.fusion import ClickStem, attach, detached
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from tiny_models import Row, pictures, sample

_NETWORKS = ("r50", "hrnet18s", "segformer_b0")
_ONE_REGION = ("query_project", "key_project")  # a softmax over one region is constant
_CLICKS: list[Row] = [(20, 24, 1), (50, 12, -1)]
_SIDE = 64


@pytest.mark.parametrize(
    ("network", "total", "head"),
    [
        ("r50", 39.4e6, 18_707),
        ("hrnet18s", 4.2e6, 18_707),
        ("segformer_b0", 3.8e6, 22_723),
    ],
)
def test_sizes_are_the_papers(
    root: Path, network: str, total: float, head: int
) -> None:
    """Acceptance (7), and 39.4 M for R50; the others have no published size."""
    model = _shared(root, "gpcis", network)

    assert round(_size(model) / 1e6, 1) == total / 1e6
    assert _size(model.decode_head.gp) == head


def test_the_papers_39_39_million_hold_weights_that_nothing_reads(root: Path) -> None:
    """The release builds 256 click channels at the stem and cuts off half of them."""
    cut_off = 128 * (16 * 3 * 3 + 1)

    with_dead_weights = _size(_shared(root, "gpcis", "r50")) + cut_off

    assert round(with_dead_weights / 1e6, 2) == 39.39


@pytest.mark.parametrize("network", _NETWORKS)
@pytest.mark.parametrize("head", ["gpcis", "ritm"])
def test_one_step_reaches_every_parameter(root: Path, head: str, network: str) -> None:
    """DDP waits for ever for a gradient that never comes."""
    model = _shared(root, head, network).train()
    for part in model.backbone.modules():
        if isinstance(part, DropPath):  # cuts whole blocks off, by chance
            part.drop_prob = 0.0
    samples = [sample(_SIDE, _CLICKS, index=i) for i in range(2)]

    losses = model(pictures(2, _SIDE), samples, mode="loss")
    total, _ = model.parse_losses(losses)
    total.backward()

    assert ("loss_aux" in losses) == (network == "hrnet18s")
    for name, part in model.named_parameters():
        assert part.grad is not None, name
        assert part.grad.isfinite().all(), name
        if not any(word in name for word in _ONE_REGION):
            assert part.grad.any(), name
        part.grad = None


@pytest.mark.parametrize("network", _NETWORKS)
def test_twins_share_everything_but_the_head(root: Path, network: str) -> None:
    gpcis, ritm = (_shared(root, head, network) for head in ("gpcis", "ritm"))

    shapes = [
        {name: part.shape for name, part in model.named_parameters()}
        for model in (gpcis, ritm)
    ]

    own = ("decode_head.gp.", "decode_head.projection.")
    plain = ("decode_head.hidden.", "decode_head.classifier.")
    assert {k: v for k, v in shapes[0].items() if not k.startswith(own)} == {
        k: v for k, v in shapes[1].items() if not k.startswith(plain)
    }


@pytest.mark.parametrize(
    ("network", "changes", "deaf"),
    [
        ("r50", {}, 0),
        ("hrnet18s", {}, 0),
        ("segformer_b0", {}, 1),
        ("segformer_b0", {"backbone": {"clicks_join": "first_stage"}}, 0),
        ("segformer_b0", {"fusion": {"type": "ClickStem", "stride": 4}}, 1),
    ],
    ids=["r50", "hrnet18s", "segformer_b0", "first stage", "Conv1S"],
)
def test_clicks_reach_the_maps_that_they_should(
    root: Path, network: str, changes: dict[str, Any], deaf: int
) -> None:
    """SegFormer's finest map hears nothing of them: FocalClick's fusion."""
    build = _model if changes else _shared
    model = build(root, "gpcis", network, **changes).eval()
    inputs, mask = pictures(1, _SIDE), torch.full((1, 1, _SIDE, _SIDE), 0.7)
    none, some = (ClickBatch.from_rows([rows], "cpu") for rows in ([], _CLICKS))

    with torch.no_grad():
        runs = [
            model.extract_feat(inputs, prev, clicks)[:-1]
            for prev, clicks in ((None, none), (mask, none), (None, some))
        ]

    for index, (plain, *others) in enumerate(zip(*runs, strict=True)):
        for other in others:
            assert torch.equal(plain, other) == (index < deaf)


@pytest.mark.parametrize(
    ("network", "original"),
    [("hrnet18s", HRNet), ("segformer_b0", MixVisionTransformer)],
)
def test_without_clicks_a_backbone_is_mmsegs(
    root: Path, network: str, original: type[nn.Module]
) -> None:
    ours = _model(root, "gpcis", network).backbone
    settings = dict(_settings(root, "gpcis", network)["backbone"])
    for own in ("type", "clicks_join", "init_cfg"):
        settings.pop(own, None)
    theirs = original(**settings)
    for backbone in (ours, theirs):
        backbone.eval()  # mmseg's HRNet returns None here
    inputs = pictures(2, _SIDE)
    with detached(ours):
        theirs.load_state_dict(ours.state_dict())
    for part in ours.clicks.parameters():
        nn.init.zeros_(part)

    with torch.no_grad():
        found = ours(torch.cat([inputs, torch.rand(2, 3, _SIDE, _SIDE)], 1))
        expected = theirs(inputs)

    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("network", _NETWORKS)
@pytest.mark.parametrize("size", [(1, 1), (1, 70), (33, 47)], ids=str)
def test_any_size_of_picture_works(
    root: Path, network: str, size: tuple[int, int]
) -> None:
    model = _shared(root, "gpcis", network).eval()
    clicks = ClickBatch.from_rows([[(0, 0, 1)]], "cpu")

    with torch.no_grad():
        feats = model.extract_feat(torch.randn(1, 3, *size), None, clicks)
        logits = model.click_logits(torch.randn(1, 3, *size), None, clicks)

    assert tuple(feats[0].shape[2:]) == tuple(-(-side // 4) for side in size)
    assert logits.shape == (1, 1, *size)
    assert logits[0, 0, 0, 0] > 0


@pytest.mark.parametrize("network", _NETWORKS)
def test_fresh_weights_have_the_papers_spread(root: Path, network: str) -> None:
    """Section 6: Gaussian, variance 2/fan_avg, biases 0, norms 1 and 0."""
    model = _shared(root, "gpcis", network)
    joined = model.backbone.stem.clicks if network == "r50" else model.backbone.clicks
    head = model.decode_head
    layers = [
        layer
        for part in (joined, head.decoder, head.projection)
        for layer in part.modules()
    ]

    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            fans = nn.init._calculate_fan_in_and_fan_out(layer.weight)
            spread = layer.weight.std().item() / (2 / (sum(fans) / 2)) ** 0.5
            assert spread == pytest.approx(1, abs=4 / layer.weight.numel() ** 0.5)
            assert layer.bias is None or not layer.bias.any()
        elif isinstance(layer, nn.BatchNorm2d | nn.LayerNorm):
            assert (layer.weight == 1).all()
            assert not layer.bias.any()


def test_the_coarse_map_of_ocr_has_its_own_loss(root: Path) -> None:
    """Section 6: binary cross entropy of labelled pixels, weight 0.4."""
    head = _shared(root, "ritm", "hrnet18s").decode_head
    coarse = torch.randn(2, 1, 16, 16)
    label = torch.randint(2, (2, _SIDE, _SIDE))
    label[:, :9] = 255

    found = head._auxiliary_loss(coarse, label)

    full = F.interpolate(coarse, (_SIDE, _SIDE), mode="bilinear", align_corners=True)
    keep = label != 255
    expected = F.binary_cross_entropy_with_logits(full[:, 0][keep], label[keep].float())
    torch.testing.assert_close(found, 0.4 * expected)


@pytest.mark.parametrize(("stride", "side"), [(2, 17), (4, 9)])
def test_click_stems_halve_or_quarter_odd_sizes_as_image_stems_do(
    stride: int, side: int
) -> None:
    out: Tensor = ClickStem(8, stride=stride)(torch.rand(1, 3, 33, 33))

    assert out.shape == (1, 8, side, side)


def test_a_backbone_without_a_place_for_clicks_is_named() -> None:
    with pytest.raises(ValueError, match="Linear has neither a stem"):
        attach(nn.Linear(1, 1), ClickStem(8))


@cache
def _shared(root: Path, head: str, network: str) -> ClickSegmentor:
    """One model for all tests that leave its weights alone."""
    return _model(root, head, network)


def _model(root: Path, head: str, network: str, **changes: Any) -> ClickSegmentor:
    settings = ConfigDict(_settings(root, head, network))
    for part, values in changes.items():
        settings[part].update(values)
    torch.manual_seed(0)
    return build_model(settings)


def _settings(root: Path, head: str, network: str) -> dict[str, Any]:
    return model_settings(root / "mmseg_configs" / f"{head}_{network}.py")


def _size(module: nn.Module) -> int:
    return sum(part.numel() for part in module.parameters())
