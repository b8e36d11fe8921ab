"""Weight files: safetensors that ship, and the .pth files of training runs.

mmengine's checkpoints hold more than tensors, so ``weights_only`` refuses them.  Here
they are unpickled with an allow-list: tensors come out, everything else becomes an
inert ``_Ignored``.  A file from a stranger cannot run code.
"""

import json
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from gpcis_backend.errors import InvalidInput, ModelUnavailable

_CONFIG_KEY = "gpcis_model"
_ALLOWED = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,
    ("torch.serialization", "_get_layout"): torch.serialization._get_layout,
}

Weights = dict[str, Tensor]


def read_checkpoint(path: Path) -> tuple[dict[str, Any] | None, Weights]:
    """Model settings, if the file carries them, and weights.

    Raises:
        ModelUnavailable: The file is damaged or holds no weights.
    """
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                text = (file.metadata() or {}).get(_CONFIG_KEY)
            return (json.loads(text) if text else None), load_file(path)
        return None, _read_pth(path)
    except (
        SafetensorError,
        pickle.UnpicklingError,
        OSError,
        ValueError,
        RuntimeError,
        EOFError,
        TypeError,
        AttributeError,
    ) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(
            f"{path} is not a readable checkpoint: {reason}"
        ) from error


def write_safetensors(
    path: Path, weights: Weights, settings: dict[str, Any], notes: dict[str, str]
) -> None:
    """Write float16 weights, with the model's settings and notes as metadata.

    Raises:
        InvalidInput: There is no room or no right to write there.
    """
    small = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in weights.items()
        if not name.endswith("num_batches_tracked")
    }
    content = save(small, {**notes, _CONFIG_KEY: json.dumps(settings)})
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.") from error


class _Ignored:
    """Stands for any object that is not a tensor: takes everything, does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> "_Ignored":
        return self

    def __setstate__(self, state: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, item: Any) -> None:
        """Swallow an item of a list subclass."""

    def extend(self, items: Any) -> None:
        """Swallow the items of a list subclass."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _ALLOWED.get((module, name), _Ignored)


def _load(file: BinaryIO, **kwargs: Any) -> Any:
    return _Unpickler(file, **kwargs).load()


def _read_pth(path: Path) -> Weights:
    inert = ModuleType("inert_pickle")
    vars(inert).update(Unpickler=_Unpickler, load=_load)  # all that torch.load calls
    loaded = torch.load(
        path, map_location="cpu", pickle_module=inert, weights_only=False
    )
    weights = loaded.get("state_dict", loaded) if isinstance(loaded, dict) else None
    if not isinstance(weights, dict) or not weights:
        raise ValueError("it holds no state dict")
    if not all(isinstance(value, Tensor) for value in weights.values()):
        raise ValueError("its state dict holds more than tensors")
    return weights
