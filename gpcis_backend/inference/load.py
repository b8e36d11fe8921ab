"""Checkpoint to predictor; heavy libraries are imported when a model is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpcis_backend.errors import ModelUnavailable

if TYPE_CHECKING:
    from gpcis_backend.inference.torch_predictor import TorchPredictor

SHIPPED = Path(__file__).parents[1] / "weights" / "gpcis_lite0.safetensors"
_SUFFIXES = (".safetensors", ".pth")


def load_predictor(
    checkpoint: Path | None = None, config: Path | None = None, device: str = "cpu"
) -> TorchPredictor:
    """The predictor of a checkpoint; by default the model that ships.

    Args:
        checkpoint: ``.safetensors`` or ``.pth``; None for the shipped weights.
        config: mmseg config, where the checkpoint does not carry its own.
        device: Such as ``cpu`` or ``cuda``.

    Raises:
        ModelUnavailable: A file is missing, damaged, or belongs to another model.
    """
    path = require_checkpoint(checkpoint or SHIPPED)
    from gpcis_backend.inference.torch_predictor import TorchPredictor

    return TorchPredictor(path, config, device)


def require_checkpoint(path: Path) -> Path:
    """``path`` itself, if it names a weight file that exists.

    Raises:
        ModelUnavailable: It does not.
    """
    if path.suffix not in _SUFFIXES:
        raise ModelUnavailable(
            f"{path} is no checkpoint: expected a file ending in .safetensors or .pth."
        )
    if not path.is_file():
        raise ModelUnavailable(f"No checkpoint at {path}; pass --checkpoint FILE.")
    return path
