"""Public ImageNet files fill mmseg's backbones; only their classifier is left over."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmseg.registry import MODELS
from torch import Tensor, nn

import foreign_weights
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin.fusion import click_branch, detached
from gpcis_backend.mmseg_plugin.pretrained import load_backbone
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.weight_names import TO_MMSEG

Maker = Callable[[], dict[str, Tensor]]
_FILES = [
    ("r50", foreign_weights.resnet50s, ("fc.",)),
    (
        "hrnet18s",
        foreign_weights.hrnet_w18_small_v2,
        ("incre_modules.", "downsamp_modules.", "final_layer.", "classifier."),
    ),
    ("segformer_b0", foreign_weights.mit_b0, ("head.",)),
]
_IDS = ["resnet50s", "hrnet_w18_small_v2", "mit_b0"]


@pytest.mark.parametrize(("network", "maker", "heads"), _FILES, ids=_IDS)
def test_a_public_file_fills_the_backbone(
    root: Path, tmp_path: Path, network: str, maker: Maker, heads: tuple[str, ...]
) -> None:
    """No weight is missing or unknown, and nothing but the classifier is left over."""
    theirs, (backbone, names) = maker(), _backbone(root, network)
    torch.save(theirs, tmp_path / "file.pth")

    load_backbone(backbone, tmp_path / "file.pth", names)

    body = {k: v for k, v in theirs.items() if not k.startswith(heads)}
    own = backbone.state_dict()
    assert sum(v.numel() for v in own.values()) == sum(v.numel() for v in body.values())
    sums = {round(float(v.double().sum()), 3) for v in own.values()}
    merged = {k for k in body if ".attn.q." in k or ".attn.kv." in k}
    for name, value in body.items():
        if name not in merged:
            assert round(float(value.double().sum()), 3) in sums, name


@pytest.mark.parametrize(("network", "maker", "heads"), _FILES, ids=_IDS)
def test_a_file_with_mmsegs_own_names_fits_as_well(
    root: Path, tmp_path: Path, network: str, maker: Maker, heads: tuple[str, ...]
) -> None:
    backbone, names = _backbone(root, network)
    renamed = TO_MMSEG[names](maker())
    torch.save({"state_dict": renamed}, tmp_path / "file.pth")

    load_backbone(backbone, tmp_path / "file.pth", names)

    own = backbone.state_dict()
    assert all(torch.equal(own[name], value) for name, value in renamed.items())


@pytest.mark.parametrize(("network", "maker", "heads"), _FILES, ids=_IDS)
def test_the_option_of_a_run_fills_the_backbone_and_nothing_else(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    network: str,
    maker: Maker,
    heads: tuple[str, ...],
) -> None:
    """As ``--cfg-options model.backbone.init_cfg.checkpoint=FILE`` does."""
    monkeypatch.delenv("GPCIS_PRETRAINED", raising=False)
    theirs = maker()
    torch.save(theirs, tmp_path / "file.pth")
    cfg = Config.fromfile(root / f"mmseg_configs/gpcis_{network}.py")
    option = "model.backbone.init_cfg.checkpoint"
    cfg.merge_from_dict({option: str(tmp_path / "file.pth")})
    model: ClickSegmentor = MODELS.build(cfg.model)
    own = (model.decode_head, click_branch(model.backbone))
    before = [deepcopy(part.state_dict()) for part in own]

    model.init_weights()

    with detached(model.backbone):
        found = model.backbone.state_dict()
    renamed = TO_MMSEG[cfg.model.backbone.init_cfg.names](theirs)
    assert all(torch.equal(found[name], value) for name, value in renamed.items())
    for part, values in zip(own, before, strict=True):
        after = part.state_dict()
        assert all(torch.equal(after[name], value) for name, value in values.items())


def test_the_deep_stem_ends_with_its_norm() -> None:
    theirs = foreign_weights.resnet50s()

    renamed = TO_MMSEG["resnet_v1s"](theirs)

    assert torch.equal(renamed["stem.6.weight"], theirs["conv1.6.weight"])
    assert torch.equal(renamed["stem.7.running_var"], theirs["bn1.running_var"])
    assert torch.equal(renamed["layer1.0.bn1.bias"], theirs["layer1.0.bn1.bias"])


def test_mit_attention_takes_query_key_value_in_this_order() -> None:
    theirs = foreign_weights.mit_b0()

    renamed = TO_MMSEG["mit"](theirs)

    place = "layers.2.1.1.attn.attn.in_proj_weight"
    query, both = (theirs[f"block3.1.attn.{part}.weight"] for part in ("q", "kv"))
    assert torch.equal(renamed[place], torch.cat([query, both]))
    first = renamed["layers.2.1.1.ffn.layers.0.weight"]
    assert torch.equal(first.flatten(1), theirs["block3.1.mlp.fc1.weight"])
    assert torch.equal(renamed["layers.2.2.bias"], theirs["norm3.bias"])


@pytest.mark.parametrize("network", ["r50", "hrnet18s", "segformer_b0"])
def test_the_file_of_another_network_is_refused(
    root: Path, tmp_path: Path, network: str
) -> None:
    backbone, names = _backbone(root, network)
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    other = "mit_b0" if network != "segformer_b0" else "resnet50s"
    torch.save(getattr(foreign_weights, other)(), tmp_path / "other.pth")

    with pytest.raises(ModelUnavailable, match=r"other\.pth holds weights of another"):
        load_backbone(backbone, tmp_path / "other.pth", names)

    after = backbone.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_one_weight_of_another_shape_is_named(root: Path, tmp_path: Path) -> None:
    backbone, names = _backbone(root, "hrnet18s")
    theirs = foreign_weights.hrnet_w18_small_v2()
    theirs["stage3.1.fuse_layers.2.0.1.0.weight"] = torch.zeros(71, 18, 3, 3)
    torch.save(theirs, tmp_path / "file.pth")

    with pytest.raises(
        ModelUnavailable, match=r"1 of another shape, such as stage3\.1"
    ):
        load_backbone(backbone, tmp_path / "file.pth", names)


def test_the_format_of_before_torch_1_6_is_read(root: Path, tmp_path: Path) -> None:
    """The Gluon file of 2019 is a plain pickle, not a zip."""
    theirs, (backbone, names) = foreign_weights.resnet50s(), _backbone(root, "r50")
    path = tmp_path / "old.pth"
    torch.save(theirs, path, _use_new_zipfile_serialization=False)

    load_backbone(backbone, path, names)

    stem = backbone.state_dict()["stem.0.weight"]
    assert torch.equal(stem, theirs["conv1.0.weight"])


def _backbone(root: Path, network: str) -> tuple[nn.Module, str]:
    """The backbone of a ``_base_/models``, at random, and whose names it reads."""
    path = root / f"mmseg_configs/_base_/models/{network}.py"
    settings: dict[str, Any] = Config.fromfile(path).to_dict()["model"]["backbone"]
    names = settings["init_cfg"]["names"]
    backbone: nn.Module = MODELS.build(ConfigDict(settings))
    return backbone, names
