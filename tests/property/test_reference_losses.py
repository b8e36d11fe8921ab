"""The normalised focal loss and its slope: written numbers, and the formula in numpy.

Method.md section 2: mu is per image and held fixed, pixels without a label count
nowhere, the mean over images comes last.
"""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gpcis_backend.mmseg_plugin.losses import NormalizedFocalLoss

Array = NDArray[np.float64]

_VOID = 255


def test_two_images_cost_and_slope_as_written() -> None:
    """40-digit arithmetic; the second image has a pixel without a label."""
    rows = [[[2.0, -1.0, 0.5, -3.0]], [[1.5, -0.25, 4.0, 0.0]]]
    logits = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    label = torch.tensor([[[1, 1, 0, 0]], [[0, 1, _VOID, 1]]])

    loss = NormalizedFocalLoss()(logits, label, _VOID)
    (slope,) = torch.autograd.grad(loss, logits)

    np.testing.assert_allclose(loss.item(), 0.606325878322, rtol=1e-11)
    expected = [
        [[-0.00129772581089, -0.204674660154, 0.140178440364, 8.38887988602e-5]],
        [[0.194703869479, -0.0822707857335, 0.0, -0.0604078447174]],
    ]
    np.testing.assert_allclose(slope.numpy(), expected, rtol=2e-11, atol=1e-15)


@given(
    seed=st.integers(0, 10**6),
    alpha=st.sampled_from([0.5, 0.25]),
    gamma=st.sampled_from([2.0, 1.0, 3.0]),
    ignore_index=st.sampled_from([_VOID, 7]),
)
@settings(max_examples=25)
def test_loss_and_slope_are_the_plain_formula(
    seed: int, alpha: float, gamma: float, ignore_index: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(scale=3, size=(3, 5, 4))
    label = rng.choice([0, 1, ignore_index], size=values.shape, p=[0.4, 0.4, 0.2])
    label[0, 2:] = ignore_index  # the images differ in their number of labels
    logits = torch.from_numpy(values).requires_grad_()
    module = NormalizedFocalLoss(alpha=alpha, gamma=gamma, loss_weight=1.5)

    loss = module(logits, torch.from_numpy(label), ignore_index)
    (slope,) = torch.autograd.grad(loss, logits)

    parts = [
        _focal(v, y, alpha, gamma, ignore_index)
        for v, y in zip(values, label, strict=True)
    ]
    costs, slopes = (np.array(part) for part in zip(*parts, strict=True))
    np.testing.assert_allclose(loss.item(), 1.5 * costs.mean(), rtol=1e-9)
    np.testing.assert_allclose(slope.numpy(), 1.5 * slopes / 3, rtol=1e-9, atol=1e-14)


def _focal(
    logits: Array, label: NDArray[np.int64], alpha: float, gamma: float, void: int
) -> tuple[float, Array]:
    """Cost of one image and its slope at fixed mu.  (), (H, W)."""
    cost, slope = 0.0, np.zeros(logits.shape)
    spots = [spot for spot in np.ndindex(*logits.shape) if label[spot] != void]
    signs = {spot: 1.0 if label[spot] == 1 else -1.0 for spot in spots}
    right = {spot: 1 / (1 + np.exp(-signs[spot] * logits[spot])) for spot in spots}
    scale = len(spots) / sum((1 - p) ** gamma for p in right.values())
    for spot, p in right.items():
        weight = alpha * scale * (1 - p) ** gamma / len(spots)
        cost -= float(weight * np.log(p))
        # d/da of -(1-p)^gamma log p, with dp/da = sign p (1-p)
        slope[spot] = weight * signs[spot] * (gamma * p * np.log(p) - (1 - p))
    return cost, slope
