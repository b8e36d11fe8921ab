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
    model = lite0(root, request.param)
    model.train()
    return model


def test_the_decoder_follows_amp(
    model: ClickSegmentor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The GP and the losses stay in float32, and so does lite0's backbone on a CPU."""
    seen = []
    whole = model.decode_head.decoder.forward

    def watched(*args: Any) -> torch.Tensor:
        out: torch.Tensor = whole(*args)
        seen.append(out.dtype)
        return out

    monkeypatch.setattr(model.decode_head.decoder, "forward", watched)
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

    learned = [pair for pair in model.named_parameters() if pair[1].requires_grad]
    missing = {name for name, part in learned if part.grad is None}
    assert missing == set()
