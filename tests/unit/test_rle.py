import numpy as np
import pytest

from gpcis_backend.data.coco_rle import to_coco
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.rle import (
    MaskRuns,
    from_leb128,
    from_runs,
    to_leb128,
    to_runs,
)


def test_the_example_of_the_specification_has_these_bytes() -> None:
    mask = np.zeros((480, 640), dtype=np.bool_)
    rows = ("01110", "11111", "00100")
    mask[20:23, 10:15] = [[digit == "1" for digit in row] for row in rows]

    assert to_runs(mask) == MaskRuns(
        (10, 20, 5, 3), bytes.fromhex("01 03 01 05 02 01 02")
    )


@pytest.mark.parametrize(
    ("number", "coded"), [(0, "00"), (127, "7f"), (128, "80 01"), (300, "ac 02")]
)
def test_numbers_have_their_shortest_form(number: int, coded: str) -> None:
    assert to_leb128(np.array([number])) == bytes.fromhex(coded)
    assert from_leb128(bytes.fromhex(coded)).tolist() == [number]


def test_an_empty_mask_has_no_box_and_no_bytes() -> None:
    empty = np.zeros((4, 5), dtype=np.bool_)

    assert to_runs(empty) == MaskRuns((0, 0, 0, 0), b"")
    np.testing.assert_array_equal(from_runs(to_runs(empty), 4, 5), empty)


@pytest.mark.parametrize(
    ("coded", "complaint"),
    [
        pytest.param(MaskRuns((0, 0, 2, 1), b"\x00\x03"), "cover 3", id="too long"),
        pytest.param(MaskRuns((0, 0, 2, 1), b"\x00"), "cover 0", id="too short"),
        pytest.param(MaskRuns((3, 0, 2, 1), b"\x00\x02"), "outside", id="box"),
        pytest.param(MaskRuns((-1, 0, 2, 1), b"\x00\x02"), "outside", id="negative"),
        pytest.param(MaskRuns((0, 0, 2, 1), b"\x82\x00"), "shortest", id="long form"),
        pytest.param(MaskRuns((0, 0, 2, 1), b"\x82"), "middle", id="cut"),
        pytest.param(
            MaskRuns((0, 0, 2, 1), b"\x81\x80\x80\x80\x80\x01"), "5 bytes", id="six"
        ),
        pytest.param(
            MaskRuns((0, 0, 2, 1), b"\x01\x00\x01"), "first run", id="empty run"
        ),
    ],
)
def test_damaged_runs_are_refused_in_words(coded: MaskRuns, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        from_runs(coded, 4, 4)


def test_coco_counts_are_those_of_pycocotools() -> None:
    mask = np.zeros((5, 4), dtype=np.bool_)
    mask[1:4, 1:3] = True
    mask[2, 2] = False

    # pycocotools 2.0.11, mask.encode(np.asfortranarray(mask))
    assert to_coco(mask) == {"size": [5, 4], "counts": "632NO05"}
