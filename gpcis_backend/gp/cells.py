"""The GP on the feature grid for one picture that is clicked often, without gradients.

The same function as ``GPClassifier.forward`` on the grid, from cells whose prior is
known.  What the parameters mean is worked out once, every cell is gathered once, and
kernels of places are outer products of a kernel of rows and one of columns: half as
many small operations, which is what a click costs at this size.
"""

import torch
from torch import Tensor

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
        self.gp, self.num_features = gp, len(gp.log_precision)
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
            maps: Of each cell the unit-norm features, the prior Φ μ_w and, in the last
                three channels, the mean normalised RGB.  (D+4, h, w)
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
        cells = maps.shape[1], maps.shape[2]
        flat = maps.flatten(1)  # (D+4, P)
        prior = maps[self.num_features]
        if clicks.label.shape[1] == 0:
            return _enlarged(prior, size)
        seen = through_cells(clicks.coords, cells, *size)
        rows, cols = seen.coords[0].unbind(-1)  # (4N,)
        points = flat.index_select(1, rows * cells[1] + cols).double()  # (D+4, 4N)
        places = [
            part.double() / max(1, count - 1)
            for part, count in zip((rows, cols), cells, strict=True)
        ]
        fold = torch.block_diag(*seen.weight[0].split(1))  # (N, 4N)
        at_clicks = fold @ points.T  # (N, D+4)
        gram = fold @ self._kernel(points, torch.stack(places, -1)) @ fold.T  # (N, N)
        f = at_clicks[:, self.num_features]  # prior of the clicks, (N,)
        z = torch.cat([at_clicks[:, : self.num_features], at_clicks[:, -3:]], 1)
        v = self._weights(gram, f, z.to(maps), clicks, noise_var)
        spread = v @ fold  # (4N,)
        mean = prior + self._update(flat, points, places, spread, cells)
        full = _enlarged(mean, size)
        if noise_var < EXACT_BELOW:  # float64, where v magnifies a float32 row's error
            where = clicks.coords[0].long().unbind(-1)
            full = full.index_put(where, (f + gram @ v).to(full))
        return full

    def _kernel(self, points: Tensor, places: Tensor) -> Tensor:
        """Between the cells that clicks see.  (D+4, M), (M, 2) -> (M, M), float64."""
        x = points[: self.num_features].T * self.precision.sqrt().to(points)
        apart = _half_squares(places)
        kernel = torch.exp(-_half_squares(x))
        if self.share:
            kernel = kernel * (
                1 - self.share + self.share * torch.exp(-self.near * apart)
            )
        if self.colour_weight is not None:
            exponent = _half_squares(points[-3:].T) + self.far * apart
            kernel = kernel + self.colour_weight * torch.exp(-exponent)
        return kernel

    def _weights(
        self,
        gram: Tensor,
        prior: Tensor,
        z: Tensor,
        clicks: Clicks,
        noise_var: float,
    ) -> Tensor:
        """Weights v of the clicks, 0 of contradicted ones; z is (N, D+3).  (N,)."""
        keep = drop_contradicted(gram[None], clicks.label, clicks.order)
        label = (clicks.label * keep).to(z)
        if self.colour_weight is None:
            z = z[:, : self.num_features]
        residual = self.gp.targets(z[None], label) - prior
        chol, _ = factorise(gram[None], keep, noise_var=noise_var)
        return solve(chol, residual, keep)[0]

    def _update(
        self,
        flat: Tensor,
        points: Tensor,
        places: list[Tensor],
        spread: Tensor,
        cells: tuple[int, int],
    ) -> Tensor:
        """``Kₚₙ v`` in float32, M cells seen.  (h, w)."""
        x = flat[: self.num_features]  # (D, P)
        a = points[: self.num_features].T  # (M, D)
        precision = self.precision.to(points)
        half = (precision * a * a).sum(1) / 2  # (M,)
        kernel = _exp(a * precision, half, x, precision.to(x) @ x.square() / 2)
        pairs = zip(places, cells, strict=True)
        sides = [_apart_on_a_side(place.to(x), count) for place, count in pairs]
        if self.share:
            near = _outer(self.near, sides)
            kernel *= near.mul_(self.share).add_(1 - self.share)
        update = spread.to(x) @ kernel  # (P,)
        if self.colour_weight is not None:
            centre = points[-3:].mean(1, keepdim=True)  # loses fewer digits
            g, b = flat[-3:] - centre.to(x), (points[-3:] - centre).T  # (3, P), (M, 3)
            kernel = _exp(b, (b * b).sum(1) / 2, g, g.square().sum(0) / 2)
            if self.share:
                kernel *= _outer(self.far, sides)
            update += (self.colour_weight * spread).to(x) @ kernel
        return update.view(cells)


def _enlarged(cells: Tensor, size: tuple[int, int]) -> Tensor:
    """(h, w) -> (H, W)."""
    return upsample(cells[None, None], *size)[0, 0]


def _half_squares(a: Tensor) -> Tensor:
    """Half the squared distances between rows.  (M, C) -> (M, M)."""
    mode = "donot_use_mm_for_euclid_dist"  # which loses the digits of near neighbours
    distance: Tensor = torch.cdist(a, a, compute_mode=mode)
    return distance.square() / 2


def _exp(a: Tensor, half_a: Tensor, b: Tensor, half_b: Tensor) -> Tensor:
    """exp(−½ |a − b|²) in the type of ``b``.  (M, C), (M,), (C, P), (P,) -> (M, P)."""
    exponent = torch.addmm(-half_b, a.to(b), b).sub_(half_a.to(b)[:, None])
    return exponent.clamp_(max=0).exp_()


def _apart_on_a_side(places: Tensor, count: int) -> Tensor:
    """Half the squared distances to ``count`` places from 0 to 1.  (M,) -> (M, n)."""
    marks = torch.arange(count, device=places.device).to(places) / max(1, count - 1)
    return (places[:, None] - marks).square_() / 2


def _outer(factor: float, sides: list[Tensor]) -> Tensor:
    """A kernel of places as that of rows times that of columns.  (M, P)."""
    rows, cols = (torch.exp(-factor * side) for side in sides)
    return (rows[:, :, None] * cols[:, None, :]).flatten(1)
