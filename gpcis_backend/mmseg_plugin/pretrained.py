"""Pretrained backbone weights from a local file, under the names that mmseg uses."""

import logging
import os
import re
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from mmengine.model import BaseInit
from mmseg.registry import WEIGHT_INITIALIZERS
from torch import nn

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin.checkpoint import Weights, read_checkpoint

_VARIABLE = "GPCIS_PRETRAINED"
_STEM_NORM = "stem.7"  # the deep stem's last norm, outside the stem in Gluon and timm


@WEIGHT_INITIALIZERS.register_module()
class GluonWeights(BaseInit):
    """Fills a ResNet-v1s from the file in GPCIS_PRETRAINED, timm's names or mmseg's.

    Without the variable the backbone keeps its random weights, and a warning says so.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def __call__(self, module: nn.Module) -> None:
        """Load the weights into ``module``.

        Raises:
            SystemExit: The file is missing or belongs to another network.
        """
        named = os.environ.get(_VARIABLE)
        if not named:
            print_log(
                f"The backbone starts from random weights: set {_VARIABLE} to a weight "
                "file of resnet50s.gluon_in1k to start from ImageNet",
                "current",
                logging.WARNING,
            )
            return
        try:
            load_gluon(module, Path(named))
        except ModelUnavailable as error:
            raise SystemExit(f"gpcis: {_VARIABLE}: {error}") from None


def load_gluon(module: nn.Module, path: Path) -> None:
    """Load all weights of ``path`` but the classifier's into a ResNet-v1s.

    Raises:
        ModelUnavailable: The file is missing, damaged, or lacks weights.
    """
    if not path.is_file():
        raise ModelUnavailable(f"no file at {path}")
    _, weights = read_checkpoint(path)
    renamed = to_mmseg_names(weights)
    result = module.load_state_dict(renamed, strict=False)
    missing = [k for k in result.missing_keys if not k.endswith("num_batches_tracked")]
    if missing or result.unexpected_keys:
        raise ModelUnavailable(
            f"{path} is no ResNet-50-v1s: {len(missing)} weights are missing, "
            f"{len(result.unexpected_keys)} unknown, such as "
            f"{(missing + result.unexpected_keys)[0]}"
        )


def to_mmseg_names(weights: Weights) -> Weights:
    """Timm's names to mmseg's; the classifier is left out, mmseg's names stay."""
    renamed = {}
    for name, value in weights.items():
        if name.startswith("fc."):
            continue
        name = re.sub(r"^conv1\.(?=\d)", "stem.", name)
        is_timm_stem_norm = name.startswith("bn1.")
        renamed[_STEM_NORM + name[3:] if is_timm_stem_norm else name] = value
    return renamed
