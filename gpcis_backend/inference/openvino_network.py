"""A model's network part, converted and compiled by OpenVINO.

What the conversion yields is kept in the user's cache folder (``XDG_CACHE_HOME``, else
``~/.cache``), so that only the first start pays for it.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from gpcis_backend import __version__
from gpcis_backend.mmseg_plugin.network_part import NetworkPart
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.served_model import RunNetwork

if TYPE_CHECKING:
    import openvino

Precision = Literal["bf16", "f16", "f32"]

_FORM = 3  # of what ``NetworkPart`` yields: raise it with every change of that

_SUMS = ".sha256"
_LOCK = Lock()  # for a cache may call twice what two threads ask for at once

_log = logging.getLogger("gpcis")

# OpenVINO reports conversions to its makers unless this module of theirs is missing.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ConvertedNetwork:
    """A network in OpenVINO's own form.

    Args:
        path: Where it is kept, unless that failed.
        side: Of the square picture it takes.
        content: What OpenVINO compiles.
    """

    path: Path
    side: int
    content: openvino.Model


class OpenVINONetwork:
    """Runs a converted network part; for one thread at a time.

    Args:
        network: From ``converted``.
        precision: Of its arithmetic; inputs and outputs are float32.
        otherwise: Runs the same part on pictures of other sizes.
    """

    def __init__(
        self, network: ConvertedNetwork, precision: Precision, otherwise: RunNetwork
    ) -> None:
        self.otherwise, self.shape = otherwise, _shape(network.side)
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = _core().compile_model(network.content, "CPU", settings)
        self._request = compiled.create_infer_request()

    def __call__(self, x: Tensor) -> Tensor:
        """As ``NetworkPart.forward``; the result lives until the next call."""
        if x.shape != self.shape:
            return self.otherwise(x)
        given = {0: x.contiguous().numpy()}
        outputs = self._request.infer(given, share_inputs=True, share_outputs=True)
        return torch.from_numpy(outputs[0])


def is_installed() -> bool:
    """Whether OpenVINO can be imported, without importing it."""
    return find_spec("openvino") is not None


def precisions() -> tuple[Precision, ...]:
    """Number formats that this machine computes natively, the fastest first."""
    known = _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    names: dict[Precision, str] = {"bf16": "BF16", "f16": "FP16", "f32": "FP32"}
    return tuple(name for name, capability in names.items() if capability in known)


def converted(
    model: ClickSegmentor, checkpoint_sha256: str, side: int
) -> ConvertedNetwork:
    """The network part of a model, from the cache if it was there before.

    Args:
        model: Baked, in evaluation mode.
        checkpoint_sha256: Digest of its weights.
        side: Of the square picture, in pixels; others go to torch.
    """
    import openvino

    part = NetworkPart(model, with_layers=True).eval()
    versions = f"{__version__} {openvino.__version__} {torch.__version__}"
    gp = getattr(getattr(model.decode_head, "gp", None), "settings", None)
    words = f"{_FORM} {side} {checkpoint_sha256} {part} {gp} {versions}"
    key = sha256(words.encode()).hexdigest()
    path = cache_dir() / f"{key[:32]}.xml"
    if path.with_suffix(_SUMS).is_file():  # written last
        try:
            return ConvertedNetwork(path, side, _read(path))
        except (OSError, RuntimeError, ValueError) as error:
            _log.warning("%s is damaged and made anew: %s", path, first_line(error))
    content = _convert(part, _shape(side))
    _keep(content, path)
    return ConvertedNetwork(path, side, content)


def cache_dir() -> Path:
    """Where converted networks lie."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "gpcis" / "openvino"


def first_line(error: Exception) -> str:
    """What an error says first; OpenVINO's go on for pages."""
    return (str(error).strip() or repr(error)).splitlines()[0]


def _core() -> openvino.Core:
    """OpenVINO's, one for the whole life of the process.

    Its CPU plugin lends the thread a stack for signals and gives back, as it goes, the
    one it found.  Of two that overlap the second gives back the first's, which is gone:
    the next signal with a handler then ends the process (OpenVINO 2026.4).
    """
    with _LOCK:
        return _only_core()


@cache
def _only_core() -> openvino.Core:
    """The Core itself, for one thread at a time."""
    import openvino

    return openvino.Core()


def _shape(side: int) -> tuple[int, int, int, int]:
    return 1, 6, side, side


def _convert(part: NetworkPart, shape: tuple[int, ...]) -> openvino.Model:
    import openvino

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about tracing, which is what it does
        return openvino.convert_model(
            part, example_input=torch.zeros(shape), input=list(shape)
        )


def _read(path: Path) -> openvino.Model:
    """A kept network, if it is the one that was kept.

    OpenVINO takes any weights of the right size, a page of zeros after a power cut too.

    Raises:
        ValueError: Its files changed since.
        OSError, RuntimeError: They cannot be read.
    """
    if path.with_suffix(_SUMS).read_text(encoding="utf-8") != _digest(path):
        raise ValueError("its files are not as they were written")
    return _core().read_model(path)


def _keep(content: openvino.Model, path: Path) -> None:
    """Write a converted network, whole or not at all."""
    import openvino

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent) as folder:
            fresh = Path(folder) / path.name
            openvino.save_model(content, fresh, compress_to_fp16=False)
            fresh.with_suffix(_SUMS).write_text(_digest(fresh), encoding="utf-8")
            for suffix in (".bin", ".xml", _SUMS):
                fresh.with_suffix(suffix).replace(path.with_suffix(suffix))
    except (OSError, RuntimeError) as error:
        _log.warning("the converted network is not kept: %s", first_line(error))


def _digest(path: Path) -> str:
    """Of both files of a network."""
    parts = (path.with_suffix(suffix).read_bytes() for suffix in (".xml", ".bin"))
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()
