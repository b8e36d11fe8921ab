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
    x: Tensor  # (P, D)
    g: Tensor  # (P, 3)
    u: Tensor  # (P, 2), place in sides of the image
    phi: Tensor  # (P, L)
    excess: Tensor  # (P,), 0 in the full form: upsampled |x|²/2 minus |x|²/2

    def at(self, index: Tensor) -> "Points":
        return Points(*(part[index] for part in self))


def upsample(maps: Tensor, size: tuple[int, int]) -> Tensor:  # (C, h, w) -> (H·W, C)
    full = F.interpolate(maps[None], size, mode="bilinear", align_corners=True)
    return full[0].flatten(1).T


def features(z: Tensor, theta: Tensor, tau: Tensor, basis: str) -> Tensor:
    wave = z @ theta.T + (tau - torch.pi / 2 if basis == "sin" else tau)
    return torch.cos(wave) * math.sqrt(2 / len(tau))


def points(
    feats: Tensor, colours: Tensor, lam: Tensor, prior: Prior, is_coarse: bool
) -> Points:
    size = (colours.shape[1], colours.shape[2])
    x, g, u = upsample(feats, size), colours.flatten(1).T, places(*size).to(feats)
    if not is_coarse:
        phi = features(torch.cat([x, g], 1), *prior)
        return Points(x, g, u, phi, x.new_zeros(len(x)))
    pooled = F.adaptive_avg_pool2d(colours, (feats.shape[1], feats.shape[2]))
    phi = features(torch.cat([feats, pooled]).flatten(1).T, *prior)  # (h·w, L)
    half = (feats**2 * lam.exp()[:, None, None]).sum(0, keepdim=True) / 2
    excess = upsample(half, size)[:, 0] - (x**2 * lam.exp()).sum(1) / 2
    phi_p = upsample(phi.T.unflatten(1, half.shape[1:]), size)
    return Points(x, g, u, phi_p, excess)


def places(height: int, width: int) -> Tensor:  # (H·W, 2)
    rows, cols = (torch.linspace(0, 1, n, dtype=torch.float64) for n in (height, width))
    return torch.stack([rows.repeat_interleave(width), cols.repeat(height)], 1)


def kernel(a: Points, b: Points, lam: Tensor, eta: Tensor, fading: Fading) -> Tensor:
    dx = (a.x[:, None] - b.x) ** 2 @ lam.exp() / 2 + a.excess[:, None] + b.excess
    dg = ((a.g[:, None] - b.g) ** 2).sum(2) / 2
    if fading is None:
        return torch.exp(-dx) + eta * torch.exp(-dg)
    share, near, far = fading
    du = ((a.u[:, None] - b.u) ** 2).sum(2) / 2
    near, far = torch.exp(-du / near**2), torch.exp(-du / far**2)
    return torch.exp(-dx) * (1 - share + share * near) + eta * torch.exp(-dg) * far


def covariance(k_pn: Tensor, k_nn: Tensor, eps2: float, sigma2: float) -> Tensor:
    """What the clicks take from the prior covariance K_pp (paper Eq. 10)."""
    one = torch.eye(len(k_nn), dtype=k_nn.dtype)
    inverse: Tensor = torch.linalg.inv(k_nn + eps2 * one)
    return k_pn @ inverse @ (one - sigma2 * inverse) @ k_pn.T
