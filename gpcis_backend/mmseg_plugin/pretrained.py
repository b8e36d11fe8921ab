"""ImageNet weights of a backbone, from their public address or from a local file."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import barrier, get_rank
from mmengine.logging import print_log
from mmengine.model import PretrainedInit, initialize, update_init_info
from mmseg.models.backbones import MixVisionTransformer
from mmseg.registry import WEIGHT_INITIALIZERS
from torch import nn

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint
from gpcis_backend.mmseg_plugin.fetched import cached, fetch
from gpcis_backend.mmseg_plugin.weight_names import TO_MMSEG

_VARIABLE = "GPCIS_PRETRAINED"
_RANDOM = "none"
_KAIMING = [
    {"type": "Kaiming", "layer": "Conv2d"},
    {"type": "Constant", "val": 1, "layer": ["_BatchNorm"]},
]
_WAYS_OUT = (
    f"; or name a local file with {_VARIABLE}=FILE or --cfg-options "
    f"model.backbone.init_cfg.checkpoint=FILE, or start from random weights with "
    f"{_VARIABLE}={_RANDOM}"
)


@WEIGHT_INITIALIZERS.register_module()
class BackboneWeights(PretrainedInit):
    """mmengine's ``Pretrained`` for files with foreign names; all weights must fit.

    The variable GPCIS_PRETRAINED comes first: a local file, or ``none`` for mmseg's
    random weights.

    Args:
        checkpoint: Public address or local file.
        names: Whose names the file may use, a key of ``TO_MMSEG``.
        mirrors: Further public addresses of the same file.
        **kwargs: As ``PretrainedInit``.
    """

    def __init__(
        self, checkpoint: str, *, names: str, mirrors: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(checkpoint, **kwargs)
        self.names, self.mirrors = names, tuple(mirrors)

    def __call__(self, module: nn.Module) -> None:
        """Load the weights into ``module``.

        Raises:
            SystemExit: The file cannot be had, or belongs to another network.
        """
        source = os.environ.get(_VARIABLE) or self.checkpoint
        if source == _RANDOM:
            start_at_random(module)
            print_log(
                f"The backbone starts from random weights: {_VARIABLE}={_RANDOM}",
                "current",
                logging.WARNING,
            )
            return
        try:
            load_backbone(module, self._local(source), self.names)
        except ModelUnavailable as error:
            raise SystemExit(f"gpcis: {error}{_WAYS_OUT}") from None
        if hasattr(module, "_params_init_info"):
            update_init_info(module, init_info=f"ImageNet weights from {source}")

    def _local(self, source: str) -> Path:
        """The file that ``source`` means; the first process downloads, others wait."""
        if not source.startswith(("http://", "https://")):
            return Path(source).expanduser()
        same = [place for place in self.mirrors if cached(place) == cached(source)]
        addresses = [source, *same]
        if get_rank() > 0:
            barrier()
            return fetch(addresses)  # there by now, unless this is another machine
        try:
            return fetch(addresses)
        finally:
            barrier()


def load_backbone(module: nn.Module, path: Path, names: str) -> None:
    """Load all weights of ``path`` but the classifier's.

    Args:
        module: A backbone of mmseg.
        path: ``.pth`` or ``.safetensors``.
        names: A key of ``TO_MMSEG``.

    Raises:
        ModelUnavailable: The file is missing, damaged, or of another network.
    """
    if not path.is_file():
        raise ModelUnavailable(f"There is no weight file at {path}")
    weights = TO_MMSEG[names](read_checkpoint(path)[1])
    own = module.state_dict()
    optional = {name for name in own if name.endswith("num_batches_tracked")}
    missing = sorted(own.keys() - weights.keys() - optional)
    unknown = sorted(weights.keys() - own.keys())
    wrong = [
        k for k in sorted(own.keys() & weights) if own[k].shape != weights[k].shape
    ]
    if missing or unknown or wrong:
        example = next(iter((*wrong, *missing, *unknown)))
        raise ModelUnavailable(
            f"{path} holds weights of another network than {type(module).__name__} "
            f"({names}): {len(missing)} are missing, {len(unknown)} unknown, "
            f"{len(wrong)} of another shape, such as {example}"
        )
    module.load_state_dict(weights, strict=False)


def start_at_random(module: nn.Module) -> None:
    """Give a backbone the random weights that mmseg gives it without ``init_cfg``."""
    if isinstance(module, MixVisionTransformer):
        module.init_cfg = None
        module.init_weights()
    else:
        initialize(module, _KAIMING)
