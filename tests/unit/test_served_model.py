"""The served model answers as the segmentor does, whatever runs its network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import tiny_models
from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.click import Click
from gpcis_backend.clicks.geometry import View, whole_image
from gpcis_backend.gp import cells
from gpcis_backend.inference.images import read_image
from gpcis_backend.inference.load import SHIPPED
from gpcis_backend.mmseg_plugin.build import bake, load_model
from gpcis_backend.mmseg_plugin.network_part import NetworkPart, PriorLayers
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.served_model import ServedModel
from gpcis_backend.mmseg_plugin.stepping import view_prob

ROOT = Path(__file__).parents[2]
CLICKS = [(20.0, 30.0, 1.0), (50.0, 44.0, -1.0), (8.0, 60.0, 1.0)]


@pytest.fixture(scope="module")
def shipped() -> ClickSegmentor:
    return load_model(SHIPPED)


def test_the_shipped_model_draws_the_masks_of_its_segmentor(
    shipped: ClickSegmentor,
) -> None:
    image = read_image(SHIPPED.parent / "check" / "coffee.jpg")
    clicks = (Click(90, 184, True), Click(200, 130, False), Click(172, 144, True))
    view = View(whole_image(*image.shape[:2]), 384, 384)
    served, prev, overlaps = ServedModel(shipped), None, []

    for num in (1, 2, 3):
        given = image, clicks[:num], prev, view
        probs = view_prob(shipped, *given), view_prob(served, *given)
        first, second = (prob > 0.5 for prob in probs)
        overlaps.append((first & second).sum() / (first | second).sum())
        prev = probs[0]

    assert np.mean(overlaps) >= 0.995
    for click in clicks:
        assert second[click.row, click.col] == click.is_positive


def test_the_doubt_map_is_the_segmentors(shipped: ClickSegmentor) -> None:
    inputs, prev, clicks = _given(64, 96)

    with torch.no_grad():
        mean, variance = shipped.click_latent(inputs, prev, clicks)
        ours = ServedModel(shipped).click_latent(inputs, prev, clicks)

    torch.testing.assert_close(ours[0], mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours[1], variance, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("head", "changes"),
    [
        ("ritm", {}),
        ("gpcis", {"on_grid": False}),
        ("gpcis", {"median_side": 3}),
        ("gpcis", {"disk_radius": 4.0}),
    ],
)
def test_every_head_and_form_is_served_unchanged(
    head: str, changes: dict[str, object]
) -> None:
    model = bake(tiny_models.lite0(ROOT, head))
    if changes:
        settings = model.decode_head.gp.settings
        model.decode_head.gp.settings = replace(settings, **changes)
    inputs, prev, clicks = _given(64, 64)

    logits = _click_logits(model, inputs, prev, clicks)
    served = _click_logits(ServedModel(model), inputs, prev, clicks)

    torch.testing.assert_close(served, logits, atol=1e-4, rtol=1e-4)


def test_an_unsolvable_system_shows_the_prior(
    shipped: ClickSegmentor, caplog: pytest.LogCaptureFixture
) -> None:
    inputs, prev, clicks = _given(64, 64)
    run, channels = ServedModel(shipped).network, shipped.decode_head.channels

    def undefined(x: Tensor) -> Tensor:
        maps = run(x).clone()
        maps[..., :channels] = torch.nan
        return maps

    served = ServedModel(shipped, undefined)
    logits = _click_logits(served, inputs, prev, clicks)

    prior = served.maps(inputs, prev, clicks)[..., channels].unsqueeze(1)
    shown = F.interpolate(prior, (64, 64), mode="bilinear", align_corners=True)
    torch.testing.assert_close(logits, shown)
    assert "showing the prior" in caplog.text


@pytest.mark.parametrize("basis", ["sin", "cos"])
def test_the_prior_as_layers_is_the_prior(shipped: ClickSegmentor, basis: str) -> None:
    gp = load_model(SHIPPED).decode_head.gp
    gp.settings = replace(gp.settings, basis=basis)
    gp.freq.data *= 5  # over several turns
    rng = torch.Generator().manual_seed(0)
    feats = torch.randn(2, 48, 5, 7, generator=rng)
    colours = torch.randn(2, 3, 5, 7, generator=rng)

    with torch.no_grad():
        layers = PriorLayers(gp)(feats, colours)
        plain = gp.cell_prior(feats, colours)

    torch.testing.assert_close(layers, plain, atol=2e-4, rtol=0)


def test_the_exported_network_is_the_one_that_torch_runs(
    shipped: ClickSegmentor,
) -> None:
    x = torch.randn(1, 6, 64, 96, generator=torch.Generator().manual_seed(0))

    with torch.no_grad():
        exported = NetworkPart(shipped, with_layers=True)(x)

        torch.testing.assert_close(
            exported, ServedModel(shipped).network(x), atol=1e-4, rtol=0
        )


def test_the_gp_makes_nothing_on_another_device() -> None:
    """On a GPU, that is; the meta device refuses to be mixed with others as well."""
    places = torch.zeros(4, 2, device="meta")

    down, across = cells._apart_on_sides(places, (5, 7))

    assert (down.shape, across.shape) == ((4, 5), (4, 7))
    assert down.device == across.device == places.device


def _given(height: int, width: int) -> tuple[Tensor, Tensor, ClickBatch]:
    inputs = tiny_models.pictures(1, max(height, width))[:, :, :height, :width]
    prev = torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(2))
    return inputs.contiguous(), prev, ClickBatch.from_rows([CLICKS], "cpu")


def _click_logits(
    model: ClickSegmentor | ServedModel,
    inputs: Tensor,
    prev: Tensor,
    clicks: ClickBatch,
) -> Tensor:
    with torch.no_grad():
        logits: Tensor = model.click_logits(inputs, prev, clicks)
    return logits
