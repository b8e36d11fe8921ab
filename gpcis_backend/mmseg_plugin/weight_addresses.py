"""What ``load_from`` may name beside .pth files: safetensors, and the shipped model.

``load_from = "gpcis://gpcis_lite0"`` is the file of that name in ``weights``; a path
that ends in .safetensors is read as such.
"""

from pathlib import Path
from typing import Any

from mmengine.runner.checkpoint import CheckpointLoader

from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.mmseg_plugin.checkpoint import Weights, read_checkpoint

_SCHEME = "gpcis://"
_WEIGHTS = Path(__file__).parents[1] / "weights"


def weight_file(address: str) -> Path:
    """The file that an address of ``load_from`` means."""
    if address.startswith(_SCHEME):
        return _WEIGHTS / f"{address.removeprefix(_SCHEME)}.safetensors"
    return Path(address).expanduser()


@CheckpointLoader.register_scheme(prefixes=[_SCHEME, r".*\.safetensors$"])
def load_from_safetensors(filename: str, map_location: Any) -> dict[str, Weights]:
    """The weights in the form of an mmengine checkpoint.

    Raises:
        SystemExit: The file is missing or damaged.
    """
    try:
        return {"state_dict": read_checkpoint(weight_file(filename))[1]}
    except ModelUnavailable as error:
        raise SystemExit(f"gpcis: load_from: {error}") from None
