"""The click system of one picture, in numpy: many operations on few numbers.

The equations are those of ``terms``, ``observation``, ``variational`` and
``posterior``, which serve batches with gradients; tests/property/test_gp_grid.py holds
both to 1e-12 of each other.  An operation on a few dozen numbers takes one microsecond
here and five in torch, and there are a hundred of them in a click.
"""

from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gpcis_backend.errors import NumericalError
from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.posterior import MAX_RAISES, SAME

Floats = NDArray[np.float64]


class Seen(NamedTuple):
    """What N clicks see of a grid: M = 4N cells around them.

    Args:
        cell: Number of each in the flattened grid.  (M,)
        places: Of the cells, in sides of the image.  (M, 2)
        fold: Weight of each cell in each click.  (N, M)
    """

    cell: NDArray[np.int64]
    places: Floats
    fold: Floats


class Solved(NamedTuple):
    """The answer to N clicks.

    Args:
        spread: Weights v of the clicks, handed on to the cells.  (M,)
        values: Posterior mean at the clicks, in logits.  (N,)
    """

    spread: Floats
    values: Floats


class CellSystem:
    """Kernel and targets of a GP on the grid, its parameters read once.

    Args:
        gp: Whose settings say ``on_grid``, without disks and medians of colours.
    """

    def __init__(self, gp: GPClassifier) -> None:
        self.num_features = len(gp.log_precision)
        self.precision = np.exp(_numbers(gp.log_precision))  # (D,)
        weight, places = gp.colour_weight, gp.places
        self.colour_weight = None if weight is None else weight.item()
        self.share, self.near, self.far = 0.0, 0.0, 0.0
        if places is not None:
            self.share = places.share.item()
            self.near, self.far = np.exp(-2 * _numbers(places.log_reach)).tolist()
        numbers = {name: _numbers(x) for name, x in gp.targets.mlp.named_parameters()}
        self._hidden, self._shift, self._last, self._offset = numbers.values()

    def look(
        self, coords: Tensor, cells: tuple[int, int], size: tuple[int, int]
    ) -> Seen:
        """What clicks see, as ``observation.through_cells`` says.

        Args:
            coords: Integer (row, col) of the clicks.  (N, 2)
            cells: Rows and columns of the grid.
            size: Rows and columns of the picture.
        """
        spots, last = _numbers(coords), np.array(cells) - 1
        position = spots * (last / np.maximum(np.array(size) - 1, 1))  # (N, 2)
        count, ends = len(spots), np.empty((len(spots), 2, 2), np.int64)
        ends[:, 0] = first = np.minimum(position.astype(np.int64), last)
        ends[:, 1] = np.minimum(first + 1, last)
        shares = np.empty(ends.shape)
        shares[:, 1] = position - first
        shares[:, 0] = 1 - shares[:, 1]
        where = np.empty((count, 2, 2, 2), np.int64)  # of each of four cells (row, col)
        where[..., 0], where[..., 1] = ends[:, :, None, 0], ends[:, None, :, 1]
        fold = np.zeros((count, count, 4))
        weight = shares[:, :, None, 0] * shares[:, None, :, 1]
        fold[range(count), range(count)] = weight.reshape(count, 4)
        flat = where.reshape(-1, 2)
        cell = flat[:, 0] * cells[1] + flat[:, 1]
        return Seen(cell, flat / np.maximum(last, 1), fold.reshape(count, -1))

    @np.errstate(invalid="ignore")  # what is not finite ends in a NumericalError
    def solve(
        self,
        seen: Seen,
        points: Floats,
        label: Tensor,
        order: Tensor,
        noise_var: float,
    ) -> Solved:
        """Condition the prior on the clicks.

        Args:
            seen: From ``look``.
            points: Rows of ``cell_rows`` of the cells seen.  (M, D+6)
            label: +1 or -1.  (N,)
            order: Newest largest.  (N,)
            noise_var: ε² > 0, in squared logits.

        Raises:
            NumericalError: The system stayed singular.
        """
        features, colours = points[:, : self.num_features], self._colours(points)
        gram = seen.fold @ self._kernel(features, colours, seen.places) @ seen.fold.T
        at_clicks = seen.fold @ points  # (N, D+6)
        signs, ages = _numbers(label), _numbers(order)
        keep = ~_contradicted(gram, signs, ages)
        prior = at_clicks[:, self.num_features]
        residual = (self._targets(at_clicks, signs) - prior) * keep
        v = _solved(gram, residual, keep, noise_var)
        return Solved(v @ seen.fold, prior + gram @ v)

    def _colours(self, points: Floats) -> Floats:
        """(M, D+6) -> (M, 3)."""
        return points[:, self.num_features + 1 : self.num_features + 4]

    def _kernel(self, features: Floats, colours: Floats, places: Floats) -> Floats:
        """Between cells.  (M, D), (M, 3), (M, 2) -> (M, M)."""
        kernel = np.exp(_exponents(features * self.precision, features))
        apart = _exponents(places, places)
        if self.share:
            kernel *= 1 - self.share + self.share * np.exp(self.near * apart)
        if self.colour_weight is not None:
            exponents = _exponents(colours, colours) + self.far * apart
            kernel += self.colour_weight * np.exp(exponents)
        return kernel

    def _targets(self, at_clicks: Floats, label: Floats) -> Floats:
        """Means m of the clicks, as ``variational.ClickTargets`` says.  (N,)."""
        z = at_clicks[:, : self.num_features]
        if self.colour_weight is not None:
            z = np.concatenate([z, self._colours(at_clicks)], 1)  # (N, D+3)
        hidden = np.maximum(z @ self._hidden.T + self._shift, 0)
        size: Floats = np.logaddexp(0, hidden @ self._last[0] + self._offset)
        return label * size


def _numbers(values: Tensor) -> Floats:
    found: Floats = values.detach().cpu().double().numpy()
    return found


def _exponents(scaled: Floats, a: Floats) -> Floats:
    """−½ |a − a'|² with a metric, a scaled by it.  (M, C), (M, C) -> (M, M)."""
    half = (scaled * a).sum(1) / 2
    found: Floats = scaled @ a.T - half[:, None] - half
    return found


def _contradicted(gram: Floats, label: Floats, order: Floats) -> NDArray[np.bool_]:
    """As ``posterior.drop_contradicted`` says.  (N, N), (N,), (N,) -> (N,)."""
    scale = np.sqrt(np.maximum(gram.diagonal(), 1e-12))
    same = gram > SAME * np.outer(scale, scale)
    is_opposite = np.outer(label, label) < 0
    found = same & is_opposite & (order[:, None] < order)
    return np.asarray(found.any(1))


def _solved(
    gram: Floats, residual: Floats, keep: NDArray[np.bool_], noise_var: float
) -> Floats:
    """As ``posterior.factorise`` and ``solve`` say; 0 where not kept.  (N,)."""
    system = gram * np.outer(keep, keep)
    for _ in range(MAX_RAISES + 1):
        noisy = system + np.diag(np.where(keep, noise_var, 1.0))
        with suppress(np.linalg.LinAlgError):  # not positive definite
            if np.isfinite(np.linalg.cholesky(noisy)).all():
                v: Floats = np.linalg.solve(noisy, residual)
                return v
        noise_var *= 10
    raise NumericalError(
        f"click system not positive definite even at ε² = {noise_var / 10:g}"
    )
