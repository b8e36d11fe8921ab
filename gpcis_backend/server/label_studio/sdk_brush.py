"""The brush code of Label Studio's SDK, for comparison: a script for its Python.

That Python does not know this package, so nothing of it is imported here.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np


def best(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Least seconds of the calls, and what the last one returned."""
    seconds: list[float] = []
    result = None
    for _ in range(repeats):
        start = perf_counter()
        result = call()
        seconds.append(perf_counter() - start)
    return min(seconds), result


def main(masks_file: str, repeats: int) -> None:
    """Print code and seconds of each mask as JSON.

    Args:
        masks_file: ``.npz`` of bool masks.
        repeats: Of each timing.
    """
    from label_studio_sdk.converter.brush import (  # type: ignore[import-not-found]
        decode_rle,
        mask2rle,
    )

    answers = []
    for mask in np.load(masks_file).values():
        grey = mask.astype(np.uint8) * 255
        encode, code = best(partial(mask2rle, grey), repeats)
        decode, pixels = best(partial(decode_rle, code), repeats)
        is_mask = np.array_equal(pixels.reshape(*mask.shape, 4)[..., 3], grey)
        answers.append(
            {"code": code, "encode": encode, "decode": decode, "is_mask": is_mask}
        )
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
