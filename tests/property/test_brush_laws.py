from contextlib import suppress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import brush_oracle
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.label_studio.brush import from_brush, to_brush

masks = array_shapes(min_dims=2, max_dims=2, max_side=24).flatmap(
    lambda shape: arrays(np.bool_, shape)
)
# Few runs, some of them longer than a block: lengths of alternating runs of pixels.
long_masks = st.lists(
    st.sampled_from([1, 2, 3, 4, 5, 64, 65, 16384, 16385, 32768, 32770]), min_size=1
).map(lambda lengths: np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)[None])


@given(mask=masks | long_masks)
def test_a_mask_survives_its_code(mask: BoolMask) -> None:
    np.testing.assert_array_equal(from_brush(to_brush(mask), *mask.shape), mask)


@given(mask=masks | long_masks)
def test_masks_are_coded_as_bit_by_bit(mask: BoolMask) -> None:
    assert bytes(to_brush(mask)) == brush_oracle.encode(mask)


@given(data=st.data(), sizes=st.lists(st.integers(1, 16), min_size=4, max_size=4))
def test_any_blocks_are_read_as_bit_by_bit(
    data: st.DataObject, sizes: list[int]
) -> None:
    blocks = data.draw(st.lists(_blocks(sizes), min_size=1, max_size=30))
    num_bytes = sum(length for _, length in blocks)
    fill = -num_bytes % 4
    bits = "".join(bits for bits, _ in blocks)
    bits += brush_oracle.run(0, 1, 255, sizes) * fill
    width = (num_bytes + fill) // 4
    code = brush_oracle.pad(brush_oracle.header(4 * width, sizes) + bits)

    mask = from_brush(code, 1, width)

    alpha = brush_oracle.decode(code)[3::4]
    assert mask.tolist() == [[value >= 128 for value in alpha]]


@given(rle=st.binary(max_size=60), height=st.integers(-1, 9), width=st.integers(-1, 9))
def test_noise_is_a_mask_of_the_right_size_or_invalid_input(
    rle: bytes, height: int, width: int
) -> None:
    claimed = (4 * height * width % 2**32).to_bytes(4, "big")
    for code in (rle, claimed + rle, claimed + bytes([57, 27, 240]) + rle):
        with suppress(InvalidInput):
            assert from_brush(code, height, width).shape == (height, width)


@st.composite
def _blocks(draw: st.DrawFn, sizes: list[int]) -> tuple[str, int]:
    """Bits of a run or of literals, and how many bytes they code."""
    index = draw(st.integers(0, 3))
    longest = 2 ** sizes[index]
    if draw(st.booleans()):
        length = draw(st.integers(1, longest))
        value = draw(st.integers(0, 255))
        return brush_oracle.run(index, length, value, sizes), length
    values = draw(st.binary(min_size=1, max_size=min(longest, 40)))
    return brush_oracle.literals(index, values, sizes), len(values)
