"""mmengine's runner, whose processes find each other without a GPU too."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.runner import Runner, find_latest_checkpoint
from mmseg.registry import RUNNERS
from torch import nn

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin.build import check_fit
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint
from gpcis_backend.mmseg_plugin.one_line import or_exit
from gpcis_backend.mmseg_plugin.weight_addresses import weight_file
from gpcis_backend.mmseg_plugin.widen import widen_decoder


@RUNNERS.register_module()
class ClickRunner(Runner):
    """Talks over NCCL between GPUs and over Gloo between processes on a CPU."""

    def setup_env(self, env_cfg: dict[str, Any]) -> None:
        """As mmengine's; ``dist_cfg.backend`` follows the hardware unless it is set."""
        has_gpu = torch.cuda.is_available()
        dist_cfg = {"backend": "nccl" if has_gpu else "gloo"}
        dist_cfg.update(env_cfg.get("dist_cfg", {}))
        with nullcontext() if has_gpu else _without_cuda_device():
            super().setup_env({**env_cfg, "dist_cfg": dist_cfg})

    def wrap_model(
        self, model_wrapper_cfg: dict[str, Any] | None, model: nn.Module
    ) -> nn.Module:
        """As mmengine's, which gives every process a CUDA device unless told how."""
        if self.distributed and not torch.cuda.is_available():
            own = model_wrapper_cfg or {"broadcast_buffers": False}
            model_wrapper_cfg = {**own, "device_ids": None}
        wrapped: nn.Module = super().wrap_model(model_wrapper_cfg, model)
        return wrapped

    def _init_model_weights(self) -> None:
        """As mmengine's, unless a checkpoint is about to replace all weights.

        So a run goes on where its ImageNet weights cannot be fetched.
        """
        if self._resume and (self._load_from or find_latest_checkpoint(self.work_dir)):
            return
        super()._init_model_weights()

    def load_checkpoint(self, filename: str, *args: Any, **kwargs: Any) -> Any:
        """As mmengine's, which takes weights of another model with a mere warning.

        Those of a narrower decoder are widened as they are loaded (``widen``).

        Raises:
            SystemExit: The file is missing, damaged, or belongs to another model.
        """
        if not filename.startswith(("http://", "https://")):
            or_exit(lambda: self._check_fit(weight_file(filename)))
        return super().load_checkpoint(filename, *args, **kwargs)

    def _check_fit(self, path: Path) -> None:
        if not path.is_file():
            raise ModelUnavailable(f"No checkpoint at {path}.")
        model: Any = getattr(self.model, "module", self.model)
        weights = read_checkpoint(path)[1]
        if not self._resume:  # the optimiser's state stays as narrow as it was
            widen_decoder(model, weights)
        check_fit(model, weights, path)

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """As mmengine's, which stops with an assertion where ``--amp`` has no GPU."""
        kind = optim_wrapper["type"] if isinstance(optim_wrapper, dict) else ""
        if str(kind).rstrip("'>").endswith("AmpOptimWrapper") and get_device() == "cpu":
            raise SystemExit(
                "gpcis: --amp needs a GPU, and there is none; leave it out"
            )
        return super().build_optim_wrapper(optim_wrapper)


@contextmanager
def _without_cuda_device() -> Iterator[None]:
    """Keep mmengine from picking a CUDA device for each process: it would raise."""
    original = torch.cuda.set_device
    torch.cuda.set_device = lambda device: None
    try:
        yield
    finally:
        torch.cuda.set_device = original
