"""Sizes, presets and initial values of the GP: method.md sections 2 and 3."""

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.features import prior_at
from gpcis_backend.gp.presets import PRESETS, preset
from gpcis_backend.gp.system import Clicks
from gpcis_backend.gp.variational import VIForm


@pytest.mark.parametrize(
    ("channels", "num_features", "count"), [(48, 256, 18_707), (96, 128, 22_723)]
)
def test_head_has_the_published_number_of_parameters(
    channels: int, num_features: int, count: int
) -> None:
    """Acceptance (7)."""
    model = GPClassifier(channels, num_features)

    assert sum(p.numel() for p in model.parameters()) == count


def test_projecting_every_pixel_costs_the_published_products() -> None:
    """Acceptance (7): 1,925,185,536 at 384 x 384."""
    z = torch.empty(1, 384 * 384, 51, device="meta")
    freq, phase = torch.empty(256, 51, device="meta"), torch.empty(256, device="meta")
    weights = torch.empty_like(phase)

    with FlopCounterMode(display=False) as counter:
        prior_at(z, freq, phase, "sin", weights)

    assert counter.get_total_flops() == 2 * 1_925_185_536


@dataclass(frozen=True)
class _Row:
    """A column of the table in method.md section 3."""

    basis: str
    freq_std: float
    has_random_phase: bool
    weights_mean_std: float
    weights_std: float
    bounds: tuple[float, float] | None
    target_var: float
    colour_weight: float
    vi_form: VIForm
    is_gram_detached: bool


_XAVIER = math.sqrt(2 / ((51 + 256) / 2))  # .114
_TABLE = {
    "paper": _Row("cos", 1, True, 0.5, 0.158114, None, 0.01, 1.0, "sum", False),
    "release": _Row(
        "sin", _XAVIER, False, 0.25, 0.025, (0.01, 0.05), 1e-4, 0.693147,
        "batch_mean", True,
    ),
    "gpcis": _Row(
        "sin", _XAVIER, False, 0.25, 0.025, (0.01, 0.05), 0.01, 1.0, "image_mean", True
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(_TABLE))
def test_preset_starts_from_the_values_of_the_table(name: str) -> None:
    """Acceptance (13)."""
    row, settings = _TABLE[name], preset(name)
    torch.manual_seed(0)
    model = GPClassifier(48, 256, settings)

    assert settings.basis == row.basis
    assert settings.target_var == row.target_var
    assert settings.vi_form == row.vi_form
    assert settings.detach_gram == row.is_gram_detached
    assert settings.weights_std_range == row.bounds
    assert model.weights_std.item() == pytest.approx(row.weights_std, rel=1e-5)
    assert model.colour_weight is not None
    assert model.colour_weight.item() == pytest.approx(row.colour_weight, rel=1e-5)
    assert torch.equal(model.log_precision, torch.ones(48))
    _assert_normal(model.freq, row.freq_std)
    _assert_normal(model.weights_mean, row.weights_mean_std)
    if row.has_random_phase:
        assert 0 <= model.phase.min() < 0.1
        assert 6.18 < model.phase.max() <= 2 * math.pi
    else:
        assert not model.phase.any()


def test_target_network_starts_from_gaussian_xavier() -> None:
    torch.manual_seed(0)
    mlp = dict(GPClassifier(48, 256).targets.mlp.named_parameters())

    assert mlp["0.weight"].shape == (96, 51)
    assert mlp["2.weight"].shape == (1, 96)
    _assert_normal(mlp["0.weight"], math.sqrt(2 / ((51 + 96) / 2)))
    _assert_normal(mlp["2.weight"], math.sqrt(2 / ((96 + 1) / 2)))
    assert not mlp["0.bias"].any()
    assert not mlp["2.bias"].any()


def test_presets_are_the_three_of_the_table() -> None:
    assert set(PRESETS) == set(_TABLE)
    assert preset("gpcis", on_grid=True).on_grid
    assert not any(settings.on_grid for settings in PRESETS.values())
    with pytest.raises(ValueError, match="unknown preset 'gp', expected one of"):
        preset("gp")
    with pytest.raises(ValueError, match="unknown GP setting"):
        preset("gpcis", colour=1)


@pytest.mark.parametrize(("value", "used"), [(1.0, 0.05), (-1.0, 0.01), (0.03, 0.03)])
def test_the_deviation_of_w_stays_within_its_bounds(value: float, used: float) -> None:
    model = GPClassifier(6, 50_000)
    torch.nn.init.constant_(model.weights_std, value)
    torch.nn.init.zeros_(model.weights_mean)

    draw = model.prior_weights(True, torch.Generator().manual_seed(0))

    assert draw.std().item() == pytest.approx(used, rel=0.02)


def test_shapes_that_do_not_fit_are_refused() -> None:
    model = GPClassifier(6, 16)
    feats, colours = torch.zeros(2, 6, 3, 3), torch.zeros(2, 3, 9, 9)
    three = Clicks(torch.zeros(3, 1, 2), torch.zeros(3, 1), torch.zeros(3, 1))
    two = Clicks(*(part[:2] for part in three))

    with pytest.raises(ValueError, match=r"expected one batch size, found \[2, 3\]"):
        model(feats, colours, three, noise_var=1e-2)
    with pytest.raises(ValueError, match="expected 3 colour channels, found 2"):
        model(feats, colours[:, :2], two, noise_var=1e-2)
    with pytest.raises(ValueError, match="noise_var must be positive"):
        model(feats, colours, two, noise_var=0.0)


def _assert_normal(values: Tensor, std: float) -> None:
    """Mean 0 and deviation ``std`` within five standard errors."""
    count = values.numel()
    assert abs(values.mean().item()) < 5 * std / count**0.5
    assert values.std().item() == pytest.approx(std, rel=5 / (2 * count) ** 0.5)
