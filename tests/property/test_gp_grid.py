"""Laws of the GP on the feature grid that the full form has no use for.

What both forms obey stands in ``test_gp_laws`` and its neighbours.
"""

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import oracles
from gp_scenes import (
    Scene,
    answer,
    at_clicks,
    classifier,
    click_gram,
    scene,
    truth,
)
from gpcis_backend.gp.cells import CellGP, cell_rows
from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.observation import through_cells
from gpcis_backend.gp.presets import GPSettings
from gpcis_backend.gp.system import Clicks

seeds = st.integers(0, 10**6)
few = settings(max_examples=8)


@given(seed=seeds, noise_var=st.sampled_from([1e-2, 1e-7]))
@few
def test_where_every_pixel_is_a_cell_both_forms_are_one(
    seed: int, noise_var: float
) -> None:
    here = scene(seed, (3, 5), cells=(6, 7), size=(6, 7))

    grid, full = (
        answer(
            classifier(seed % 7, on_grid=on_grid, with_places=True),
            here,
            noise_var,
            with_variance=True,
        )
        for on_grid in (True, False)
    )

    close(grid.logits, full.logits)
    close(grid.prior, full.prior)
    assert grid.variance is not None
    assert full.variance is not None
    close(grid.variance, full.variance, 1e-8)


def test_a_click_on_a_cell_sees_that_cell_alone() -> None:
    """Law (1): there k(c, c) = 1 + eta0."""
    model, here = classifier(on_grid=True), _clicked_on(_CORNERS)

    diagonal = click_gram(model, here).diagonal(dim1=1, dim2=2)[0]

    assert model.colour_weight is not None
    close(diagonal, (1 + model.colour_weight.detach()).expand(4), 1e-12)


def test_a_click_between_cells_sees_their_weighted_mean() -> None:
    """Pixel rows 5 and 6 of 0..11 are cell rows 1 + 4/11 and 1 + 7/11 of 0..3."""
    here = _clicked_on([(5, 8), (6, 8)])
    cells = _clicked_on([(1, 2), (2, 2)])  # those two, as pixels of a full form
    cells = replace(cells, colours=_pooled(cells))

    seen = click_gram(classifier(on_grid=True), here)[0]

    weight = torch.tensor([[7, 4], [4, 7]], dtype=torch.float64) / 11
    of_cells = click_gram(classifier(), cells)[0]
    close(seen, weight @ of_cells @ weight.T, 1e-12)


@given(seed=seeds, noise_var=st.sampled_from([1e-2, 1e-5, 1e-7]))
@few
def test_shown_variance_is_never_too_small(seed: int, noise_var: float) -> None:
    """Law (4): that of a mean is at most the mean of variances; exact at cells."""
    model, here = classifier(seed % 7, on_grid=True), scene(seed, (5,))

    out = answer(model, here, noise_var, with_variance=True)

    assert out.variance is not None
    t = truth(model, here, 0)
    left = t.covariance(noise_var, model.settings.target_var)
    exact = (t.see_p @ left @ t.see_p.T).diagonal()
    gap = out.variance[0].flatten() - exact
    assert gap.min() > -1e-8
    assert gap.max() > 1e-3
    close(gap[t.spots], torch.zeros(5).double(), 1e-8)
    on_cells = (t.see_p.max(1).values > 1 - 1e-12).nonzero()[:, 0]
    assert len(on_cells) == 10
    close(gap[on_cells], torch.zeros(10).double(), 1e-8)


@pytest.mark.parametrize("with_grad", [True, False], ids=["training", "serving"])
@pytest.mark.parametrize("noise_var", [1e-2, 1e-5, 1e-7])
def test_float32_inputs_stay_near_the_float64_oracle(
    noise_var: float, with_grad: bool
) -> None:
    """Section 4: v is magnified by 1/eps2, the error of the answer is not."""
    for seed in range(6):
        model = classifier(seed, on_grid=True).float()
        here = scene(seed, (5, 3)).to(torch.float32)

        with torch.set_grad_enabled(with_grad):
            logits = model(
                here.feats, here.colours, here.clicks, noise_var=noise_var
            ).logits

        assert logits.dtype == torch.float32
        for index in range(2):
            dense = truth(model, here, index)
            weights = model.weights_mean.double()
            wanted = dense.logits(weights, dense.mean, noise_var).detach()
            close(logits[index].detach().double().flatten(), wanted, 1e-4)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"with_colour": False},
        {"basis": "cos"},
        {"with_places": True},
        {"with_places": True, "with_colour": False},
    ],
)
@pytest.mark.parametrize("cells", [(4, 5), (4, 8)])  # 1/7 is no short binary number
def test_known_cells_change_nothing(
    changes: dict[str, Any], cells: tuple[int, int]
) -> None:
    model = classifier(on_grid=True, **changes)
    here = scene(2, (4, 3), cells=cells)

    known = model.cell_prior(here.feats, _pooled(here)).detach()

    assert known.shape == (2, *cells)
    for noise_var in (1e-2, 1e-7):
        own = answer(model, here, noise_var)
        given = _known_logits(model, here, known, noise_var)
        close(given, own.logits, 1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_clicks_that_see_disks_are_obeyed(seed: int) -> None:
    model = classifier(seed, on_grid=True, disk_radius=3.0)
    here = _clicked_on([(0, 0), (5, 6), (11, 16)], labels=(1, -1, 1))

    out = answer(model, here, 1e-7)

    assert (at_clicks(out.logits, here.clicks).sign() == here.clicks.label).all()


def test_a_disk_is_the_mean_of_five_points_inside_the_image() -> None:
    """A click in the corner: two of the five are beyond it and move to its sides."""
    corner = torch.zeros(1, 1, 2)

    seen = through_cells(corner, (12, 17), 12, 17, 4.0)

    reach = 4 * (5 / 8) ** 0.5  # second moments of the disk
    assert seen.weight.shape == (1, 1, 20)
    close(seen.weight.sum(-1), torch.ones(1, 1).double(), 1e-12)
    mean = (seen.coords * seen.weight.flatten(1).unsqueeze(-1)).sum(1)
    close(mean, torch.ones(1, 2).double() * reach / 5, 1e-12)


def test_a_disk_without_clicks_shows_the_prior() -> None:
    model, here = classifier(on_grid=True, disk_radius=3.0), scene(2, (0, 0), slots=0)

    out = answer(model, here, 1e-7)

    close(out.logits, out.prior, 1e-12)


@pytest.mark.parametrize(("radius", "on_grid"), [(-1.0, True), (3.0, False)])
def test_disks_need_a_grid(radius: float, on_grid: bool) -> None:
    with pytest.raises(ValueError, match="needs on_grid"):
        GPSettings(on_grid=on_grid, disk_radius=radius)


@pytest.mark.parametrize("noise_var", [1e-2, 1e-7])
def test_known_cells_let_the_last_of_contradicting_clicks_win(noise_var: float) -> None:
    """The older of two clicks on look-alike cells has no weight, in both forms."""
    model = classifier(on_grid=True)
    here = _clicked_on([(4, 5), (9, 12), (7, 5)], labels=(1, 1, -1))
    here = replace(here, feats=here.feats[:, :, :1, :1].expand_as(here.feats))
    here = replace(here, colours=here.colours[:, :, :1, :1].expand_as(here.colours))
    known = model.cell_prior(here.feats, _pooled(here)).detach()

    found = _known_logits(model, here, known, noise_var)

    close(found, answer(model, here, noise_var).logits, 1e-6)
    assert (at_clicks(found, here.clicks)[0, 1:] < 0).all()


def test_known_cells_survive_a_singular_system() -> None:
    """ε² is raised until the system can be solved; one sign, so none contradicts."""
    model = classifier(on_grid=True)
    here = _clicked_on([(4, 5), (9, 12), (7, 5)])
    here = replace(here, feats=here.feats[:, :, :1, :1].expand_as(here.feats))
    here = replace(here, colours=here.colours[:, :, :1, :1].expand_as(here.colours))
    known = model.cell_prior(here.feats, _pooled(here)).detach()

    found = _known_logits(model, here, known, 1e-18)

    assert found.isfinite().all()
    assert (at_clicks(found, here.clicks) > 0).all()


def test_a_known_prior_is_believed() -> None:
    """Another prior, another answer; clicks keep their target all the same."""
    model, here = classifier(on_grid=True), scene(2, (4, 3))
    known = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0)).double()

    found = _known_logits(model, here, known, 1e-9)

    assert (found - answer(model, here, 1e-9).logits).abs().max() > 0.1
    for index, count in enumerate((4, 3)):
        mean = truth(model, here, index).mean
        close(at_clicks(found, here.clicks)[index, :count], mean, 1e-6)


def test_without_clicks_the_known_prior_is_shown() -> None:
    model, here = classifier(on_grid=True), scene(2, (0, 0), slots=3)
    known = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0)).double()

    found = _known_logits(model, here, known, 1e-7)

    for index in range(2):
        shown = oracles.upsample(known[index][None], here.size)[:, 0]
        close(found[index].flatten(), shown, 1e-12)


def test_the_prior_of_cells_is_not_rounded_by_autocast() -> None:
    model, here = classifier(on_grid=True).float(), scene(2, (4,)).to(torch.float32)
    plain = model.cell_prior(here.feats, _pooled(here))

    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = model.cell_prior(here.feats, _pooled(here))

    assert torch.equal(cast, plain)


@pytest.mark.parametrize("seed", range(5))
def test_four_clicks_in_one_cell_keep_their_signs(seed: int) -> None:
    """As many as it has corners: whatever they say, a bilinear patch can say it."""
    model = classifier(seed, on_grid=True)
    here = _clicked_on([(4, 5), (4, 7), (7, 5), (7, 7)], labels=(1, -1, -1, 1))

    out = answer(model, here, 1e-7)

    assert (at_clicks(out.logits, here.clicks).sign() == here.clicks.label).all()


_CORNERS = [(0, 0), (0, 16), (11, 0), (11, 16)]  # cells lie on these pixels


def close(actual: Tensor, expected: Tensor, atol: float = 1e-9) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=atol)


def _clicked_on(
    spots: list[tuple[int, int]], labels: tuple[int, ...] | None = None
) -> Scene:
    count = len(spots)
    label = torch.ones(1, count) if labels is None else torch.tensor([labels]) * 1.0
    order = torch.arange(count)[None] * 1.0
    here = scene(1, (count,))
    return replace(here, clicks=Clicks(torch.tensor([spots]) * 1.0, label, order))


def _known_logits(
    model: GPClassifier, here: Scene, prior: Tensor, noise_var: float
) -> Tensor:
    precision = model.log_precision.detach().exp()
    rows = cell_rows(here.feats, prior, _pooled(here), precision)
    found = []
    for image, *parts in zip(rows, *here.clicks, strict=True):
        used = parts[1] != 0
        clicks = Clicks(*(part[used].unsqueeze(0) for part in parts))
        given = image, clicks, here.size
        found.append(CellGP(model).logits(*given, noise_var=noise_var))
    return torch.stack(found)


def _pooled(here: Scene) -> Tensor:
    """Mean colours of the cells.  (B, 3, h, w)."""
    cells = (here.feats.shape[2], here.feats.shape[3])
    return torch.stack([oracles.cell_means(image, cells) for image in here.colours])
