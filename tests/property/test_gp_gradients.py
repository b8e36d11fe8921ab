"""Gradients of the GP: against differences, the oracle, and where none may flow."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gp_scenes import Scene, classifier, click_gram, scene, truth
from gpcis_backend.gp import features
from gpcis_backend.gp.classifier import GPClassifier, Posterior
from gpcis_backend.gp.features import Basis, prior_at
from gpcis_backend.gp.kernels import half_norm, rbf, weighted_rbf
from gpcis_backend.gp.posterior import factorise
from gpcis_backend.gp.presets import PRESETS
from gpcis_backend.gp.variational import VIForm, vi_loss

seeds = st.integers(0, 10**6)
few = settings(max_examples=8)
both_forms = pytest.mark.parametrize("on_grid", [False, True], ids=["full", "grid"])


@given(seed=seeds)
@few
def test_weighted_kernel_is_the_sum_and_has_its_gradient(seed: int) -> None:
    gen = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(2, n, 3, generator=gen).double() for n in (4, 5))
    v = torch.randn(2, 4, generator=gen).double()
    dot, half_a, half_b = a @ b.mT, half_norm(a), half_norm(b)
    parts = tuple(part.requires_grad_() for part in (v, dot, half_a, half_b))

    total = weighted_rbf(v, dot, half_a, half_b)

    plain = (v.unsqueeze(-1) * rbf(dot, half_a, half_b)).sum(1)
    torch.testing.assert_close(total, plain, rtol=0, atol=1e-12)
    assert torch.autograd.gradcheck(weighted_rbf, parts, fast_mode=seed % 3 > 0)


@pytest.mark.parametrize("basis", ["sin", "cos"])
def test_the_prior_has_its_gradient_block_by_block(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten points in blocks of three; one at a time and all at once, the same value."""
    gen = torch.Generator().manual_seed(0)
    shapes = ((2, 5, 4), (6, 4), (6,), (6,))
    parts = [torch.randn(*shape, generator=gen).double() for shape in shapes]
    whole = _prior(*parts, basis=basis)
    leaves = tuple(part.requires_grad_() for part in parts)

    for block in (1, 3):
        monkeypatch.setattr(features, "_BLOCK", block)

        torch.testing.assert_close(_prior(*leaves, basis=basis), whole)
        assert torch.autograd.gradcheck(partial(_prior, basis=basis), leaves)


@pytest.mark.parametrize("form", ["sum", "batch_mean", "image_mean"])
def test_vi_loss_has_its_gradient(form: VIForm) -> None:
    """Acceptance (14): with respect to the MLP, A held fixed."""
    model, batch = classifier(), scene(1, (3, 0, 2), slots=4)
    label = batch.clicks.label.double()
    chol, _ = factorise(click_gram(model, batch), label != 0, noise_var=1e-2)
    z = torch.randn(3, 4, 9).double()
    noise = torch.randn(3, 4).double()
    mlp = model.targets
    named = dict(mlp.named_parameters())

    def loss(*values: Tensor) -> Tensor:
        parts = dict(zip(named, values, strict=True))
        mean = torch.func.functional_call(mlp, parts, (z, label))
        return vi_loss(mean, mean + 0.1 * noise, label, chol.detach(), form=form)

    assert torch.autograd.gradcheck(loss, tuple(named.values()), fast_mode=True)


@both_forms
@pytest.mark.parametrize("noise_var", [1e-2, 1e-5])
def test_logits_have_the_gradient_of_the_oracle(
    on_grid: bool, noise_var: float
) -> None:
    model, batch = classifier(on_grid=on_grid), scene(2, (3, 5))
    slopes = torch.randn(2, *batch.size).double()

    ours = _gradients(model, batch, slopes, noise_var)

    feats = batch.feats.clone().requires_grad_()
    leaf = Scene(feats, batch.colours, batch.clicks)
    model.zero_grad()
    for index in range(2):
        dense = truth(model, leaf, index)
        logits = dense.logits(model.weights_mean, dense.mean, noise_var)
        (logits * slopes[index].flatten()).sum().backward()
    expected = {"feats": feats.grad}
    expected |= {name: part.grad for name, part in model.named_parameters()}
    assert ours.pop("weights_std") is None
    assert expected.pop("weights_std") is None
    torch.testing.assert_close(ours, expected, rtol=1e-7, atol=1e-7)


@both_forms
@pytest.mark.parametrize("name", ["gpcis", "release"])
def test_vi_loss_leaves_the_kernel_alone(name: str, on_grid: bool) -> None:
    """Acceptance (14): zero gradient to lam and rho, none to the prior."""
    model = classifier(preset_name=name, on_grid=on_grid)

    _vi(model, scene(3, (3, 2))).backward()

    kernel = (model.log_precision, model.colour_weight_raw, model.freq, model.phase)
    assert all(part is not None for part in kernel)
    assert all(p is None or p.grad is None or not p.grad.any() for p in kernel)
    assert all(p.grad is not None and p.grad.any() for p in model.targets.parameters())


def test_the_papers_vi_loss_reaches_the_kernel() -> None:
    """Section 3: only ours and the release hold A fixed."""
    model = classifier(preset_name="paper")

    _vi(model, scene(3, (3, 2))).backward()

    assert model.log_precision.grad is not None
    assert model.log_precision.grad.any()
    assert model.colour_weight_raw is not None
    assert model.colour_weight_raw.grad is not None
    assert model.colour_weight_raw.grad.any()


@both_forms
@pytest.mark.parametrize("name", sorted(PRESETS))
def test_vi_loss_is_the_formula_of_its_preset(name: str, on_grid: bool) -> None:
    """Section 3, rows of L_VI; clicks of every image weigh as the preset says."""
    model = classifier(preset_name=name, weights_std_range=None, on_grid=on_grid)
    batch, gen = scene(4, (3, 1), slots=4), torch.Generator().manual_seed(5)
    torch.nn.init.zeros_(model.weights_std)

    found = model(
        batch.feats,
        batch.colours,
        batch.clicks,
        noise_var=1e-2,
        with_sample=True,
        generator=gen,
    ).vi

    gen = torch.Generator().manual_seed(5)
    torch.randn(16, generator=gen, dtype=torch.float64)  # w
    noise = torch.randn(2, 4, generator=gen, dtype=torch.float64)
    data, quadratic, counts = [], [], (3, 1)
    for index, count in enumerate(counts):
        t = truth(model, batch, index)
        m, y = t.mean, batch.clicks.label[index, :count]
        u = m + model.settings.target_var**0.5 * noise[index, :count]
        noisy = t.k_nn + 1e-2 * torch.eye(count).double()
        data.append(torch.log1p(torch.exp(-y * u)).sum())
        quadratic.append(m @ torch.linalg.inv(noisy) @ m)
    both = list(zip(data, quadratic, counts, strict=True))
    expected = {
        "paper": sum(d + q / 2 for d, q, _ in both) / 2,
        "release": sum(d + q for d, q, _ in both) / sum(counts),
        "gpcis": sum((d + q / 2) / n for d, q, n in both) / 2,
    }[name]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def _prior(
    z: Tensor, freq: Tensor, phase: Tensor, weights: Tensor, *, basis: Basis
) -> Tensor:
    return prior_at(z, freq, phase, basis, weights)


def _gradients(
    model: GPClassifier, batch: Scene, slopes: Tensor, noise_var: float
) -> dict[str, Tensor | None]:
    feats = batch.feats.clone().requires_grad_()
    model.zero_grad()
    out = model(feats, batch.colours, batch.clicks, noise_var=noise_var)
    (out.logits * slopes).sum().backward()
    found = {"feats": feats.grad}
    for name, parameter in model.named_parameters():
        found[name] = None if parameter.grad is None else parameter.grad.clone()
    return found


def _vi(model: GPClassifier, batch: Scene) -> Tensor:
    out: Posterior = model(
        batch.feats, batch.colours, batch.clicks, noise_var=1e-2, with_sample=True
    )
    return out.vi
