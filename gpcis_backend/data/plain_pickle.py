"""Pickles that hold plain data and numpy arrays; anything else is refused.

Unpickling may run any code.  Here only the constructors of arrays can be called, so
that a file from a stranger does nothing but fill memory with numbers.
"""

import codecs
import pickle
from pathlib import Path

import numpy as np
from numpy._core import multiarray, numeric

from gpcis_backend.errors import DataNotFound

_ARRAYS = {
    "ndarray": np.ndarray,
    "dtype": np.dtype,
    "_reconstruct": multiarray._reconstruct,
    "scalar": multiarray.scalar,
    "_frombuffer": numeric._frombuffer,  # type: ignore[attr-defined]
}
_MODULES = {"numpy"} | {
    f"numpy.{core}.{part}"
    for core in ("core", "_core")
    for part in ("multiarray", "numeric")
}


def read_plain(path: Path) -> object:
    """What the file holds: numbers, text, lists, tuples, dicts and arrays.

    Raises:
        DataNotFound: The file is missing, damaged, or holds anything else.
    """
    try:
        with path.open("rb") as file:
            return _Plain(file).load()
    except Exception as error:  # damaged bytes make the unpickler raise any of them
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataNotFound(
            f"{path} cannot be read as a pickle of plain data: {reason}."
        ) from error


class _Plain(pickle.Unpickler):
    """Knows arrays and nothing else by name."""

    def find_class(self, module: str, name: str) -> object:
        if module in _MODULES and name in _ARRAYS:
            return _ARRAYS[name]
        if (module, name) == ("_codecs", "encode"):  # bytes, as Python 2 wrote them
            return codecs.encode
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
