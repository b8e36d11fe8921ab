"""Checkpoint to predictor; heavy libraries are imported when a model is loaded."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from gpcis_backend.errors import ModelUnavailable

if TYPE_CHECKING:
    from gpcis_backend.inference.torch_predictor import TorchPredictor

SHIPPED = Path(__file__).parents[1] / "weights" / "gpcis_lite0.safetensors"
Runtime = Literal["auto", "torch", "openvino"]
RUNTIMES: tuple[Runtime, ...] = get_args(Runtime)

_log = logging.getLogger("gpcis")
_SUFFIXES = (".safetensors", ".pth")


def load_predictor(
    checkpoint: Path | None = None,
    config: Path | None = None,
    device: str = "cpu",
    runtime: Runtime = "torch",
) -> TorchPredictor:
    """The predictor of a checkpoint; by default the model that ships.

    Args:
        checkpoint: ``.safetensors`` or ``.pth``; None for the shipped weights.
        config: mmseg config, where the checkpoint does not carry its own.
        device: Such as ``cpu`` or ``cuda``.
        runtime: ``torch`` is the model as it was trained, which is what tables are
            about.  The others are its served form, the same up to rounding: ``auto``
            in OpenVINO where that is installed, agrees with torch and is faster, else
            in torch; with previews where those are worth showing.

    Raises:
        ModelUnavailable: A file is missing, damaged, or belongs to another model; or
            the runtime asked for cannot be had.
    """
    path = require_checkpoint(checkpoint or SHIPPED)
    from gpcis_backend.inference.torch_predictor import TorchPredictor

    predictor = TorchPredictor(path, config, device)
    if runtime == "torch":
        return predictor
    return _with_preview(_served(predictor, runtime))


def _served(predictor: TorchPredictor, runtime: Runtime) -> TorchPredictor:
    """The form that answers soonest; errors as ``load_predictor``."""
    from gpcis_backend.inference.openvino_predictor import in_openvino

    try:
        found = in_openvino(predictor)
    except ModelUnavailable as error:
        if runtime == "openvino":
            raise
        _log.info("Runtime: torch. %s", error)
        return predictor.as_served()
    _log.info("Runtime: %s.", found.runtime)
    return found


def _with_preview(predictor: TorchPredictor) -> TorchPredictor:
    """The same with quick first answers, if they are worth showing."""
    if not predictor.has_latent:
        return predictor
    from gpcis_backend.inference.preview_check import preview_trial

    trial = preview_trial(predictor)
    if not trial.is_worth_showing:
        _log.info("No previews: %s.", trial)
        return predictor
    _log.info("Previews: %s.", trial)
    return predictor.with_preview()


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
