"""Weights of a narrower decoder in a wider one, to the same function.

Net2Net's idea (Chen et al., ICLR 2016) without its copies of channels: the old channels
stay as they are and see none of the new ones, which start at fresh values.
"""

from typing import Any

from torch import Tensor

from gpcis_backend.mmseg_plugin.decoders import LightFPN


def widened(narrow: Tensor, wide: Tensor) -> Tensor:
    """A narrower layer's values in the leading corner of a wider layer's.

    Args:
        narrow: Weights or statistics of the layer as trained.  (R, ...) or (R, C, ...)
        wide: The wider layer's fresh values.  At least as many rows and columns

    Returns:
        As ``wide``: old rows give zero to new columns, new rows are as they were.
    """
    grown = wide.detach().clone()
    if narrow.ndim > 1:
        grown[: len(narrow), narrow.shape[1] :] = 0
    grown[tuple(slice(length) for length in narrow.shape)] = narrow.to(grown)
    return grown


def widen_decoder(model: Any, weights: dict[str, Tensor], *_: Any) -> None:
    """Fit a narrower decoder's weights to the model; a pre-hook of ``load_state_dict``.

    Left alone are weights of the GP itself, as more random features are another kernel,
    and decoders that join maps channel by channel, where columns would change places.

    Args:
        model: A ``ClickSegmentor``, whose ``LightFPN`` may be the wider one.
        weights: By their names in the model; changed in place.
    """
    if not isinstance(model.decode_head.decoder, LightFPN):
        return
    own = model.state_dict()
    narrow = [
        name
        for name in own.keys() & weights.keys()
        if _is_of_decoder(name) and _is_narrower(weights[name], own[name])
    ]
    weights.update({name: widened(weights[name], own[name]) for name in narrow})


def _is_of_decoder(name: str) -> bool:
    return name.startswith("decode_head.") and not name.startswith("decode_head.gp.")


def _is_narrower(given: Tensor, own: Tensor) -> bool:
    """Whether only rows and columns differ, and those grew."""
    return (
        given.ndim == own.ndim
        and given.shape != own.shape
        and given.shape[2:] == own.shape[2:]
        and all(a <= b for a, b in zip(given.shape, own.shape, strict=True))
    )
