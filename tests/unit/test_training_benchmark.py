"""The training benchmark compares two ways to the same numbers."""

import torch

from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.presets import preset
from gpcis_backend.mmseg_plugin.benchmark_training import (
    batched_loss,
    draw_scene,
    plain_loss,
)


def test_the_plain_loop_and_the_batch_have_one_loss_and_one_gradient() -> None:
    """Else the ratio of their costs would say nothing."""
    torch.manual_seed(0)
    gp = GPClassifier(48, 256, preset("gpcis", chunk_pixels=512))
    scene = draw_scene(batch=2, side=32, num_clicks=24)
    losses, grads = [], []

    for loss_of in (plain_loss, batched_loss):
        feats = scene.feats.clone().requires_grad_()
        loss = loss_of(gp, feats, scene)
        losses.append(loss)
        grads.append(torch.autograd.grad(loss, [feats, *gp.parameters()]))

    torch.testing.assert_close(losses[0], losses[1], rtol=1e-5, atol=0)
    for plain, batched in zip(*grads, strict=True):
        torch.testing.assert_close(plain, batched, rtol=1e-3, atol=1e-6)
