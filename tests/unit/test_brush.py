"""Brush RLE: vectors, streams that Label Studio sent, and streams that are broken."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

import brush_oracle
from brush_oracle import header, literals, pad, run
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.images import MAX_PIXELS
from gpcis_backend.server.label_studio import brush
from gpcis_backend.server.label_studio.benchmark import brush_costs, sdk_brush_costs
from gpcis_backend.server.label_studio.brush import from_brush, to_brush

SPECIFIED = np.zeros((3, 4), dtype=np.bool_)
SPECIFIED[1, 1:3] = True


@pytest.fixture
def sdk_python() -> Path:
    """A Python with Label Studio's SDK; the test is skipped without one."""
    named = os.environ.get("GPCIS_LABEL_STUDIO_PYTHON")
    if not named:
        pytest.skip("set GPCIS_LABEL_STUDIO_PYTHON to a Python with label_studio_sdk")
    return Path(named)


@pytest.mark.parametrize(
    ("mask", "code"),
    [
        pytest.param(
            SPECIFIED,
            [0, 0, 0, 48, 57, 27, 254, 19, 0, 159, 255, 9, 128, 0],
            id="two pixels",
        ),
        pytest.param(
            np.zeros((2, 2), dtype=np.bool_),
            [0, 0, 0, 16, 57, 27, 253, 240, 0],
            id="empty",
        ),
        pytest.param(
            np.ones((2, 2), dtype=np.bool_),
            [0, 0, 0, 16, 57, 27, 253, 255, 240],
            id="full",
        ),
        pytest.param(
            np.ones((1, 5), dtype=np.bool_),
            [0, 0, 0, 20, 57, 27, 254, 19, 255, 0],
            id="blocks that end with a byte: the SDK adds one",
        ),
    ],
)
def test_the_specified_masks_have_these_codes(mask: BoolMask, code: list[int]) -> None:
    assert to_brush(mask) == code
    np.testing.assert_array_equal(from_brush(code, *mask.shape), mask)


@pytest.mark.parametrize("num_pixels", [1, 16384, 16385, 32768, 32769, 100_000])
def test_runs_beyond_a_block_are_cut(num_pixels: int) -> None:
    full = np.ones((1, num_pixels), dtype=np.bool_)

    code = to_brush(full)

    assert bytes(code) == brush_oracle.encode(full)
    np.testing.assert_array_equal(from_brush(code, 1, num_pixels), full)


@pytest.mark.parametrize("chunk", [8, 9, 64])
def test_chunks_leave_no_trace(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mask = np.random.default_rng(0).random((40, 50)) < 0.3
    stroke = literals(2, [7, 7, 7, 200] * 64)
    drawn = pad(header(4 * 64 + 4 * 2000) + stroke + _blocks_of(mask))
    code = to_brush(mask)
    monkeypatch.setattr(brush, "_CHUNK", chunk)

    assert to_brush(mask) == code
    np.testing.assert_array_equal(from_brush(code, 40, 50), mask)
    np.testing.assert_array_equal(
        from_brush(drawn, 1, 64 + 2000)[0], [True] * 64 + mask.ravel().tolist()
    )


def test_literals_and_sizes_of_their_own_are_read() -> None:
    sizes = (1, 5, 2, 11)
    pixels = [9, 8, 7, 128, 6, 5, 4, 127, 3, 2, 1, 255]
    bits = literals(1, pixels, sizes) + run(3, 12, 200, sizes)
    code = pad(header(24, sizes) + bits)

    assert from_brush(code, 2, 3).tolist() == [[True, False, True], [True] * 3]


def test_a_pixel_may_be_split_between_blocks() -> None:
    bits = run(0, 3, 255) + literals(0, [0, 1, 2]) + run(0, 2, 255)

    assert from_brush(pad(header(8) + bits), 1, 2).tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("rle", "complaint"),
    [
        pytest.param([], "ends in its header", id="nothing"),
        pytest.param([0, 0, 0, 16, 57, 27], "ends in its header", id="half a header"),
        pytest.param([0, 0, 0, 16, 57, 27, 253], "cut short", id="no blocks"),
        pytest.param([0, 0, 0, 16, 57, 27, 253, 240], "cut short", id="half a block"),
        pytest.param(
            [0, 0, 0, 12, 57, 27, 253, 240, 0], "of 12 bytes.*has 16", id="other size"
        ),
        pytest.param(
            [255] * 4 + [57, 27, 253, 240, 0], "of 4294967295 bytes", id="huge N"
        ),
        pytest.param(
            [0, 0, 0, 16, 65, 27, 253, 240, 0], "words of 9 bits", id="word size"
        ),
        pytest.param(
            pad(header(16) + run(0, 8, 0)), "cut short", id="padding is no block"
        ),
        pytest.param(
            pad(header(16) + "001" + "1111" + "00000000"),
            "cut short",
            id="few literals",
        ),
        pytest.param(
            pad(header(16) + run(2, 17, 0)), "more than the 16", id="too long"
        ),
        pytest.param(
            [0, 0, 0, 16, 57, 27, 253, 240, 1], "goes on after", id="bit behind"
        ),
        pytest.param(
            [0, 0, 0, 16, 57, 27, 253, 240, 0, 0, 9], "goes on after", id="byte behind"
        ),
        pytest.param([0, 0, 0, 256], "0 to 255", id="a number too large"),
        pytest.param([-1] * 9, "0 to 255", id="negative"),
        pytest.param([10**30], "0 to 255", id="a huge number"),
        pytest.param([0.0] * 9, "0 to 255", id="fractions"),
        pytest.param(["0"] * 9, "0 to 255", id="texts"),
        pytest.param([None], "0 to 255", id="null"),
        pytest.param([[0]], "0 to 255", id="nested"),
        pytest.param("AAAAEDkb/fAA", "0 to 255", id="a text"),
        pytest.param({"rle": []}, "0 to 255", id="an object"),
        pytest.param(10**12, "0 to 255", id="a number"),
        pytest.param(None, "0 to 255", id="nothing at all"),
    ],
)
def test_damaged_code_is_refused_in_words(
    rle: Any,  # noqa: ANN401
    complaint: str,
) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        from_brush(rle, 2, 2)


def test_zeros_behind_the_code_are_padding() -> None:
    code = [*to_brush(SPECIFIED), 0, 0, 0]

    np.testing.assert_array_equal(from_brush(code, 3, 4), SPECIFIED)


@pytest.mark.parametrize(
    ("height", "width"), [(0, 4), (-3, -4), (1, MAX_PIXELS + 1), (2**40, 2**40)]
)
def test_sizes_that_no_image_has_are_refused(height: int, width: int) -> None:
    with pytest.raises(InvalidInput, match="expected 1 to"):
        from_brush(to_brush(SPECIFIED), height, width)


@pytest.mark.parametrize("shape", [(0, 4), (2**15, 2**15)])
def test_masks_that_the_header_cannot_count_are_refused(shape: tuple[int, int]) -> None:
    mask = np.broadcast_to(np.False_, shape)

    with pytest.raises(InvalidInput, match="no brush code"):
        to_brush(mask)


def test_codes_that_label_studio_sent_and_took_survive(root: Path) -> None:
    folder = root.parent / "shared" / "label_studio_payloads"
    if not folder.is_dir():
        pytest.skip(f"no recorded requests of Label Studio at {folder}")
    regions = [
        region
        for path in sorted(folder.glob("*.json"))
        for region in _brush_regions(json.loads(path.read_text()))
    ]

    assert regions
    for region in regions:
        height, width = region["original_height"], region["original_width"]
        rle = region["value"]["rle"]
        mask = from_brush(rle, height, width)
        alpha = np.array(brush_oracle.decode(bytes(rle))[3::4])
        np.testing.assert_array_equal(mask.ravel(), alpha >= 128)
        np.testing.assert_array_equal(from_brush(to_brush(mask), height, width), mask)


def test_the_sdk_of_label_studio_writes_the_same_bytes(sdk_python: Path) -> None:
    rng = np.random.default_rng(0)
    shapes = [(1, 1), (1, 7), (13, 5), (64, 64), (200, 300)]
    masks = [rng.random(shape) < p for shape in shapes for p in (0, 0.02, 0.5, 1)]

    _check_beside_the_sdk(sdk_python, masks)


def test_the_sdk_of_label_studio_agrees_on_real_masks(
    sdk_python: Path, shared_data: Path
) -> None:
    paths = sorted((shared_data / "eval" / "GrabCut" / "gt").iterdir())[::10]
    masks = [np.asarray(PillowImage.open(path).convert("L")) == 255 for path in paths]

    _check_beside_the_sdk(sdk_python, masks)


def _check_beside_the_sdk(sdk_python: Path, masks: list[BoolMask]) -> None:
    """Equal bytes, which both sides read as the mask."""
    theirs = sdk_brush_costs(sdk_python, masks, repeats=1)
    ours = brush_costs(masks, repeats=1)

    assert [cost.code for cost in ours] == [cost.code for cost in theirs]
    assert all(cost.is_mask for cost in (*ours, *theirs))


def _blocks_of(mask: BoolMask) -> str:
    """Bits of a mask's blocks, and padding."""
    bits = "".join(f"{byte:08b}" for byte in brush_oracle.encode(mask))
    return bits[53:]


def _brush_regions(body: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """All brush regions, however deep they lie."""
    if isinstance(body, dict) and "rle" in body.get("value", {}):
        yield body
    elif isinstance(body, dict | list):
        for part in body.values() if isinstance(body, dict) else body:
            yield from _brush_regions(part)
