"""The GP on the feature grid for one picture that is clicked often, without gradients.

The same function as ``GPClassifier.forward`` on the grid, from cells whose prior is
known.  What the parameters mean is worked out once, every cell is gathered once, and
kernels of places are outer products of a kernel of rows and one of columns: half as
many small operations, which is what a click costs at this size.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from gpcis_backend.gp.classifier import EXACT_BELOW, GPClassifier
from gpcis_backend.gp.grid import upsample
from gpcis_backend.gp.observation import through_cells
from gpcis_backend.gp.posterior import drop_contradicted, factorise, solve
from gpcis_backend.gp.system import Clicks


class CellGP:
    """A GP on the grid with its parameters read once.

    Args:
        gp: Whose settings say ``on_grid``, without medians of colours.
    """

    def __init__(self, gp: GPClassifier) -> None:
        self.gp, self.prior = gp, len(gp.log_precision)
        self.features = slice(self.prior)
        self.colours = slice(self.prior + 1, self.prior + 4)
        self.halves = slice(self.prior + 4, self.prior + 6)
        self.precision = gp.log_precision.detach().double().exp()  # (D,)
        weight, places = gp.colour_weight, gp.places
        self.colour_weight = None if weight is None else weight.item()
        self.share, self.near, self.far = 0.0, 0.0, 0.0
        if places is not None:
            self.share = places.share.item()
            self.near, self.far = torch.exp(-2 * places.log_reach).tolist()

    @torch.no_grad()
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
        seen = through_cells(clicks.coords, cells, *size)
        where = seen.coords[0]  # (4N, 2)
        points = flat[where[:, 0] * cells[1] + where[:, 1]].double()  # (4N, D+6)
        sides = where.new_tensor(cells) - 1
        places = where / sides.clamp(min=1).double()  # (4N, 2)
        fold = torch.block_diag(*seen.weight[0].split(1))  # (N, 4N)
        at_clicks = fold @ points  # (N, D+6)
        gram = fold @ self._kernel(points, places) @ fold.T  # (N, N)
        f = at_clicks[:, self.prior]  # prior of the clicks, (N,)
        v = self._weights(gram, f, at_clicks.to(maps), clicks, noise_var)
        mean = prior + self._update(flat, points, places, v @ fold, cells)
        full = _enlarged(mean, size)
        if noise_var < EXACT_BELOW:  # float64, where v magnifies a float32 row's error
            pixels = clicks.coords[0].long().unbind(-1)
            full.index_put_(pixels, (f + gram @ v).to(full))
        return full

    def _kernel(self, points: Tensor, places: Tensor) -> Tensor:
        """Between the cells that clicks see.  (M, D+6), (M, 2) -> (M, M), float64."""
        x, g = points[:, self.features], points[:, self.colours]
        scaled = x * self.precision.to(x)
        kernel = _exponents(scaled, (scaled * x).sum(1) / 2, x).exp_()
        apart = _exponents(places, places.square().sum(1) / 2, places)
        if self.share:
            near = self.share * torch.exp(self.near * apart)
            kernel *= near.add_(1 - self.share)
        if self.colour_weight is not None:
            colour = _exponents(g, g.square().sum(1) / 2, g) + self.far * apart
            kernel += self.colour_weight * colour.exp_()
        return kernel

    def _weights(
        self,
        gram: Tensor,
        prior: Tensor,
        at_clicks: Tensor,
        clicks: Clicks,
        noise_var: float,
    ) -> Tensor:
        """Weights v of the clicks, 0 of contradicted ones.  (N,)."""
        keep = drop_contradicted(gram[None], clicks.label, clicks.order)
        z = at_clicks[:, self.features]
        if self.colour_weight is not None:
            z = torch.cat([z, at_clicks[:, self.colours]], 1)  # (N, D+3)
        label = (clicks.label * keep).to(z)
        residual = self.gp.targets(z[None], label) - prior
        chol, _ = factorise(gram[None], keep, noise_var=noise_var)
        return solve(chol, residual, keep)[0]

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
        points, spread = points.to(flat), spread.to(flat)
        x, half_x = points[:, self.features], points[:, self.halves.start]
        scaled = x * self.precision.to(x)
        down, across = _apart_on_sides(places.to(flat), cells)
        half = flat[:, self.halves.start]
        kernel = torch.addmm(-half, scaled, flat[:, self.features].T)
        kernel.sub_(half_x[:, None]).exp_()  # (M, P)
        if self.share:
            rows = self.share * torch.exp(-self.near * down)
            near = _outer(torch.mul, rows, torch.exp(-self.near * across))
            kernel.mul_(near.add_(1 - self.share))
        update = spread @ kernel  # (P,)
        if self.colour_weight is not None:
            g, half_g = points[:, self.colours], points[:, self.halves.stop - 1, None]
            apart = _outer(torch.add, half_g + self.far * down, self.far * across)
            half = flat[:, self.halves.stop - 1]
            kernel = torch.addmm(-half, g, flat[:, self.colours].T).sub_(apart)
            update += (self.colour_weight * spread) @ kernel.exp_()
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


def _exponents(scaled: Tensor, half: Tensor, a: Tensor) -> Tensor:
    """Of a kernel between points a, scaled by its precision.  (M, C) -> (M, M)."""
    return torch.addmm(-half, scaled, a.T).sub_(half[:, None])


def _apart_on_sides(places: Tensor, cells: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Half the squared distances to rows and columns.  (M, 2) -> (M, h), (M, w)."""
    down, across = (
        (place[:, None] - torch.linspace(0, 1, count).to(places)).square_().div_(2)
        for place, count in zip(places.unbind(-1), cells, strict=True)
    )
    return down, across


def _outer(
    joined: Callable[[Tensor, Tensor], Tensor], rows: Tensor, cols: Tensor
) -> Tensor:
    """Values of rows (M, h) joined with those of columns (M, w).  (M, P)."""
    return joined(rows[:, :, None], cols[:, None, :]).flatten(1)
