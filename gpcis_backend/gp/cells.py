"""The GP on the feature grid for one picture that is clicked often, without gradients.

The same function as ``GPClassifier.forward`` on the grid, from cells whose prior is
known.  What the parameters mean is worked out once, clicks are solved by
``cell_system``, every cell is gathered once, and kernels of places are outer products
of a kernel of rows and one of columns: a third of the small operations, which is what
a click costs at this size.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from gpcis_backend.gp.cell_system import CellSystem
from gpcis_backend.gp.classifier import EXACT_BELOW, GPClassifier
from gpcis_backend.gp.grid import upsample
from gpcis_backend.gp.system import Clicks


class CellGP:
    """A GP on the grid with its parameters read once.

    Args:
        gp: Whose settings say ``on_grid``, without disks and medians of colours.
    """

    def __init__(self, gp: GPClassifier) -> None:
        self.system = CellSystem(gp)
        self.prior = self.system.num_features
        self.features = slice(self.prior)
        self.colours = slice(self.prior + 1, self.prior + 4)
        self.halves = slice(self.prior + 4, self.prior + 6)
        self.precision = gp.log_precision.detach().exp()  # (D,)

    @torch.inference_mode()
    def logits(
        self,
        maps: Tensor,
        clicks: Clicks,
        size: tuple[int, int],
        *,
        noise_var: float,
    ) -> Tensor:
        """Posterior mean at every pixel.

        Args:
            maps: What ``cell_rows`` says of each cell.  (h, w, D+6)
            clicks: Clicked pixels of the one picture, without padding.  (1, N, ...)
            size: Rows and columns of the picture.
            noise_var: ε² > 0, in squared logits.

        Returns:
            (H, W)

        Raises:
            NumericalError: The click system stayed singular.
        """
        with torch.autocast(maps.device.type, enabled=False):
            return self._logits(maps, clicks, size, noise_var)

    def _logits(
        self, maps: Tensor, clicks: Clicks, size: tuple[int, int], noise_var: float
    ) -> Tensor:
        cells = maps.shape[0], maps.shape[1]
        flat = maps.flatten(0, 1)  # (P, D+6)
        prior = maps[..., self.prior]
        if clicks.label.shape[1] == 0:
            return _enlarged(prior, size)
        coords, label, order = (part[0] for part in clicks)
        seen = self.system.look(coords, cells, size)
        points = flat[torch.from_numpy(seen.cell).to(flat.device)]  # (M, D+6)
        exact = points.cpu().double().numpy()
        found = self.system.solve(seen, exact, label, order, noise_var)
        spread, places = (
            torch.from_numpy(part).to(points) for part in (found.spread, seen.places)
        )
        mean = prior + self._update(flat, points, places, spread, cells)
        full = _enlarged(mean, size)
        if noise_var < EXACT_BELOW:  # float64, where v magnifies a float32 row's error
            values = torch.from_numpy(found.values).to(full)
            full.index_put_(coords.long().unbind(-1), values)
        return full

    def _update(
        self,
        flat: Tensor,
        points: Tensor,
        places: Tensor,
        spread: Tensor,
        cells: tuple[int, int],
    ) -> Tensor:
        """``Kₚₙ v`` in float32, M cells seen.  (h, w).

        Exponents are at most 0 but for rounding, which is left as it is.
        """
        system = self.system
        x, half_x = points[:, self.features], points[:, self.halves.start]
        scaled = x * self.precision.to(x)
        down, across = _apart_on_sides(places, cells)
        half = flat[:, self.halves.start]
        kernel = torch.addmm(-half, scaled, flat[:, self.features].T)
        kernel.sub_(half_x[:, None]).exp_()  # (M, P)
        if system.share:
            rows = system.share * torch.exp(-system.near * down)
            near = _outer(torch.mul, rows, torch.exp(-system.near * across))
            kernel.mul_(near.add_(1 - system.share))
        update = spread @ kernel  # (P,)
        if system.colour_weight is not None:
            g, half_g = points[:, self.colours], points[:, self.halves.stop - 1, None]
            apart = _outer(torch.add, half_g + system.far * down, system.far * across)
            half = flat[:, self.halves.stop - 1]
            kernel = torch.addmm(-half, g, flat[:, self.colours].T).sub_(apart)
            update += (system.colour_weight * spread) @ kernel.exp_()
        return update.view(cells)


def cell_rows(
    feats: Tensor, prior: Tensor, colours: Tensor, precision: Tensor
) -> Tensor:
    """All that ``CellGP`` needs to know of each cell.

    Args:
        feats: Unit-norm features x.  (B, D, h, w)
        prior: Φ μ_w.  (B, h, w)
        colours: Mean normalised RGB.  (B, 3, h, w)
        precision: e^λ.  (D,)

    Returns:
        x, Φ μ_w, g, ½ Σₜ e^{λₜ} xₜ², ½ |g|²; channels last, as convolutions leave
        them in memory.  (B, h, w, D+6)
    """
    halves = precision.to(feats) / 2, feats.new_full((3,), 0.5)
    parts = [feats, prior.unsqueeze(1), colours]
    for maps, half in zip((feats, colours), halves, strict=True):
        parts.append(F.conv2d(maps.square(), half[None, :, None, None]))
    return torch.cat(parts, 1).permute(0, 2, 3, 1)


def _enlarged(cells: Tensor, size: tuple[int, int]) -> Tensor:
    """(h, w) -> (H, W)."""
    return upsample(cells[None, None], *size)[0, 0]


def _apart_on_sides(places: Tensor, cells: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Half the squared distances to rows and columns.  (M, 2) -> (M, h), (M, w)."""
    down, across = (
        (place[:, None] - _marks(count, places)).square_().div_(2)
        for place, count in zip(places.unbind(-1), cells, strict=True)
    )
    return down, across


def _marks(count: int, like: Tensor) -> Tensor:
    """Places from 0 to 1.  (count,)."""
    return torch.linspace(0, 1, count, dtype=like.dtype, device=like.device)


def _outer(
    joined: Callable[[Tensor, Tensor], Tensor], rows: Tensor, cols: Tensor
) -> Tensor:
    """Values of rows (M, h) joined with those of columns (M, w).  (M, P)."""
    return joined(rows[:, :, None], cols[:, None, :]).flatten(1)
