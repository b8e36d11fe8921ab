"""Size and work of a click model: parameters, and multiply-adds of one picture.

Counted are convolutions and matrix products, as torch sees them run: each product with
its sum is one multiply-add (MAC), which papers of this field print as one FLOP.  Norms,
activations and resizing are left out, as there.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.mmseg_plugin.convolution import fused_operator
from gpcis_backend.mmseg_plugin.fusion import CLICK_CHANNELS, click_branch
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor


class Part(NamedTuple):
    """What one part of a model costs.

    Args:
        name: As printed.
        parameters: Its numbers, learned or fixed.
        macs: Multiply-adds for one picture.
    """

    name: str
    parameters: int
    macs: int


@torch.no_grad()
def complexity(model: ClickSegmentor, side: int = 384, clicks: int = 1) -> list[Part]:
    """The parts of a model in the order of its data flow; they add up to the whole.

    Args:
        model: In evaluation mode.
        side: Of the square picture, in pixels.
        clicks: On that picture, at least 0; only the GP's work grows with them.
    """
    head, branch = model.decode_head, click_branch(model.backbone)
    picture = torch.zeros(1, 3, side, side)
    batch = ClickBatch.from_rows([_spread(clicks, side)], "cpu")
    maps, encoder = _counted(lambda: model.extract_feat(picture, None, batch))
    _, fusion = _counted(lambda: branch(torch.zeros(1, CLICK_CHANNELS, side, side)))
    decoded, decoder = _counted(lambda: head.decoder(maps[:-1]))
    _, decoder_and_head = _counted(lambda: head.logits(maps, batch))
    parts = [
        Part("backbone", _size(model.backbone) - _size(branch), encoder - fusion),
        Part("click branch", _size(branch), fusion),
        Part("decoder", _size(head.decoder), decoder),
    ]
    last = Part("head", _size(head) - _size(head.decoder), decoder_and_head - decoder)
    projection = getattr(head, "projection", None)
    if isinstance(projection, nn.Module):
        _, macs = _counted(lambda: projection(decoded))
        parts.append(Part("projection", _size(projection), macs))
        last = Part("GP head", last.parameters - _size(projection), last.macs - macs)
    return [*parts, last]


def _counted(run: Callable[[], Any]) -> tuple[Any, int]:
    """What ``run`` returns, and its multiply-adds."""
    own = {fused_operator(): _fused_flops}
    with FlopCounterMode(display=False, custom_mapping=own) as counter:
        result = run()
    return result, counter.get_total_flops() // 2  # torch counts product and sum


def _fused_flops(
    x_shape: list[int],
    kernel_shape: list[int],
    *_: object,
    out_shape: list[int],
    **__: object,
) -> int:
    """Of a convolution with bias and clamp, which torch's counter does not know."""
    flops: int = conv_flop_count(x_shape, kernel_shape, out_shape)
    return flops


def _spread(clicks: int, side: int) -> list[tuple[float, float, int]]:
    """Clicks on a diagonal, signs in turn."""
    steps = (round((i + 0.5) * side / clicks) for i in range(clicks))
    return [(spot, spot, 1 - 2 * (i % 2)) for i, spot in enumerate(steps)]


def _size(module: nn.Module) -> int:
    return sum(part.numel() for part in module.parameters())


def total(parts: list[Part]) -> Part:
    """The whole model."""
    return Part("total", sum(p.parameters for p in parts), sum(p.macs for p in parts))
