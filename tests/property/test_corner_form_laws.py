"""Laws of the corner form: it is a GP, and the one that its header says."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from gp_scenes import Scene, scene
from gpcis_backend.gp.classifier import Clicks, GPClassifier
from gpcis_backend.gp.corner_form import corner_logits, grid_prior, has_corner_form
from gpcis_backend.gp.presets import PRESETS, preset
from oracles import upsample

seeds = st.integers(0, 10_000)


@given(seed=seeds, count=st.integers(1, 9), basis=st.sampled_from(["sin", "cos"]))
def test_it_is_the_posterior_of_its_kernel_at_every_pixel(
    seed: int, count: int, basis: str
) -> None:
    given_scene, gp = scene(seed, (count,)), _gp(seed, basis=basis)

    found = _logits(gp, given_scene, 1e-2)[0]

    torch.testing.assert_close(found, _dense(gp, given_scene, 1e-2), atol=1e-8, rtol=0)


@given(seed=seeds, noise_var=st.sampled_from([1e-7, 1e-5, 1e-2]))
def test_clicks_keep_their_target_up_to_the_noise(seed: int, noise_var: float) -> None:
    given_scene, gp = scene(seed, (6,)), _gp(seed)
    full = _kernel(gp, given_scene)
    at = _spots(given_scene)
    targets = _targets(gp, given_scene)

    found = _logits(gp, given_scene, noise_var)[0].flatten()[at]

    system = full[at][:, at] + noise_var * torch.eye(6, dtype=torch.float64)
    v = torch.linalg.solve(system, targets - _prior(gp, given_scene)[at])
    torch.testing.assert_close(found, targets - noise_var * v, atol=1e-6, rtol=0)


@given(seed=seeds)
def test_a_padded_batch_gives_what_each_image_gives_alone(seed: int) -> None:
    both, gp = scene(seed, (2, 5), slots=7), _gp(seed)

    found = _logits(gp, both, 1e-7)

    alone = [_logits(gp, both.image(index), 1e-7)[0] for index in range(2)]
    torch.testing.assert_close(found, torch.stack(alone))


@given(seed=seeds)
def test_the_order_of_click_slots_changes_nothing(seed: int) -> None:
    given_scene, gp = scene(seed, (5,)), _gp(seed)
    turned = Clicks(*(part.flip(1) for part in given_scene.clicks))

    found = _logits(gp, replace(given_scene, clicks=turned), 1e-2)

    torch.testing.assert_close(found, _logits(gp, given_scene, 1e-2), atol=1e-9, rtol=0)


def test_without_clicks_the_prior_is_shown() -> None:
    given_scene, gp = scene(0, (3,)), _gp(0)
    none = Clicks(*(part[:, :0] for part in given_scene.clicks))

    found = _logits(gp, replace(given_scene, clicks=none), 1e-7)

    torch.testing.assert_close(found.flatten(), _prior(gp, given_scene))


@pytest.mark.parametrize("seed", range(5))
def test_twenty_look_alike_clicks_all_keep_their_sign(seed: int) -> None:
    gen = torch.Generator().manual_seed(seed)
    given_scene, gp = scene(seed, (20,), coarse=(8, 8), size=(32, 32)), _gp(seed)
    noise = torch.randn(given_scene.feats.shape, generator=gen, dtype=torch.float64)
    alike = F.normalize(given_scene.feats[:, :, :1, :1] + 5e-4 * noise, dim=1)
    given_scene = replace(given_scene, feats=alike).to(torch.float32)

    found = _logits(gp.float(), given_scene, 1e-7)[0].flatten()

    label = given_scene.clicks.label[0]
    assert (found[_spots(given_scene)].sign() == label).all()


def test_of_two_clicks_on_the_same_inputs_the_last_one_counts() -> None:
    given_scene, gp = scene(0, (2,)), _gp(0)
    flat = given_scene.feats[:, :, :1, :1].expand_as(given_scene.feats).contiguous()
    grey = torch.zeros_like(given_scene.colours)
    label = torch.tensor([[1.0, -1.0]])
    clicks = given_scene.clicks._replace(label=label)

    found = _logits(gp, Scene(flat, grey, clicks), 1e-7)[0].flatten()

    assert (found[_spots(given_scene)] < 0).all()


@pytest.mark.parametrize(
    ("changes", "is_known"),
    [
        pytest.param({"coarse": True}, True, id="coarse"),
        pytest.param(
            {"coarse": True, "vi_form": "sum"}, True, id="a matter of training"
        ),
        pytest.param({}, False, id="full"),
        pytest.param({"coarse": True, "with_colour": False}, False, id="no colour"),
    ],
)
def test_only_settings_that_it_knows_have_a_corner_form(
    changes: dict[str, object], is_known: bool
) -> None:
    settings = preset("gpcis", **changes)

    assert has_corner_form(settings) is is_known


def test_the_presets_themselves_keep_their_full_form() -> None:
    assert not any(has_corner_form(settings) for settings in PRESETS.values())


def _gp(seed: int, **changes: object) -> GPClassifier:
    torch.manual_seed(seed)
    gp = GPClassifier(6, 16, preset("gpcis", coarse=True, **changes)).double()
    gp.requires_grad_(False)
    torch.nn.init.normal_(gp.log_precision, 1.0, 0.3)
    return gp


def _cells(given_scene: Scene) -> Tensor:
    size = (given_scene.feats.shape[2], given_scene.feats.shape[3])
    return F.adaptive_avg_pool2d(given_scene.colours, size)


def _logits(gp: GPClassifier, given_scene: Scene, noise_var: float) -> Tensor:
    prior = grid_prior(gp, given_scene.feats, _cells(given_scene))[:, 0]
    feats, colours, clicks = given_scene.feats, given_scene.colours, given_scene.clicks
    return corner_logits(gp, feats, prior, colours, clicks, noise_var=noise_var)


def _spots(given_scene: Scene) -> Tensor:
    coords = given_scene.clicks.coords[0].long()
    return coords[:, 0] * given_scene.size[1] + coords[:, 1]


def _bilinear(given_scene: Scene) -> Tensor:  # (P, h·w)
    h, w = given_scene.feats.shape[2:]
    unit = torch.eye(h * w, dtype=torch.float64).view(h * w, h, w)
    return upsample(unit, given_scene.size)


def _kernel(gp: GPClassifier, given_scene: Scene) -> Tensor:  # (P, P), by differences
    x = given_scene.feats[0].flatten(1).T
    gap = (x[:, None] - x[None]).square() * gp.log_precision.exp()
    weight = _bilinear(given_scene)
    g = given_scene.colours[0].flatten(1).T
    colour = torch.exp(-(g[:, None] - g[None]).square().sum(-1) / 2)
    assert gp.colour_weight is not None
    features = weight @ torch.exp(-gap.sum(-1) / 2) @ weight.T
    return features + gp.colour_weight * colour


def _prior(gp: GPClassifier, given_scene: Scene) -> Tensor:  # (P,)
    cells = torch.cat([given_scene.feats, _cells(given_scene)], 1)[0].flatten(1).T
    angle = cells @ gp.freq.T + gp.phase
    wave = torch.sin(angle) if gp.settings.basis == "sin" else torch.cos(angle)
    grid = wave @ gp.weights_mean * math.sqrt(2 / len(gp.phase))
    return _bilinear(given_scene) @ grid


def _targets(gp: GPClassifier, given_scene: Scene) -> Tensor:  # (N,)
    z = torch.cat([_bilinear(given_scene) @ given_scene.feats[0].flatten(1).T,
                   given_scene.colours[0].flatten(1).T], 1)  # fmt: skip
    label = given_scene.clicks.label.double()
    targets: Tensor = gp.targets(z[_spots(given_scene)][None], label)[0]
    return targets


def _dense(gp: GPClassifier, given_scene: Scene, noise_var: float) -> Tensor:
    full, at, prior = (
        _kernel(gp, given_scene),
        _spots(given_scene),
        _prior(gp, given_scene),
    )
    system = full[at][:, at] + noise_var * torch.eye(len(at), dtype=torch.float64)
    v = torch.linalg.solve(system, _targets(gp, given_scene) - prior[at])
    kernel: Tensor = (prior + full[:, at] @ v).view(given_scene.size)
    return kernel
