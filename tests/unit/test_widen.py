"""A narrower decoder's weights in a wider one."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.runner.checkpoint import load_checkpoint
from torch import Tensor

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.widen import widen_decoder, widened
from tiny_models import pictures

_NEW_COLUMNS = "decode_head.projection.weight"


def _model(root: Path, head: str, width: int, **changes: Any) -> ClickSegmentor:
    path = root / "mmseg_configs" / f"{head}_lite0.py"
    settings = ConfigDict(model_settings(path))
    settings.decode_head.decoder.channels = width
    settings.decode_head.update(changes)
    return build_model(settings)


def _logits(model: ClickSegmentor) -> Tensor:
    clicks = ClickBatch.from_rows([((20.0, 30.0, 1.0), (40.0, 50.0, -1.0))], "cpu")
    return model.click_logits(pictures(1, 64), None, clicks)


@pytest.mark.parametrize("head", ["gpcis", "ritm"])
def test_a_wider_decoder_begins_as_the_narrower_one(
    head: str, root: Path, tmp_path: Path
) -> None:
    narrow, wide = (_model(root, head, width).eval() for width in (16, 24))
    torch.save(narrow.state_dict(), tmp_path / "narrow.pth")

    load_checkpoint(wide, str(tmp_path / "narrow.pth"), strict=True)

    with torch.no_grad():
        torch.testing.assert_close(_logits(wide), _logits(narrow))


def test_what_is_new_can_learn(root: Path) -> None:
    narrow, wide = (_model(root, "gpcis", width) for width in (16, 24))
    wide.load_state_dict(narrow.state_dict())

    _logits(wide).square().sum().backward()

    columns = dict(wide.named_parameters())[_NEW_COLUMNS]
    assert not columns[:, 16:].any()
    assert columns.grad is not None
    assert columns.grad[:, 16:].abs().amax((1, 2, 3)).all()


def test_statistics_grow_by_fresh_values() -> None:
    grown = widened(torch.tensor([2.0, 3.0]), torch.ones(3))

    assert grown.tolist() == [2, 3, 1]


def test_a_decoder_that_joins_channels_is_left_alone(root: Path) -> None:
    path = root / "mmseg_configs" / "gpcis_segformer_b0.py"
    settings = ConfigDict(model_settings(path))
    given = build_model(settings).state_dict()
    settings.decode_head.decoder.channels *= 2
    weights = dict(given)

    widen_decoder(build_model(settings), weights)

    assert all(weights[name] is value for name, value in given.items())


@pytest.mark.parametrize(
    ("width", "changes"),
    [(16, {"num_features": 256}), (8, {})],
    ids=["more random features are another kernel", "a narrower decoder"],
)
def test_other_shapes_are_left_alone(
    width: int, changes: dict[str, Any], root: Path
) -> None:
    given = _model(root, "gpcis", 16).state_dict()
    weights = dict(given)

    widen_decoder(_model(root, "gpcis", width, **changes), weights)

    assert all(weights[name] is value for name, value in given.items())
