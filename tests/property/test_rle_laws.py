import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.server.codec import Section, from_mask_body, to_mask_body
from gpcis_backend.server.rle import from_leb128, from_runs, to_leb128, to_runs

masks = array_shapes(min_dims=2, max_dims=2, max_side=12).flatmap(
    lambda shape: arrays(np.bool_, shape)
)


@given(mask=masks)
def test_a_mask_survives_its_runs(mask: BoolMask) -> None:
    np.testing.assert_array_equal(from_runs(to_runs(mask), *mask.shape), mask)


@given(mask=masks)
def test_the_box_is_tight(mask: BoolMask) -> None:
    left, top, width, height = to_runs(mask).bbox

    inside = mask[top : top + height, left : left + width]

    assert inside.sum() == mask.sum()
    if mask.any():
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


@given(numbers=st.lists(st.integers(0, 2**35 - 1)))
def test_numbers_survive_their_code(numbers: list[int]) -> None:
    assert from_leb128(to_leb128(np.array(numbers, dtype=np.int64))).tolist() == numbers


@given(sections=st.dictionaries(st.text(min_size=1), st.binary(), max_size=4))
def test_sections_survive_the_body(sections: dict[str, bytes]) -> None:
    parts = [Section(name, data) for name, data in sections.items()]

    header, read = from_mask_body(to_mask_body({"v": 1}, parts))

    assert read == sections
    assert all(entry["offset"] % 4 == 0 for entry in header["sections"])
