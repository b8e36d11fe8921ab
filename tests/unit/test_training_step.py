"""What --amp and many processes ask of a training step."""

from pathlib import Path
from typing import Any

import pytest
import torch

from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from tiny_models import lite0, pictures, sample

_SIDE = 64


@pytest.fixture(scope="module", params=["gpcis", "ritm"])
def model(request: pytest.FixtureRequest, root: Path) -> ClickSegmentor:
    model = lite0(root, request.param, autocast=None)
    model.train()
    return model


def test_a_network_without_a_format_of_its_own_follows_amp(
    model: ClickSegmentor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backbone does; the GP and the losses stay in float32."""
    seen = []
    whole = model.extract_feat

    def watched(*args: Any) -> tuple[torch.Tensor, ...]:
        feats = whole(*args)
        seen.append(feats[-2].dtype)
        return feats

    monkeypatch.setattr(model, "extract_feat", watched)
    samples = [sample(_SIDE, [(20, 24, 1)], index=0)]

    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = model(pictures(1, _SIDE), samples, mode="loss")

    assert set(seen) == {torch.bfloat16}
    assert {value.dtype for value in losses.values()} == {torch.float32}


def test_every_parameter_has_a_gradient_without_any_click(
    model: ClickSegmentor,
) -> None:
    """Or a process without clicks would wait for the others: DDP counts gradients."""
    model.zero_grad()
    samples = [sample(_SIDE, [], index=i, step=0) for i in range(2)]

    total, _ = model.parse_losses(model(pictures(2, _SIDE), samples, mode="loss"))
    total.backward()

    missing = {name for name, part in model.named_parameters() if part.grad is None}
    assert missing == set()
