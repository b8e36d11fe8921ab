"""Where the random numbers of a training draw come from."""

from typing import NamedTuple

import torch
from torch import Tensor

Source = torch.Generator | Tensor | None  # None: torch's own generator


class Noise(NamedTuple):
    """The standard normal numbers of one draw, for whoever must repeat it elsewhere.

    Args:
        weights: Of the prior weights.  (L,)
        targets: Of the targets at the clicks.  (B, N)
    """

    weights: Tensor
    targets: Tensor


def standard_normal(like: Tensor, source: Source) -> Tensor:
    """Numbers of the shape, type and device of ``like``, drawn or given."""
    if isinstance(source, Tensor):
        return source.to(like)
    return torch.randn(like.shape, generator=source, dtype=like.dtype).to(like)
