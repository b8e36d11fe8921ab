"""The normalized focal loss, by hand-made numbers."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpcis_backend.mmseg_plugin.losses import NormalizedFocalLoss

loss = NormalizedFocalLoss()


@pytest.mark.parametrize("labels", [(1, 1, 0, 0), (1, 1, 1, 1), (0, 0, 0, 0)])
def test_undecided_logits_cost_half_a_bit(labels: tuple[int, ...]) -> None:
    value = loss(torch.zeros(1, 1, 4), torch.tensor([[labels]]))

    assert value.item() == pytest.approx(0.346574, abs=5e-7)


def test_the_example_of_the_acceptance_list() -> None:
    logits = torch.tensor([[[2.0, -1.0, 0.5, -3.0]]], dtype=torch.float64)

    value = loss(logits, torch.tensor([[[1, 1, 0, 0]]]))

    assert value.item() == pytest.approx(0.576107, abs=5e-7)


@given(logit=st.floats(-30, 30))
@settings(max_examples=25)
def test_a_constant_logit_costs_its_cross_entropy(logit: float) -> None:
    logits = torch.full((1, 3, 5), logit, dtype=torch.float64)

    value = loss(logits, torch.ones(1, 3, 5))

    # eps = 1e-12 in the denominator of mu shows where all pixels are certain
    focus = 15 * torch.sigmoid(-logits[0, 0, 0]).item() ** 2
    expected = 0.5 * math.log1p(math.exp(-logit)) * focus / (focus + 1e-12)
    assert value.item() == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_ignored_pixels_change_neither_value_nor_gradient() -> None:
    """Acceptance (14)."""
    torch.manual_seed(0)
    logits = torch.randn(2, 4, 6, dtype=torch.float64)
    label = torch.randint(2, (2, 4, 6))
    label[:, :, 4:] = 255
    results = []
    for width, noise in ((4, 0.0), (6, 0.0), (6, 50.0)):
        values = logits[:, :, :width].clone()
        values[:, :, 4:] += noise
        values.requires_grad_()
        value = loss(values, label[:, :, :width])
        (grad,) = torch.autograd.grad(value, values)
        assert not grad[:, :, 4:].any()
        results.append((value.detach(), grad[:, :, :4]))

    torch.testing.assert_close(results[1], results[0])
    torch.testing.assert_close(results[2], results[0])


def test_images_weigh_the_same_whatever_their_labelled_area() -> None:
    """Section 2: the mean over images comes last; mu is per image."""
    torch.manual_seed(0)
    logits, label = torch.randn(2, 4, 6), torch.randint(2, (2, 4, 6))
    label[0, 1:] = 255

    together = loss(logits, label)

    alone = [loss(logits[i : i + 1], label[i : i + 1]) for i in range(2)]
    torch.testing.assert_close(together, (alone[0] + alone[1]) / 2)


def test_gradient_holds_the_normaliser_fixed() -> None:
    """Section 2: mu is detached; (1 - p)^gamma is not."""
    torch.manual_seed(0)
    logits = torch.randn(1, 3, 3, dtype=torch.float64, requires_grad=True)
    label = torch.randint(2, (1, 3, 3))
    pt = torch.sigmoid(torch.where(label == 1, logits, -logits))
    mu = 9 / ((1 - pt) ** 2).sum().detach()

    (found,) = torch.autograd.grad(loss(logits, label), logits)

    by_hand = (-0.5 * mu * (1 - pt) ** 2 * pt.log()).mean()
    (expected,) = torch.autograd.grad(by_hand, logits)
    torch.testing.assert_close(found, expected)


def test_extreme_logits_and_an_unlabelled_image_stay_finite() -> None:
    logits = torch.tensor([[[1e4, -1e4]], [[1.0, 2.0]]], requires_grad=True)
    label = torch.tensor([[[0, 1]], [[255, 255]]])

    value = loss(logits, label)
    value.backward()

    assert value.item() == pytest.approx(0.5 * 1e4 / 2)
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert not logits.grad[1].any()
