"""How corrections are shared out among samples, and how they reach the model."""

import numpy as np
from mmseg.structures import SegDataSample

from gpcis_backend.mmseg_plugin.transforms import DrawCorrections, PackClicks


def test_every_sixteen_samples_share_out_the_corrections_alike() -> None:
    """In pairs: two processes, which take every second one, do the same work."""
    draw = DrawCorrections((0.5, 0.25, 0.125, 0.125))

    counts = _counts(draw, 0)

    assert counts[::2] == counts[1::2]
    for first in range(0, 1600, 16):
        assert sorted(counts[first : first + 16 : 2]) == [0, 0, 0, 0, 1, 1, 2, 3]
    assert len({tuple(counts[first : first + 16]) for first in range(0, 1600, 16)}) > 50
    packed = _packed({"corrections": 2})
    assert packed.metainfo["corrections"] == 2
    assert "corrections" not in _packed({}).metainfo


def test_another_seed_shares_them_out_in_another_order() -> None:
    draw = DrawCorrections((1, 1))

    assert _counts(draw, 0) == _counts(draw, 0)
    assert _counts(draw, 0) != _counts(draw, 1)


def _counts(draw: DrawCorrections, seed: int) -> list[int]:
    numbered = ({"index": index, "seed": seed} for index in range(1600))
    return [draw.transform(results)["corrections"] for results in numbered]


def _packed(own: dict[str, int]) -> SegDataSample:
    ids = np.zeros((8, 8), bool)
    results = {"parts": [~ids], "void": ids, "clicks": [], "index": 0, **own}
    image = np.zeros((8, 8, 3), np.uint8)
    packed = PackClicks().transform({**results, "image": image})
    sample: SegDataSample = packed["data_samples"]
    return sample
