"""Dense, obviously right GP of one image in float64: the judge of ``gpcis_backend.gp``.

Written from method.md section 2, not from the code: every pixel, every difference.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Prior = tuple[Tensor, Tensor, str]  # theta, tau, basis


class Points(NamedTuple):
    x: Tensor  # (P, D)
    g: Tensor  # (P, 3)
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
    x, g = upsample(feats, size), colours.flatten(1).T
    if not is_coarse:
        return Points(x, g, features(torch.cat([x, g], 1), *prior), x.new_zeros(len(x)))
    pooled = F.adaptive_avg_pool2d(colours, (feats.shape[1], feats.shape[2]))
    phi = features(torch.cat([feats, pooled]).flatten(1).T, *prior)  # (h·w, L)
    half = (feats**2 * lam.exp()[:, None, None]).sum(0, keepdim=True) / 2
    excess = upsample(half, size)[:, 0] - (x**2 * lam.exp()).sum(1) / 2
    return Points(x, g, upsample(phi.T.unflatten(1, half.shape[1:]), size), excess)


def kernel(a: Points, b: Points, lam: Tensor, eta: Tensor) -> Tensor:
    dx = (a.x[:, None] - b.x) ** 2 @ lam.exp() / 2 + a.excess[:, None] + b.excess
    dg = ((a.g[:, None] - b.g) ** 2).sum(2) / 2
    return torch.exp(-dx) + eta * torch.exp(-dg)


def covariance(k_pn: Tensor, k_nn: Tensor, eps2: float, sigma2: float) -> Tensor:
    """What the clicks take from the prior covariance K_pp (paper Eq. 10)."""
    one = torch.eye(len(k_nn), dtype=k_nn.dtype)
    inverse: Tensor = torch.linalg.inv(k_nn + eps2 * one)
    return k_pn @ inverse @ (one - sigma2 * inverse) @ k_pn.T
