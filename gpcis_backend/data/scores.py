"""How well each training picture is segmented already, read from a file.

Three kinds: JSON, ``{"2008_000002": 0.83, ...}``; npz with the arrays ``names`` and
``scores``; and the pickles of Sofiiuk et al. 2022, a list of (number of the picture,
anything, score).
"""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, SupportsInt
from zipfile import BadZipFile

import numpy as np

from gpcis_backend.data.plain_pickle import read_plain
from gpcis_backend.errors import DataNotFound, InvalidInput

Scores = dict[str | int, float]
"""Score from 0 to 1 by name or number of the picture."""


def read_scores(path: Path) -> Scores:
    """The scores of a file, by its suffix .json, .npz, .pkl or .pickle.

    Raises:
        DataNotFound: The file is missing or damaged.
        InvalidInput: It holds something else.
    """
    try:
        pairs = list(_pairs(path))
        scores: Scores = {_key(key): float(score) for key, score in pairs}
    except OSError as error:
        raise DataNotFound(f"The scores {path} cannot be read: {error}.") from error
    except (TypeError, ValueError, KeyError, IndexError, BadZipFile) as error:
        raise InvalidInput(
            f"{path} does not hold scores: {error}. Expected JSON with a score for "
            "each picture name, npz with names and scores, or a pickled list of "
            "(number, .., score)."
        ) from error
    for key, score in scores.items():
        if not (math.isfinite(score) and 0 <= score <= 1):
            raise InvalidInput(
                f"{path} gives {key} the score {score}; expected 0 (hard) to 1 (easy)."
            )
    return scores


def _pairs(path: Path) -> Iterable[tuple[Any, Any]]:
    if path.suffix == ".json":
        found: Any = json.loads(path.read_bytes())
        return list(found.items()) if isinstance(found, dict) else _none("no object")
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return list(zip(arrays["names"], arrays["scores"], strict=True))
    if path.suffix in {".pkl", ".pickle"}:
        return [(row[0], row[2]) for row in _rows(read_plain(path))]
    return _none("its name ends in none of .json, .npz, .pkl and .pickle")


def _rows(found: object) -> list[Any]:
    return found if isinstance(found, list) else _none("no list")


def _key(key: str | SupportsInt) -> str | int:
    """A name stays a name, a number a number."""
    return str(key) if isinstance(key, str) else int(key)


def _none(reason: str) -> list[tuple[Any, Any]]:
    raise ValueError(reason)
