"""Dense, obviously right GP of one image in float64: the judge of ``gpcis_backend.gp``.

Written from method.md section 2, not from the code: every pixel, every difference.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Prior = tuple[Tensor, Tensor, str]  # theta, tau, basis
Fading = tuple[Tensor, Tensor, Tensor] | None  # alpha, s1, s2


class Points(NamedTuple):
    x: Tensor  # (C, D)
    g: Tensor  # (C, 3)
    u: Tensor  # (C, 2), place in sides of the image
    phi: Tensor  # (C, L)


def upsample(maps: Tensor, size: tuple[int, int]) -> Tensor:  # (C, h, w) -> (H·W, C)
    full = F.interpolate(maps[None], size, mode="bilinear", align_corners=True)
    return full[0].flatten(1).T


def features(z: Tensor, theta: Tensor, tau: Tensor, basis: str) -> Tensor:
    wave = z @ theta.T + (tau - torch.pi / 2 if basis == "sin" else tau)
    return torch.cos(wave) * math.sqrt(2 / len(tau))


def points(feats: Tensor, colours: Tensor, prior: Prior) -> Points:
    """Those that the GP lives on: as many as there are colours."""
    size = (colours.shape[1], colours.shape[2])
    x, g = upsample(feats, size), colours.flatten(1).T
    phi = features(torch.cat([x, g], 1), *prior)
    return Points(x, g, places(*size).to(feats), phi)


def bilinear(cells: tuple[int, int], size: tuple[int, int]) -> Tensor:  # (P, C)
    """What every pixel sees of every cell."""
    unit = torch.eye(cells[0] * cells[1], dtype=torch.float64)
    return upsample(unit.view(-1, *cells), size)


def places(height: int, width: int) -> Tensor:  # (H·W, 2)
    rows, cols = (torch.linspace(0, 1, n, dtype=torch.float64) for n in (height, width))
    return torch.stack([rows.repeat_interleave(width), cols.repeat(height)], 1)


def cell_means(colours: Tensor, cells: tuple[int, int]) -> Tensor:  # (3, h, w)
    """Of the pixels that a cell covers, in part or whole."""
    rows, cols = (
        [slice(i * full // n, -(-(i + 1) * full // n)) for i in range(n)]
        for n, full in zip(cells, colours.shape[1:], strict=True)
    )
    means = [colours[:, row, col].mean((1, 2)) for row in rows for col in cols]
    return torch.stack(means, 1).view(-1, *cells)


def kernel(p: Points, lam: Tensor, eta: Tensor, fading: Fading) -> Tensor:  # (C, C)
    dx = (p.x[:, None] - p.x) ** 2 @ lam.exp() / 2
    dg = ((p.g[:, None] - p.g) ** 2).sum(2) / 2
    if fading is None:
        return torch.exp(-dx) + eta * torch.exp(-dg)
    share, near, far = fading
    du = ((p.u[:, None] - p.u) ** 2).sum(2) / 2
    near, far = torch.exp(-du / near**2), torch.exp(-du / far**2)
    return torch.exp(-dx) * (1 - share + share * near) + eta * torch.exp(-dg) * far


def covariance(k_pn: Tensor, k_nn: Tensor, eps2: float, sigma2: float) -> Tensor:
    """What the clicks take from the prior covariance K_pp (paper Eq. 10)."""
    one = torch.eye(len(k_nn), dtype=k_nn.dtype)
    inverse: Tensor = torch.linalg.inv(k_nn + eps2 * one)
    return k_pn @ inverse @ (one - sigma2 * inverse) @ k_pn.T
