"""The part of a click segmentor that other runtimes take over: all but clicks and GP.

What is left outside is small and exact: drawing click maps, solving the clicks, the
kernel of the cells.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpcis_backend.gp.cells import cell_rows
from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.mmseg_plugin.plain_head import PlainHead
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor

# sin 2πt = t P(t²) for |t| ≤ ½, fitted for the least largest error: 1e-7.
_SINE = (
    6.28318282, -41.3414214, 81.5961845, -76.5801055, 41.2054136, -12.2712883,
)  # fmt: skip


class NetworkPart(nn.Module):
    """From picture, previous mask and click maps to what is left to a head.

    The output is of stride 4, channels last, which costs runtimes no change of layout:
    for a GP head the unit-norm features or, where ``knows_cells``, all of
    ``cell_rows``; for a plain head the logits.

    Args:
        model: Baked, in evaluation mode.
        with_layers: Compute the prior by ``PriorLayers``, for a runtime that is given
            the graph; else block by block, which suits torch.
    """

    def __init__(self, model: ClickSegmentor, *, with_layers: bool = False) -> None:
        super().__init__()
        self.backbone, self.head = model.backbone, model.decode_head
        self.prior: Callable[[Tensor, Tensor], Tensor] | None = None
        self.means: Callable[[Tensor, tuple[int, int]], Tensor]
        if knows_cells(model):
            gp: GPClassifier = self.head.gp
            self.prior = PriorLayers(gp) if with_layers else gp.cell_prior
            self.means = CellMeans() if with_layers else F.adaptive_avg_pool2d
            self.precision = gp.log_precision.detach().exp()

    def forward(self, x: Tensor) -> Tensor:
        """(B, 6, H, W) -> (B, H/4, W/4, C); C is D+6, D, or 1 of a plain head."""
        maps = self.head.decoder(self.backbone(x))
        if isinstance(self.head, PlainHead):
            logits: Tensor = self.head.classifier(self.head.hidden(maps))
            return logits.permute(0, 2, 3, 1)
        feats = F.normalize(self.head.projection(maps), dim=1, eps=1e-12)
        if self.prior is None:
            return feats.permute(0, 2, 3, 1)
        colours = self.means(x[:, :3], (feats.shape[2], feats.shape[3]))
        return cell_rows(feats, self.prior(feats, colours), colours, self.precision)


class CellMeans(nn.Module):
    """Means over the cells of a grid; of 4 x 4 pixels a convolution, which is fast."""

    def __init__(self) -> None:
        super().__init__()
        weight = torch.eye(3)[:, :, None, None].expand(3, 3, 4, 4) / 16
        self.weight = nn.Parameter(weight.clone(), requires_grad=False)

    def forward(self, colours: Tensor, cells: tuple[int, int]) -> Tensor:
        """(B, 3, H, W) -> (B, 3, h, w)."""
        if colours.shape[2:] == (4 * cells[0], 4 * cells[1]):
            return F.conv2d(colours, self.weight, stride=4)
        return F.adaptive_avg_pool2d(colours, cells)


class PriorLayers(nn.Module):
    """The prior Φ w as layers: convolutions, and a sine that every runtime has fast.

    Args:
        gp: Whose prior.
    """

    def __init__(self, gp: GPClassifier) -> None:
        super().__init__()
        self.with_colour = gp.settings.with_colour
        turns = gp.freq.detach() / (2 * math.pi)
        self.freq = nn.Parameter(turns[:, :, None, None].clone(), requires_grad=False)
        shift = 0.25 if gp.settings.basis == "cos" else 0.0
        phase = gp.phase.detach() / (2 * math.pi) + shift
        self.phase = nn.Parameter(phase, requires_grad=False)
        weights = gp.weights_mean.detach() * math.sqrt(2 / len(phase))
        self.weights = nn.Parameter(weights[None, :, None, None], requires_grad=False)

    def forward(self, feats: Tensor, colours: Tensor) -> Tensor:
        """(B, D, h, w) and (B, 3, h, w) -> (B, h, w)."""
        z = torch.cat([feats, colours], 1) if self.with_colour else feats
        turns = F.conv2d(z, self.freq, self.phase)
        return F.conv2d(_sine(turns), self.weights).squeeze(1)


def knows_cells(model: ClickSegmentor) -> bool:
    """Whether the network part can prepare the GP's cells: those of plain colours."""
    gp = getattr(model.decode_head, "gp", None)
    if gp is None or gp.settings.disk_radius:
        return False
    return bool(gp.settings.on_grid and gp.settings.median_side == 1)


def _sine(turns: Tensor) -> Tensor:
    """The sine of 2πt; runtimes compute the library's sine value by value."""
    turns = turns - torch.round(turns)
    square = turns * turns
    *lower, out = (square.new_tensor(factor) for factor in _SINE)
    for factor in reversed(lower):
        out = out * square + factor
    return out * turns
