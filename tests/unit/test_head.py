"""The two heads on a tiny decoder: what the twins share and where they differ."""

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.errors import NumericalError
from gpcis_backend.gp.system import Clicks
from gpcis_backend.mmseg_plugin.head import GPCHead
from gpcis_backend.mmseg_plugin.plain_head import PlainHead
from tiny_models import lite0

_DECODER = {
    "type": "LightFPN",
    "in_channels": (4, 6),
    "in_index": (0, 1),
    "channels": 32,  # of 8, all may be zero after a ReLU
}
_CLICKS = ClickBatch.from_rows([[(3, 4, 1), (20, 9, -1)], []], "cpu")


def test_features_have_unit_length_at_stride_4() -> None:
    """Section 2."""
    head = _gp_head()

    feats = head(_features())

    assert feats.shape == (2, 5, 8, 6)
    torch.testing.assert_close(feats.norm(dim=1), torch.ones(2, 8, 6))


def test_training_loss_is_one_draw_at_the_training_noise() -> None:
    """Section 2: NFL + 0.001 L_VI, and .3 of the prior's loss where asked for."""
    head, label = _gp_head(prior_weight=0.3), torch.randint(2, (2, 32, 24))

    torch.manual_seed(3)
    losses, logits = head.losses(_features(), _CLICKS, label)
    torch.manual_seed(3)
    out = head.posterior(_features(), _CLICKS, 1e-2, with_sample=True)

    torch.testing.assert_close(logits, out.logits)
    torch.testing.assert_close(losses["loss_vi"], 1e-3 * out.vi)
    prior = 0.3 * head.loss_decode(out.prior, label, 255)
    torch.testing.assert_close(losses["loss_prior"], prior)
    again, _ = head.losses(_features(), _CLICKS, label)
    assert again["loss_nfl"] != losses["loss_nfl"]


def test_prediction_is_the_mean_at_the_test_noise() -> None:
    head = _gp_head().train()  # eps2 does not follow the mode

    with torch.no_grad():
        predicted, explicit, training = (
            head.logits(_features(), _CLICKS, noise_var=noise)
            for noise in (None, 1e-7, 1e-2)
        )

    assert torch.equal(predicted, explicit)
    assert not torch.equal(predicted, training)


def test_doubt_is_the_variance_behind_the_prediction() -> None:
    head, feats = _gp_head().eval(), _features()
    clicks = ClickBatch.from_rows([[(16, 16, 1)], [(20, 10, -1)]], "cpu")

    with torch.no_grad():
        mean, variance = head.latent(feats, clicks)
        logits = head.logits(feats, clicks)

    torch.testing.assert_close(mean.unsqueeze(1), logits)
    assert (variance >= 0).all()
    assert variance[0, 16, 16] < variance[0].median()


def test_click_coordinates_are_rounded_once_for_map_and_gp() -> None:
    """Acceptance (15)."""
    head = _gp_head()
    shifted = ClickBatch(_CLICKS.coords + 0.3, _CLICKS.label, _CLICKS.order)

    with torch.no_grad():
        logits, moved = (head.logits(_features(), c) for c in (_CLICKS, shifted))

    assert torch.equal(logits, moved)


def test_where_no_system_can_be_solved_the_prior_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rule 2: a warning when predicting, an error when training."""
    head = _gp_head()
    solve = head.gp.forward

    def fail(feats: Tensor, colours: Tensor, clicks: Clicks, **options: Any) -> object:
        if clicks.label.any():
            raise NumericalError("singular")
        return solve(feats, colours, clicks, **options)

    monkeypatch.setattr(head.gp, "forward", fail)
    messages: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "gpcis_backend.mmseg_plugin.head.print_log",
        lambda text, _, level: messages.append((text, level)),
    )

    with torch.no_grad():
        logits = head.logits(_features(), _CLICKS)

    none = ClickBatch.from_rows([[], []], "cpu")
    torch.testing.assert_close(logits, head.logits(_features(), none))
    assert messages == [("singular; showing the prior", logging.WARNING)]
    with pytest.raises(NumericalError):
        head.losses(_features(), _CLICKS, torch.zeros(2, 32, 24).long())


def test_plain_head_sees_clicks_through_the_network_only() -> None:
    torch.manual_seed(0)
    head = PlainHead(decoder=_DECODER, hidden=(5,)).eval()
    none = ClickBatch.from_rows([[], []], "cpu")

    logits = head.logits(_features(), _CLICKS)

    assert logits.shape == (2, 1, 32, 24)
    assert torch.equal(logits, head.logits(_features(), none))
    losses, _ = head.losses(_features(), _CLICKS, torch.zeros(2, 32, 24).long())
    assert set(losses) == {"loss_nfl"}


def test_twins_differ_in_the_head_alone(root: Path) -> None:
    """Acceptance (24): same parameters, of the same shapes, everywhere else."""
    shapes = [
        {
            name: tuple(part.shape)
            for name, part in lite0(root, head).named_parameters()
            if not name.startswith("decode_head.")
            or name.startswith("decode_head.decoder.")
        }
        for head in ("gpcis", "ritm")
    ]

    assert shapes[0] == shapes[1]


def test_gp_adds_the_published_number_of_parameters() -> None:
    """Acceptance (7): 48 channels and 256 features, as in the paper's ResNet-50."""
    head = GPCHead(decoder=_DECODER, channels=48, num_features=256)

    assert sum(p.numel() for p in head.gp.parameters()) == 18_707


def _gp_head(**options: Any) -> GPCHead:
    torch.manual_seed(0)
    head = GPCHead(decoder=_DECODER, channels=5, num_features=16, **options)
    head.eval()
    return head


def _features() -> tuple[Tensor, ...]:
    """Backbone maps at strides 4 and 8, and the normalised picture of 32 x 24."""
    gen = torch.Generator().manual_seed(2)
    shapes = ((2, 4, 8, 6), (2, 6, 4, 3), (2, 3, 32, 24))
    return tuple(torch.randn(*shape, generator=gen) for shape in shapes)
