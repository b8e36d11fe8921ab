"""Laws of the GP, checked in float64 against the dense oracle; both forms of it.

Numbers in brackets are those of the acceptance list, method.md section 10.
"""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import oracles
from gp_scenes import answer, at_clicks, classifier, click_gram, scene, truth
from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.features import prior_at
from gpcis_backend.gp.kernels import half_norm, rbf, scale_features
from gpcis_backend.gp.posterior import update_weights
from gpcis_backend.gp.variational import sample_targets

seeds = st.integers(0, 10**6)
forms = st.booleans()  # on the grid or not
few = settings(max_examples=8)
both_forms = pytest.mark.parametrize("on_grid", [False, True], ids=["full", "grid"])


@given(seed=seeds, on_grid=forms)
@few
def test_kernel_is_symmetric_and_positive_semidefinite(
    seed: int, on_grid: bool
) -> None:
    """Law (1)."""
    model = classifier(seed % 7, on_grid=on_grid)
    here = scene(seed, (8,))

    gram = click_gram(model, here)

    torch.testing.assert_close(gram, gram.mT, rtol=0, atol=1e-14)
    assert torch.linalg.eigvalsh(gram).min() >= -1e-10
    diagonal = gram.diagonal(dim1=1, dim2=2)
    assert model.colour_weight is not None
    one = (1 + model.colour_weight).expand_as(diagonal)
    if on_grid:  # a mean of cells varies less than one of them
        assert (diagonal <= one + 1e-14).all()
        assert (diagonal < one - 1e-3).any()
    else:
        torch.testing.assert_close(diagonal, one, rtol=0, atol=1e-14)


@given(seed=seeds, scale=st.sampled_from([1e-3, 1.0, 10.0]))
@few
def test_expanded_exponent_equals_the_differences(seed: int, scale: float) -> None:
    """Law (1), forms."""
    gen = torch.Generator().manual_seed(seed)
    a, b = (5 + scale * torch.randn(1, n, 4, generator=gen).double() for n in (3, 7))
    lam = torch.randn(4, generator=gen).double()

    left, right = (
        scale_features(part, a.mean(1, keepdim=True), lam) for part in (a, b)
    )
    expanded = rbf(left @ right.mT, half_norm(left), half_norm(right))

    explicit = (-((a[0, :, None] - b[0]) ** 2) @ lam.exp() / 2).exp()
    torch.testing.assert_close(expanded[0], explicit, rtol=0, atol=1e-12)


@given(seed=seeds, on_grid=forms, noise_var=st.sampled_from([1e-2, 1e-5, 1e-7]))
@few
def test_logits_agree_with_the_oracle_at_every_pixel(
    seed: int, on_grid: bool, noise_var: float
) -> None:
    """Laws (2), (3): the whole map, with and without the exact rows at the clicks."""
    model, here = classifier(seed % 7, on_grid=on_grid), scene(seed, (3, 5))

    with_rows = model(here.feats, here.colours, here.clicks, noise_var=noise_var)
    exact = answer(model, here, noise_var)

    for index in range(2):
        dense = truth(model, here, index)
        expected = dense.logits(model.weights_mean, dense.mean, noise_var)
        for out in (with_rows, exact):
            close(out.logits[index].flatten(), expected, 1e-9)
            close(out.prior[index].flatten(), dense.phi_p @ model.weights_mean, 1e-12)


@given(seed=seeds, on_grid=forms, noise_var=st.sampled_from([1e-2, 1e-5, 1e-7]))
@few
def test_clicks_keep_their_target_up_to_the_noise(
    seed: int, on_grid: bool, noise_var: float
) -> None:
    """Law (2): f(Zn) = m - eps2 v."""
    model, here = classifier(seed % 7, on_grid=on_grid), scene(seed, (6,))

    out = model(here.feats, here.colours, here.clicks, noise_var=noise_var)

    dense = truth(model, here, 0)
    noisy = dense.k_nn + noise_var * torch.eye(6, dtype=torch.float64)
    v = torch.linalg.solve(noisy, dense.mean - dense.phi_n @ model.weights_mean)
    close(at_clicks(out.logits, here.clicks)[0], dense.mean - noise_var * v, 1e-10)
    strain = (noise_var * v.abs() / dense.mean.abs()).max()
    torch.testing.assert_close(out.strain[0], strain, rtol=1e-6, atol=1e-12)


@both_forms
def test_clicks_are_met_as_the_noise_vanishes(on_grid: bool) -> None:
    """Law (2): eps2 = 1e-9, well separated clicks."""
    model, here = classifier(on_grid=on_grid), scene(3, (6,))

    out = model(here.feats, here.colours, here.clicks, noise_var=1e-9)

    close(at_clicks(out.logits, here.clicks)[0], truth(model, here, 0).mean, 1e-6)


@both_forms
def test_without_prior_mean_only_the_kernel_speaks(on_grid: bool) -> None:
    """Law (3): mu_w = 0 gives f = Kpn A^-1 m."""
    model, here = classifier(on_grid=on_grid), scene(4, (5,))
    torch.nn.init.zeros_(model.weights_mean)

    out = answer(model, here, 1e-2)

    dense = truth(model, here, 0)
    noisy = dense.k_nn + 1e-2 * torch.eye(5, dtype=torch.float64)
    close(out.logits[0].flatten(), dense.k_pn @ torch.linalg.solve(noisy, dense.mean))
    assert not out.prior.any()


def test_one_click_gives_the_published_number() -> None:
    """Law (3): eta0 = 1, m = 2, eps2 = 1e-2 give 2 * 2 / 2.01."""
    model, here = _fixed_target(2.0), scene(5, (1,))
    here = replace(here, clicks=here.clicks._replace(label=torch.ones(1, 1)))

    out = answer(model, here, 1e-2)

    value = at_clicks(out.logits, here.clicks).item()
    assert value == pytest.approx(1.990050, abs=5e-7)
    assert value == pytest.approx(4 / 2.01, abs=1e-12)


@given(seed=seeds, on_grid=forms, noise_var=st.sampled_from([1e-2, 1e-5, 1e-7]))
@few
def test_variance_is_the_diagonal_of_the_full_covariance(
    seed: int, on_grid: bool, noise_var: float
) -> None:
    """Law (4)."""
    model, here = classifier(seed % 7, on_grid=on_grid), scene(seed, (3, 5))

    out = answer(model, here, noise_var, with_variance=True)

    assert out.variance is not None
    assert (out.variance >= 0).all()
    for index in range(2):
        left = truth(model, here, index).shown_variance(
            noise_var, model.settings.target_var
        )
        close(out.variance[index].flatten(), left, 1e-8)


@both_forms
def test_variance_at_the_clicks_becomes_that_of_the_targets(on_grid: bool) -> None:
    """Law (4): Cov at the clicks -> sigma2 I, within 2e-5 at eps2 = 1e-5."""
    model, here = classifier(on_grid=on_grid), scene(6, (5,))

    out = answer(model, here, 1e-5, with_variance=True)

    assert out.variance is not None
    expected = torch.full((5,), model.settings.target_var, dtype=torch.float64)
    close(at_clicks(out.variance, here.clicks)[0], expected, 2e-5)
    t = truth(model, here, 0)
    taken = oracles.covariance(t.k_nn, t.k_nn, 1e-5, model.settings.target_var)
    close(t.k_nn - taken, expected.diag(), 2e-5)


def test_samples_have_the_moments_of_matherons_rule() -> None:
    """Law (5): 20,000 pathwise samples, within Monte Carlo error."""
    model, here = (
        classifier(weights_std_range=None, target_var=0.04),
        scene(7, (3,), size=(3, 4)),
    )
    torch.nn.init.constant_(model.weights_std, 0.3)
    t, count, noise_var = truth(model, here, 0), 20_000, 1e-2
    gen = torch.Generator().manual_seed(0)

    draws = _pathwise_draws(model, t.k_nn, t.mean, t.phi_n, count, noise_var, gen)
    samples = draws[0] @ t.phi_p.T + draws[1] @ t.k_pn.T  # (S, P)

    g = t.k_pn @ torch.linalg.inv(t.k_nn + noise_var * torch.eye(3).double())
    r = t.phi_p - g @ t.phi_n
    mean = t.phi_p @ model.weights_mean + g @ (t.mean - t.phi_n @ model.weights_mean)
    cov = 0.3**2 * r @ r.T + 0.04 * g @ g.T
    var = cov.diagonal()
    assert ((samples.mean(0) - mean).abs() < 4.5 * (var / count).sqrt()).all()
    spread = ((var[:, None] * var + cov**2) / count).sqrt()
    assert ((samples.T.cov() - cov).abs() < 4.5 * spread).all()


@both_forms
def test_a_training_pass_is_one_pathwise_sample(on_grid: bool) -> None:
    """Laws (5), (12): w, one draw for the whole batch, then the targets."""
    model, here = classifier(on_grid=on_grid, target_var=0.04), scene(8, (4, 2))

    out = answer(
        model, here, 1e-2, with_sample=True, generator=torch.Generator().manual_seed(9)
    )

    gen = torch.Generator().manual_seed(9)
    weights = model.prior_weights(with_sample=True, generator=gen)
    noise = torch.randn(2, 4, generator=gen, dtype=torch.float64)
    assert not torch.equal(weights, model.weights_mean)
    for index, count in enumerate((4, 2)):
        t = truth(model, here, index)
        logits = t.logits(weights, t.mean + 0.2 * noise[index, :count], 1e-2)
        close(out.logits[index].flatten(), logits)


@given(seed=seeds, scale=st.sampled_from([0.1, 1.0, 100.0]))
@few
def test_targets_have_the_sign_of_their_label(seed: int, scale: float) -> None:
    """Law (6), any weights."""
    model, here = classifier(1), scene(seed, (6,))
    torch.manual_seed(seed)
    for parameter in model.targets.parameters():
        torch.nn.init.normal_(parameter, std=scale)
    z = torch.randn(1, 6, 9).double()

    mean = model.targets(z, here.clicks.label)

    right_side = (mean.sign() == here.clicks.label) | (mean.abs() < 1e-300)
    assert right_side.all()


@given(seed=seeds)
@few
def test_sine_is_a_shifted_cosine(seed: int) -> None:
    """Law (6)."""
    gen = torch.Generator().manual_seed(seed)
    z, freq, phase = (
        torch.randn(*shape, generator=gen).double()
        for shape in ((2, 5, 7), (16, 7), (16,))
    )
    units = torch.eye(16).double()  # one random feature each

    sine = torch.stack([prior_at(z, freq, phase, "sin", w) for w in units])

    shifted = phase - math.pi / 2
    cosine = torch.stack([prior_at(z, freq, shifted, "cos", w) for w in units])
    torch.testing.assert_close(sine, cosine, rtol=0, atol=1e-12)
    assert sine.abs().max() <= (2 / 16) ** 0.5


def close(actual: Tensor, expected: Tensor, atol: float = 1e-9) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=atol)


def _fixed_target(value: float) -> GPClassifier:
    """mu_w = 0, eta0 = 1 and |m| = value everywhere."""
    model = GPClassifier(6, 16).double()
    for part in (model.weights_mean, *model.targets.parameters()):
        torch.nn.init.zeros_(part)
    last = dict(model.targets.mlp.named_parameters())["2.bias"]
    torch.nn.init.constant_(last, math.log(math.expm1(value)))
    return model


def _pathwise_draws(
    model: GPClassifier,
    gram: Tensor,
    mean: Tensor,
    phi_n: Tensor,
    count: int,
    noise_var: float,
    gen: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Prior weights (S, L) and update weights (S, N) of independent draws."""
    with torch.no_grad():
        rows = [model.prior_weights(True, gen) for _ in range(count)]
        weights = torch.stack(rows)
        targets = sample_targets(mean.expand(count, -1), model.settings.target_var, gen)
        valid = torch.ones_like(targets, dtype=torch.bool)
        v, _ = update_weights(
            gram.expand(count, -1, -1),
            targets - weights @ phi_n.T,
            valid,
            noise_var=noise_var,
        )
    return weights, v
