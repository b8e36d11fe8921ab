"""Initial values of the presets: shapes of the distributions, not only their spread.

Method.md section 3; twenty models each, so that a deviation is known to 5 %.
"""

import math
from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from chance import assert_continuous, assert_normal
from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.presets import PRESETS, preset

_MODELS, _CHANNELS, _FEATURES = 20, 48, 256
_XAVIER = math.sqrt(2 / ((_CHANNELS + 3 + _FEATURES) / 2))  # .114
_DEVIATIONS = {
    "paper": (1.0, 0.5),
    "release": (_XAVIER, 0.25),
    "gpcis": (_XAVIER, 0.25),
}  # of the frequencies and of the prior weights


def test_the_table_has_every_preset() -> None:
    assert set(_DEVIATIONS) == set(PRESETS)


@pytest.mark.parametrize("name", sorted(_DEVIATIONS))
def test_frequencies_and_weights_start_normal(name: str) -> None:
    freq, weights = _DEVIATIONS[name]

    assert_normal(_initial(name, "freq")[:20_000], freq)
    assert_normal(_initial(name, "weights_mean"), weights)


def test_phases_start_uniform_in_the_paper() -> None:
    """And at zero elsewhere: sine through the origin."""
    assert_continuous(_initial("paper", "phase"), stats.uniform(0, 2 * math.pi))
    for name in ("release", "gpcis"):
        assert not _initial(name, "phase").any()


@pytest.mark.parametrize("name", sorted(_DEVIATIONS))
def test_target_networks_start_with_gaussian_xavier_weights(name: str) -> None:
    """Std sqrt(2 / fan_avg), biases 0."""
    for layer, fans in (("0", (_CHANNELS + 3, 96)), ("2", (96, 1))):
        weights = _initial(name, f"targets.mlp.{layer}.weight")
        spread = math.sqrt(2 / (sum(fans) / 2))

        assert_normal(weights[:20_000], spread)
        assert not _initial(name, f"targets.mlp.{layer}.bias").any()


@pytest.mark.parametrize(
    ("name", "weights_std", "sampled"),
    [("paper", 0.025**0.5, 0.025**0.5), ("release", 0.025, 0.025)],
)
def test_prior_weights_are_drawn_around_their_mean(
    name: str, weights_std: float, sampled: float
) -> None:
    """Paper: variance .025; release: deviation .025, held within [.01, .05]."""
    model = GPClassifier(2, 20_000, preset(name))
    assert model.weights_std.item() == pytest.approx(weights_std, rel=1e-6)

    with torch.no_grad():
        draw = model.prior_weights(True, torch.Generator().manual_seed(1))

    noise = (draw - model.weights_mean.detach()).numpy()
    assert_normal(noise, sampled)


@cache
def _initial(name: str, parameter: str) -> NDArray[np.float64]:
    """Values of one parameter in all models of a preset."""
    values = [model[parameter].flatten() for model in _models(name)]
    found: NDArray[np.float64] = torch.cat(values).double().numpy()
    return found


@cache
def _models(name: str) -> list[dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    return [
        dict(GPClassifier(_CHANNELS, _FEATURES, preset(name)).state_dict())
        for _ in range(_MODELS)
    ]
