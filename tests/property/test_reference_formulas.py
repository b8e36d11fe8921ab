"""Kernel, prior, targets, update and variance against plain numpy, image by image.

Everything below ``_reference`` is written from method.md section 2 with loops and
differences; nothing of it is shared with the package or with ``oracles``.
"""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from gp_scenes import Scene, answer, classifier, scene
from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.features import Basis, prior_at
from gpcis_backend.gp.kernels import rbf, weighted_rbf
from gpcis_backend.gp.posterior import factorise
from gpcis_backend.gp.presets import PRESETS

Array = NDArray[np.float64]

seeds = st.integers(0, 10**6)
counts = st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple)
noises = st.sampled_from([1e-2, 1e-5, 1e-7])


@given(
    seed=seeds, counts=counts, noise_var=noises, name=st.sampled_from(sorted(PRESETS))
)
@settings(max_examples=40)
def test_every_preset_is_the_plain_formula(
    seed: int, counts: tuple[int, ...], noise_var: float, name: str
) -> None:
    """Random batches with padding and with images that nobody clicked."""
    model = classifier(seed % 5, preset_name=name)
    batch = scene(seed, counts, slots=6, size=(7, 9))

    out = answer(model, batch, noise_var, with_variance=True)

    assert out.variance is not None
    for index in range(len(counts)):
        wanted = _reference(model, batch, index, noise_var)
        _near(out.prior[index], wanted.prior, 1e-11)
        _near(out.logits[index], wanted.logits, 1e-9)
        _near(out.variance[index], wanted.variance, 1e-7)


@pytest.mark.parametrize("with_grad", [True, False], ids=["training", "serving"])
@pytest.mark.parametrize("noise_var", [1e-2, 1e-5, 1e-7])
def test_float32_inputs_stay_near_the_float64_formula(
    noise_var: float, with_grad: bool
) -> None:
    """Section 4: v is magnified by 1/eps2, the error of the answer is not."""
    for seed in range(6):
        model = classifier(seed).float()
        batch = scene(seed, (5, 3), size=(9, 11)).to(torch.float32)

        with torch.set_grad_enabled(with_grad):
            logits = model(
                batch.feats, batch.colours, batch.clicks, noise_var=noise_var
            ).logits

        assert logits.dtype == torch.float32
        for index in range(2):
            wanted = _reference(model, batch, index, noise_var).logits
            _near(logits[index], wanted, 1e-4)


def test_rounding_never_lifts_the_kernel_above_one() -> None:
    """Section 4, rule 3: the exponent is clamped to 0, here and in the update."""
    half, dot = torch.full((1, 1), 0.5), torch.full((1, 1, 1), 1.001)

    kernel = rbf(dot, half, half)
    update = weighted_rbf(torch.ones(1, 1), dot, half, half)

    assert kernel.item() == update.item() == 1


@pytest.mark.parametrize("basis", ["sin", "cos"])
def test_the_prior_is_the_plain_formula(basis: Basis) -> None:
    """sqrt(2/L) cos(theta z + tau), or sin, times w."""
    gen = torch.Generator().manual_seed(0)
    z, freq, phase, weights = (
        torch.randn(*shape, generator=gen).double()
        for shape in ((1, 5, 7), (16, 7), (16,), (16,))
    )

    prior = prior_at(z, freq, phase, basis, weights)

    angle = np.einsum("pd,ld->pl", z[0].numpy(), freq.numpy()) + phase.numpy()
    wave = {"sin": np.sin, "cos": np.cos}[basis]
    _near(prior[0], np.sqrt(2 / 16) * wave(angle) @ weights.numpy(), 1e-12)


def test_padding_is_an_identity_to_the_solver() -> None:
    """Section 4, rule 6: A = K + eps2 I + diag(1 - M), on valid rows and columns."""
    valid = torch.tensor([[True, False, True]])
    gram = torch.full((1, 3, 3), 7.0) + torch.diag(torch.ones(3))

    chol, _ = factorise(gram, valid, noise_var=1e-2)

    a = np.array([[8.01, 0, 7], [0, 1, 0], [7, 0, 8.01]])
    _near(chol[0] @ chol[0].T, a, 1e-12)


class _Answer(NamedTuple):
    prior: Array  # (H, W)
    logits: Array
    variance: Array


def _reference(
    model: GPClassifier, batch: Scene, index: int, noise_var: float
) -> _Answer:
    """f = Phi w + K v and Var(p) = k - k A^-1 k + sigma2 |A^-1 k|^2, pixel by pixel."""
    values = {n: p.double().numpy() for n, p in model.state_dict().items()}
    z = _inputs(batch, index)  # (H, W, D+3)
    rows, cols = batch.clicks.coords[index].long().numpy().T
    label = batch.clicks.label[index].double().numpy()
    used = [slot for slot in range(len(label)) if label[slot] != 0]
    z_n = [z[rows[slot], cols[slot]] for slot in used]
    eta = np.exp(values["colour_weight_raw"])
    if model.settings.colour_weight_form == "softplus":
        eta = np.log(1 + eta)
    lam, basis = values["log_precision"], model.settings.basis
    a = np.array([[_kernel(p, q, lam, eta) for q in z_n] for p in z_n])
    a = a.reshape(len(used), len(used)) + noise_var * np.eye(len(used))
    mean = np.array([_target(z[rows[n], cols[n]], label[n], values) for n in used])
    v = np.linalg.solve(a, mean - [_prior(p, values, basis) for p in z_n])
    prior, logits, variance = (np.empty(z.shape[:2]) for _ in range(3))
    for spot in np.ndindex(*prior.shape):
        k_p = np.array([_kernel(z[spot], q, lam, eta) for q in z_n])
        weights = np.linalg.solve(a, k_p)
        prior[spot] = _prior(z[spot], values, basis)
        logits[spot] = prior[spot] + k_p @ v
        variance[spot] = 1 + eta - k_p @ weights
        variance[spot] += model.settings.target_var * weights @ weights
    return _Answer(prior, logits, variance)


def _inputs(batch: Scene, index: int) -> Array:
    """z = [x ; g], x upsampled with the corners aligned.  (H, W, D+3)."""
    feats = batch.feats[index].double().numpy()  # (D, h, w)
    colours = batch.colours[index].double().numpy()
    height, width = batch.size
    down = _hats(feats.shape[1], height)  # (H, h)
    across = _hats(feats.shape[2], width)  # (W, w)
    x = np.einsum("Hh,dhw,Ww->HWd", down, feats, across)
    return np.concatenate([x, colours.transpose(1, 2, 0)], -1)


def _hats(coarse: int, full: int) -> Array:
    """Weights of linear interpolation at 0 .. coarse - 1 in ``full`` equal steps."""
    spots = np.linspace(0, coarse - 1, full)[:, None]
    weights: Array = np.maximum(0, 1 - np.abs(spots - np.arange(coarse)))
    return weights


def _kernel(a: Array, b: Array, lam: Array, eta: Array) -> float:
    feature = sum(np.exp(lam) * (a[:-3] - b[:-3]) ** 2)
    colour = sum((a[-3:] - b[-3:]) ** 2)
    return float(np.exp(-feature / 2) + eta * np.exp(-colour / 2))


def _prior(z: Array, values: dict[str, Array], basis: str) -> float:
    """sqrt(2/L) sum mu_l cos(theta_l z + tau_l), or sin."""
    wave = {"sin": np.sin, "cos": np.cos}[basis]
    terms = wave(values["freq"] @ z + values["phase"]) * values["weights_mean"]
    return float(np.sqrt(2 / len(terms)) * terms.sum())


def _target(z: Array, label: float, values: dict[str, Array]) -> float:
    """y softplus(MLP(z)), the MLP with one hidden layer of ReLUs."""
    named = {name.removeprefix("targets.mlp."): part for name, part in values.items()}
    hidden = np.maximum(0, named["0.weight"] @ z + named["0.bias"])
    out = (named["2.weight"] @ hidden + named["2.bias"])[0]
    return float(label * np.log(1 + np.exp(out)))


def _near(found: Tensor, wanted: Array, tolerance: float) -> None:
    values = found.detach().double().numpy()
    np.testing.assert_allclose(values, wanted, rtol=tolerance, atol=tolerance)
