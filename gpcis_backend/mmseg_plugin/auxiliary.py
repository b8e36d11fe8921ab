"""A loss on the coarse map inside a decoder, beside the one on the head's logits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

BINARY_CROSS_ENTROPY: dict[str, Any] = {  # RITM's, with its weight
    "type": "CrossEntropyLoss",
    "use_sigmoid": True,
    "loss_weight": 0.4,
    "avg_non_ignore": True,
}


@contextmanager
def auxiliary_maps(decoder: nn.Module) -> Iterator[list[Tensor]]:
    """Collects what the decoder's ``auxiliary`` gives inside; empty without one.

    Heads call their decoder deep inside, and only a loss needs the map: so it is
    overheard, not passed along.
    """
    maps: list[Tensor] = []
    auxiliary = getattr(decoder, "auxiliary", None)
    if not isinstance(auxiliary, nn.Module):
        yield maps
        return
    hook = auxiliary.register_forward_hook(lambda *call: maps.append(call[2]))
    try:
        yield maps
    finally:
        hook.remove()
