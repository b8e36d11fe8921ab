"""The click system: escalating noise, contradictions, padding."""

import pytest
import torch

from gpcis_backend.errors import NumericalError
from gpcis_backend.gp.posterior import drop_contradicted, factorise, update_weights


def test_noise_is_raised_for_the_failing_image_only() -> None:
    """Rule 2: times ten until it can be factorised."""
    gram = torch.stack([_indefinite(5e-6), torch.eye(2).double(), _indefinite(2e-4)])
    valid = torch.ones(3, 2, dtype=torch.bool)

    chol, noise = factorise(gram, valid, noise_var=1e-7)

    expected = torch.tensor([1e-5, 1e-7, 1e-3], dtype=torch.float64)
    torch.testing.assert_close(noise, expected)
    system = gram + torch.diag_embed(noise[:, None].expand(3, 2))
    torch.testing.assert_close(chol @ chol.mT, system, rtol=0, atol=1e-14)


@pytest.mark.parametrize(("depth", "is_solvable"), [(0.09, True), (0.11, False)])
def test_noise_is_raised_at_most_six_times(depth: float, is_solvable: bool) -> None:
    """Rule 2: from 1e-7 up to 0.1, then an error that says so."""
    gram, valid = _indefinite(depth)[None], torch.ones(1, 2, dtype=torch.bool)

    if is_solvable:
        _, noise = factorise(gram, valid, noise_var=1e-7)
        assert noise.item() == pytest.approx(0.1)
    else:
        with pytest.raises(NumericalError, match=r"even at ε² = 0\.1"):
            factorise(gram, valid, noise_var=1e-7)


def test_padding_solves_to_zero_whatever_it_holds() -> None:
    """Rule 6."""
    gram = torch.full((1, 3, 3), 7.0).double()
    gram[0, :2, :2] = torch.tensor([[2.0, 0.5], [0.5, 2.0]])
    residual = torch.tensor([[1.0, -2.0, 9.0]]).double()
    valid = torch.tensor([[True, True, False]])

    v, noise = update_weights(gram, residual, valid, noise_var=1e-2)

    inner = gram[0, :2, :2] + 1e-2 * torch.eye(2).double()
    torch.testing.assert_close(v[0, :2], torch.linalg.solve(inner, residual[0, :2]))
    assert v[0, 2] == 0
    assert noise.item() == 1e-2


def test_an_empty_system_needs_no_solving() -> None:
    v, noise = update_weights(
        torch.zeros(2, 0, 0),
        torch.zeros(2, 0),
        torch.zeros(2, 0, dtype=torch.bool),
        noise_var=1e-3,
    )

    assert v.shape == (2, 0)
    assert noise.tolist() == pytest.approx([1e-3, 1e-3])


@pytest.mark.parametrize(
    ("distance", "labels", "orders", "kept"),
    [
        pytest.param(9e-7, (1, -1), (0, 1), (False, True), id="older leaves"),
        pytest.param(9e-7, (1, -1), (5, 2), (True, False), id="order counts, not slot"),
        pytest.param(1.1e-6, (1, -1), (0, 1), (True, True), id="just apart"),
        pytest.param(0.0, (1, 1), (0, 1), (True, True), id="they agree"),
        pytest.param(0.0, (1, 0), (0, -1), (True, True), id="padding contradicts none"),
    ],
)
def test_contradiction_begins_at_one_part_in_a_million(
    distance: float,
    labels: tuple[int, int],
    orders: tuple[int, int],
    kept: tuple[bool, bool],
) -> None:
    """Rule 5: k > (1 + eta0) (1 - 1e-6), opposite labels."""
    eta = 0.7
    gram = torch.full((1, 2, 2), 1 + eta, dtype=torch.float64)
    gram[0, 0, 1] = gram[0, 1, 0] = (1 + eta) * (1 - distance)

    keep = drop_contradicted(gram, torch.tensor([labels]), torch.tensor([orders]))

    assert tuple(keep[0].tolist()) == kept


def _indefinite(depth: float) -> torch.Tensor:
    """A symmetric matrix with the eigenvalue ``-depth``.  (2, 2)."""
    return torch.tensor([[1, 1 + depth], [1 + depth, 1]], dtype=torch.float64)
