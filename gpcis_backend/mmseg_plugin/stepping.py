"""One network pass for a view of an image: crop, resize, predict, paste back."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.mmseg_plugin.resampling import enlarged, seen
from gpcis_backend.mmseg_plugin.threads import one_thread


class ClickModel(Protocol):
    """A ``ClickSegmentor``, or what is served in its place."""

    data_preprocessor: Any

    def parameters(self) -> Iterator[nn.Parameter]:
        """All that it learned."""

    def click_logits(
        self,
        inputs: Tensor,
        prev: Tensor,
        clicks: ClickBatch,
        *,
        noise_var: float | None = None,
    ) -> Tensor:
        """See ``ClickSegmentor``.  (B, 1, H, W)."""

    def click_latent(
        self, inputs: Tensor, prev: Tensor, clicks: ClickBatch
    ) -> tuple[Tensor, Tensor]:
        """See ``ClickSegmentor``.  (B, H, W) each."""


@torch.no_grad()
def view_prob(
    model: ClickModel,
    image: Image,
    clicks: tuple[Click, ...],
    prev: Prob | None,
    view: View,
    *,
    noise_var: float | None = None,
) -> Prob:
    """Foreground probability after all clicks, 0 outside the view's crop.

    Args:
        model: In evaluation mode.
        image: RGB.  (H, W, 3)
        clicks: Those outside the crop are not seen.
        prev: Soft mask of the step before; zeros if None.  (H, W)
        view: What the network sees.
        noise_var: ε² of the GP; None for the test value.

    Returns:
        (H, W)
    """
    crop = view.crop
    with one_thread():
        inputs, mask, batch_clicks = _network_inputs(model, image, clicks, prev, view)
        if view.with_flip:
            inputs, mask, batch_clicks = _with_mirror(inputs, mask, batch_clicks)
    logits = model.click_logits(inputs, mask, batch_clicks, noise_var=noise_var)
    with one_thread():
        if view.with_flip:
            logits = (logits[:1] + logits[1:].flip(3)) / 2
        prob = torch.sigmoid(logits)[0, 0]
        return crop.paste(enlarged(prob, crop.height, crop.width), *image.shape[:2])


@torch.no_grad()
def view_latent(
    model: ClickModel,
    image: Image,
    clicks: tuple[Click, ...],
    prev: Prob | None,
    view: View,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and variance of the latent function, at the network's size, unmirrored.

    Args:
        model: In evaluation mode, with ``has_latent``.
        image: RGB.  (H, W, 3)
        clicks: Those outside the crop are not seen.
        prev: Soft mask of the step before; zeros if None.  (H, W)
        view: What the network sees.

    Returns:
        In logits and squared logits, of the view's height and width.  (h, w)
    """
    inputs = _network_inputs(model, image, clicks, prev, view)
    mean, variance = model.click_latent(*inputs)
    return mean[0].float().cpu().numpy(), variance[0].float().cpu().numpy()


def _network_inputs(
    model: ClickModel,
    image: Image,
    clicks: tuple[Click, ...],
    prev: Prob | None,
    view: View,
) -> tuple[Tensor, Tensor, ClickBatch]:
    """Normalised picture, mask of the step before and clicks, in the view."""
    device = next(model.parameters()).device
    picture = torch.from_numpy(seen(image, view)).permute(2, 0, 1)[None]
    inputs = model.data_preprocessor.normalise(picture.contiguous().to(device))
    mask = inputs.new_zeros(1, 1, view.height, view.width)
    if prev is not None:
        mask = torch.from_numpy(seen(prev, view))[None, None].to(inputs)
    return inputs, mask, ClickBatch.from_rows([_rows(clicks, view)], device)


def _rows(clicks: tuple[Click, ...], view: View) -> NDArray[np.float64]:
    """Clicks inside the crop as (row, col, label) in network-input pixels.  (N, 3)."""
    inside = [click for click in clicks if view.crop.contains(click)]
    spots = np.array([(c.row, c.col) for c in inside], dtype=np.float64).reshape(-1, 2)
    labels = np.array([[c.label] for c in inside], dtype=np.float64).reshape(-1, 1)
    return np.hstack([view.to_network(spots), labels])


def _with_mirror(
    inputs: Tensor, mask: Tensor, clicks: ClickBatch
) -> tuple[Tensor, Tensor, ClickBatch]:
    """A batch of two: as it is, and mirrored (column c becomes W-1-c)."""
    coords = clicks.coords.clone()
    coords[..., 1] = (inputs.shape[3] - 1 - coords[..., 1]) * clicks.valid
    both = ClickBatch(
        torch.cat([clicks.coords, coords]),
        clicks.label.repeat(2, 1),
        clicks.order.repeat(2, 1),
    )
    return torch.cat([inputs, inputs.flip(3)]), torch.cat([mask, mask.flip(3)]), both
