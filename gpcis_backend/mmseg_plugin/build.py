"""From config and weights to a model that predicts, and back to a file that ships."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

import gpcis_backend.mmseg_plugin  # noqa: F401  registers everything
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin.backbones import ConvFrozenNorm
from gpcis_backend.mmseg_plugin.checkpoint import (
    Weights,
    read_checkpoint,
    write_safetensors,
)
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.widen import widen_decoder

_EXAMPLE = "a file such as mmseg_configs/gpcis_lite0.py"


def load_model(
    checkpoint: Path, config: Path | None = None, device: str = "cpu"
) -> ClickSegmentor:
    """The model of a checkpoint, ready to predict.

    Args:
        checkpoint: ``.safetensors`` or ``.pth``.
        config: mmseg config; needed where the checkpoint does not carry its own.
        device: Of the model.

    Raises:
        ModelUnavailable: A file is missing, damaged, or belongs to another model.
    """
    if not checkpoint.is_file():
        raise ModelUnavailable(
            f"No checkpoint at {checkpoint}; pass --checkpoint FILE."
        )
    settings, weights = read_checkpoint(checkpoint)
    if config is not None:
        settings = model_settings(config)
    if settings is None:
        raise ModelUnavailable(
            f"{checkpoint} does not say which model it belongs to; pass --config FILE, "
            "such as mmseg_configs/gpcis_lite0.py."
        )
    try:
        model = build_model(settings)
    except ModelUnavailable as error:
        if config is not None:
            raise
        raise ModelUnavailable(
            f"{checkpoint} does not fit this GPCIS; if an older one made it, "
            f"train or fine-tune again from the weights that ship. {error}"
        ) from error
    fill(model, weights, checkpoint)
    try:
        return bake(model.to(device))
    except (RuntimeError, AssertionError) as error:  # torch built without it, no driver
        raise ModelUnavailable(
            f'The model cannot run on "{device}": {str(error).splitlines()[0]}'
        ) from error


def publish(
    checkpoint: Path,
    config: Path,
    out: Path,
    notes: dict[str, str],
    *,
    mean_with: Path | None = None,
) -> None:
    """Write the weights of a training checkpoint as float16 safetensors.

    Args:
        checkpoint: ``.pth`` of a training run.
        config: Its mmseg config.
        out: File to write.
        notes: Further metadata.
        mean_with: Weights that the run began from, or of a sister run; what is written
            is then the mean of both ("model soup", Wortsman et al., ICML 2022).  A
            narrower decoder's are widened before (``widen``).

    Raises:
        InvalidInput: ``out`` cannot be written.
        ModelUnavailable: As ``load_model``.
    """
    settings = model_settings(config)
    _, weights = read_checkpoint(checkpoint)
    model = build_model(settings)
    fill(model, weights, checkpoint)
    if mean_with is not None:
        _, others = read_checkpoint(mean_with)
        widen_decoder(model, others)
        check_fit(model, others, mean_with)
        weights = {
            name: (weights[name].float() + others[name].float()) / 2
            for name in weights.keys() & others.keys()
        }
    write_safetensors(out, weights, settings, notes)


def model_settings(config: Path) -> dict[str, Any]:
    """The ``model`` of an mmseg config, with class names instead of classes.

    Raises:
        ModelUnavailable: The file is missing or no config of a click model.
    """
    if not config.is_file():
        raise ModelUnavailable(f"No config at {config}; expected {_EXAMPLE}.")
    try:
        content = Config.fromfile(config).to_dict()
    except Exception as error:  # a config is code: anything may go wrong in it
        raise ModelUnavailable(
            f"{config} is not a usable mmseg config: {error}"
        ) from error
    if not isinstance(content.get("model"), dict):
        raise ModelUnavailable(
            f"{config} is not a usable mmseg config: it has no model; expected "
            f"{_EXAMPLE}."
        )
    named: dict[str, Any] = _with_names(content["model"])
    return named


def settings_digest(settings: dict[str, Any]) -> str:
    """SHA-256 of what ``model_settings`` returns."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def _with_names(value: Any) -> Any:
    """Dotted class paths cut to the names that mmseg's registry knows."""
    if isinstance(value, dict):
        return {
            key: str(item).rsplit(".", 1)[-1] if key == "type" else _with_names(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_with_names(item) for item in value]
    return value


def build_model(settings: dict[str, Any]) -> ClickSegmentor:
    """A model with random weights, in evaluation mode.

    Raises:
        ModelUnavailable: The settings do not describe a click model.
    """
    try:
        with DefaultScope.overwrite_default_scope("mmseg"):
            model = MODELS.build(ConfigDict(settings))
    except Exception as error:  # a foreign config may fail anywhere
        raise ModelUnavailable(f"The model cannot be built: {error}") from error
    if not isinstance(model, ClickSegmentor):
        raise ModelUnavailable(
            f"The config describes a {type(model).__name__}, not a ClickSegmentor."
        )
    model.eval()
    return model


def bake(model: ClickSegmentor) -> ClickSegmentor:
    """Fold frozen norms into their convolutions, once weights and device are set."""
    for module in model.modules():
        if isinstance(module, ConvFrozenNorm):
            module.bake()
    return model


def check_fit(model: ClickSegmentor, weights: Weights, source: Path) -> None:
    """Raise unless a model has exactly these weights.

    Args:
        model: Any.
        weights: By their names in the model.
        source: The file they come from, for the message.

    Raises:
        ModelUnavailable: They belong to another model.
    """
    own = model.state_dict()
    counters = {name for name in own if name.endswith("num_batches_tracked")}
    missing = sorted(own.keys() - weights.keys() - counters)
    extra = sorted(weights.keys() - own.keys())
    wrong = sorted(
        name
        for name in own.keys() & weights.keys()
        if own[name].shape != weights[name].shape
    )
    if missing or extra or wrong:
        example = next(iter((*missing, *extra, *wrong)))
        raise ModelUnavailable(
            f"{source} belongs to another model: {len(missing)} weights are missing, "
            f"{len(extra)} unknown, {len(wrong)} of another shape, such as {example}. "
            "Pass the config it was trained with."
        )


def fill(model: ClickSegmentor, weights: Weights, source: Path) -> None:
    """Load all weights; arguments and errors as ``check_fit``."""
    check_fit(model, weights, source)
    model.load_state_dict(weights, strict=False)
