"""Laws of the GP with parts of it left out: the rows of an ablation.

Numbers in brackets are those of the acceptance list, method.md section 10.
"""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import median_filter
from torch import Tensor

from gp_scenes import (
    Scene,
    answer,
    at_clicks,
    classifier,
    click_gram,
    scene,
    truth,
)
from gpcis_backend.gp.classifier import GPClassifier, Posterior
from gpcis_backend.gp.presets import preset

PRIOR = ("freq", "phase", "weights_mean", "weights_std")
KERNEL = ("log_precision", "colour_weight_raw", "place_share_raw", "place_log_reach")
SWITCHES = {
    "fixed kernel": {"learn_kernel": False},
    "fixed prior": {"learn_prior": False},
    "no colour": {"with_colour": False},
    "no colour, grid": {"with_colour": False, "on_grid": True},
    "nothing learned, no colour": {
        "learn_kernel": False, "learn_prior": False, "with_colour": False,
    },
    "places": {"with_places": True},
    "places, grid": {"with_places": True, "on_grid": True},
    "places, no colour": {"with_places": True, "with_colour": False},
    "gradient of L_VI": {"detach_gram": False},
    "gradient of L_VI, no colour": {"detach_gram": False, "with_colour": False},
}  # fmt: skip
each_switch = pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)
seeds = st.integers(0, 10**6)
few = settings(max_examples=5)
both_forms = pytest.mark.parametrize("on_grid", [False, True], ids=["full", "grid"])


@each_switch
@given(seed=seeds, noise_var=st.sampled_from([1e-2, 1e-7]))
@few
def test_logits_agree_with_the_oracle(
    switch: dict[str, Any], seed: int, noise_var: float
) -> None:
    """Laws (2), (3), (4): the whole map, and the variance."""
    model, here = classifier(seed % 7, **switch), scene(seed, (3, 5))

    out = answer(model, here, noise_var, with_variance=True)

    assert out.variance is not None
    for index in range(2):
        dense = truth(model, here, index)
        logits = dense.logits(model.weights_mean, dense.mean, noise_var)
        close(out.logits[index].flatten(), logits)
        left = dense.shown_variance(noise_var, model.settings.target_var)
        close(out.variance[index].flatten(), left, 1e-8)


@each_switch
@given(seed=seeds)
@few
def test_kernel_is_positive_and_clicks_keep_their_target(
    switch: dict[str, Any], seed: int
) -> None:
    """Laws (1), (2): eigenvalues, and f(Zn) = m - eps2 v."""
    model, here = classifier(seed % 7, **switch), scene(seed, (6,))

    out = answer(model, here, 1e-5)

    gram = click_gram(model, here)[0]
    close(gram, gram.T, 1e-14)
    assert torch.linalg.eigvalsh(gram).min() >= -1e-10
    dense = truth(model, here, 0)
    noisy = gram + 1e-5 * torch.eye(6, dtype=torch.float64)
    v = torch.linalg.solve(noisy, dense.mean - dense.phi_n @ model.weights_mean)
    close(at_clicks(out.logits, here.clicks)[0], dense.mean - 1e-5 * v)


@pytest.mark.parametrize(
    ("switch", "fixed"),
    [
        ({"learn_kernel": False}, KERNEL[:2]),
        ({"learn_kernel": False, "with_places": True}, KERNEL),
        ({"learn_prior": False, "with_places": True}, PRIOR),
    ],
    ids=["kernel", "kernel with places", "prior"],
)
def test_what_is_fixed_stays_and_all_else_learns(
    switch: dict[str, Any], fixed: tuple[str, ...]
) -> None:
    model, here = classifier(**switch), scene(1, (4, 3))
    before = {name: part.clone() for name, part in model.named_parameters()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)

    out = _training_pass(model, here)
    (out.logits.square().sum() + out.vi).backward()
    optimizer.step()

    kept = {n for n, part in model.named_parameters() if torch.equal(part, before[n])}
    asks = {n for n, part in model.named_parameters() if part.requires_grad}
    assert kept == set(fixed)
    assert asks == before.keys() - set(fixed)


@pytest.mark.parametrize(
    ("switch", "learned"),
    [
        ({}, 18_707),
        ({"learn_kernel": False}, 18_707 - 49),
        ({"learn_prior": False}, 18_707 - 51 * 256 - 2 * 256 - 1),
        ({"with_colour": False}, 18_707 - 3 * 256 - 3 * 96 - 1),
        ({"with_places": True}, 18_707 + 3),
    ],
    ids=["full", "fixed kernel", "fixed prior", "no colour", "places"],
)
def test_the_count_says_what_is_learned(switch: dict[str, Any], learned: int) -> None:
    """Law (7), of a head with D = 48 and L = 256."""
    model = GPClassifier(48, 256, preset("gpcis", **switch))

    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == learned


@pytest.mark.parametrize("name", ["gpcis", "paper", "release"])
def test_fixed_parts_start_as_learned_ones_do(name: str) -> None:
    """A checkpoint fits both; only training tells them apart."""
    learned, fixed = (
        _fresh(name, learn_kernel=learn, learn_prior=learn) for learn in (True, False)
    )

    assert learned.state_dict().keys() == fixed.state_dict().keys()
    for key, value in learned.state_dict().items():
        assert torch.equal(fixed.state_dict()[key], value)


@both_forms
def test_without_colour_the_colours_change_nothing(on_grid: bool) -> None:
    model, here = classifier(with_colour=False, on_grid=on_grid), scene(2, (4,))
    grey = Scene(here.feats, torch.zeros_like(here.colours), here.clicks)

    in_colour, in_grey = (
        answer(model, one, 1e-2, with_variance=True) for one in (here, grey)
    )

    assert torch.equal(in_colour.logits, in_grey.logits)
    assert in_colour.variance is not None
    assert in_grey.variance is not None
    assert torch.equal(in_colour.variance, in_grey.variance)


@both_forms
def test_far_away_look_alikes_do_not_inherit_the_label(on_grid: bool) -> None:
    """Equal inputs everywhere: with places the update fades, else it is constant."""
    here = scene(5, (1,), size=(9, 9))
    feats = here.feats[:, :, :1, :1].expand_as(here.feats)
    flat = Scene(feats, torch.zeros_like(here.colours), here.clicks)
    corner = flat.clicks._replace(coords=torch.zeros(1, 1, 2))
    flat = Scene(feats, flat.colours, corner)
    near, far = (0, 0, 1), (0, 8, 8)

    updates = []
    for with_places in (False, True):
        model = classifier(with_places=with_places, on_grid=on_grid)
        out = answer(model, flat, 1e-2)
        updates.append(out.logits - out.prior)

    close(updates[0][near], updates[0][far])
    assert updates[1][far].abs() < 0.7 * updates[1][near].abs()


@both_forms
def test_places_have_the_gradient_of_the_oracle(on_grid: bool) -> None:
    model, here = classifier(with_places=True, on_grid=on_grid), scene(4, (5,))
    slopes = torch.randn(here.size, dtype=torch.float64)
    learned = (model.place_share_raw, model.place_log_reach, model.colour_weight_raw)
    parts = [part for part in learned if part is not None]

    out = model(here.feats, here.colours, here.clicks, noise_var=1e-2)
    ours = torch.autograd.grad((out.logits[0] * slopes).sum(), parts)

    dense = truth(model, here, 0)
    logits = dense.logits(model.weights_mean, dense.mean, 1e-2)
    theirs = torch.autograd.grad((logits * slopes.flatten()).sum(), parts)
    assert len(parts) == 3
    torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("chunk_pixels", [17, 30, 40])
@both_forms
def test_chunks_keep_their_places(chunk_pixels: int, on_grid: bool) -> None:
    """Law (11)."""
    here = scene(6, (4, 2))
    whole, parts = (
        answer(
            classifier(with_places=True, on_grid=on_grid, chunk_pixels=pixels),
            here,
            1e-5,
        ).logits
        for pixels in (10**6, chunk_pixels)
    )

    close(parts, whole)


@both_forms
@pytest.mark.parametrize("side", [1, 3, 5])
def test_median_colours_are_colours_filtered_before(side: int, on_grid: bool) -> None:
    """Every law holds, as only the picture changes."""
    here = scene(9, (4, 3))
    window = (1, 1, side, side)
    smooth = median_filter(here.colours.numpy(), size=window, mode="nearest")
    filtered = Scene(here.feats, torch.from_numpy(smooth), here.clicks)

    ours = answer(classifier(median_side=side, on_grid=on_grid), here, 1e-5)

    theirs = answer(classifier(on_grid=on_grid), filtered, 1e-5)
    close(ours.logits, theirs.logits, 0)


def test_the_side_of_a_median_is_odd() -> None:
    with pytest.raises(ValueError, match="must be odd, found 4"):
        answer(classifier(median_side=4), scene(9, (4, 3)), 1e-5)


@pytest.mark.parametrize(("detach", "reaches"), [(True, False), (False, True)])
@pytest.mark.parametrize("with_colour", [False, True], ids=["plain", "colour"])
def test_the_gradient_of_vi_reaches_the_kernel_only_where_asked(
    detach: bool, reaches: bool, with_colour: bool
) -> None:
    model = classifier(detach_gram=detach, with_colour=with_colour)
    here = scene(3, (3, 2))

    _training_pass(model, here).vi.backward()

    grad = model.log_precision.grad
    assert (grad is not None and bool(grad.any())) is reaches


def close(actual: Tensor, expected: Tensor, atol: float = 1e-9) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=atol)


def _fresh(name: str, **switch: bool) -> GPClassifier:
    torch.manual_seed(0)
    return GPClassifier(6, 16, preset(name, **switch))


def _training_pass(model: GPClassifier, here: Scene) -> Posterior:
    out: Posterior = model(
        here.feats, here.colours, here.clicks, noise_var=1e-2, with_sample=True
    )
    return out
