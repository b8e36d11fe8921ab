import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

from gpcis_backend.errors import (
    BadImage,
    GpcisError,
    NotFound,
    TooLarge,
    TooManyPixels,
    UnsupportedType,
)
from gpcis_backend.inference.images import read_image


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [("PNG", 0), ("BMP", 0), ("TIFF", 0), ("JPEG", 12), ("WEBP", 12)],
)
def test_every_accepted_type_gives_its_pixels(kind: str, tolerance: int) -> None:
    picture = pillow.new("RGB", (7, 5), (200, 100, 50))

    image = read_image(_saved(picture, kind))

    assert image.shape == (5, 7, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - (200, 100, 50)).max() <= tolerance


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "PA"])
@pytest.mark.parametrize("size", [(1, 1), (9, 4)])
def test_every_mode_becomes_rgb(mode: str, size: tuple[int, int]) -> None:
    picture = pillow.new("RGB", size, "white").convert(mode)

    image = read_image(_saved(picture, "TIFF" if mode in ("CMYK", "PA") else "PNG"))

    assert image.shape == (size[1], size[0], 3)
    assert (image == 255).all()


def test_an_inverted_cmyk_jpeg_keeps_its_colours() -> None:
    picture = pillow.new("CMYK", (16, 16), (0, 255, 255, 0))

    image = read_image(_saved(picture, "JPEG"))

    assert image[8, 8, 0] > 230
    assert image[8, 8, 1:].max() < 30


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind: str) -> None:
    values = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)

    image = read_image(_saved(pillow.fromarray(values), kind))

    assert image[0, :, 0].tolist() == [0, 1, 128, 255]


def test_sixteen_bit_colour_is_scaled_too() -> None:
    image = read_image(_png(1, 1, depth=16, colour=2, row=b"\xff\xff\x80\x80\x00\x00"))

    assert image.tolist() == [[[255, 128, 0]]]


def test_transparent_pixels_lie_over_white() -> None:
    layer = pillow.new("RGBA", (2, 1), (0, 0, 0, 0))
    layer.putpixel((1, 0), (10, 20, 30, 255))

    image = read_image(_saved(layer, "PNG"))

    assert image.tolist() == [[[255, 255, 255], [10, 20, 30]]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_orientation_of_the_camera_is_applied(kind: str) -> None:
    picture = pillow.new("RGB", (8, 4), "black")
    exif = pillow.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter

    image = read_image(_saved(picture, kind, exif=exif))

    assert image.shape == (8, 4, 3)


def test_only_the_first_frame_of_a_tiff_is_read() -> None:
    frames = [pillow.new("RGB", (3, 2), colour) for colour in ("red", "blue")]

    image = read_image(
        _saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    )

    assert image[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "JPEG", "TIFF"])
def test_a_header_that_claims_too_much_is_refused_before_decoding(kind: str) -> None:
    data = _claiming_400_megapixels(kind)

    with pytest.raises(TooManyPixels, match="megapixels"):
        read_image(data)


def test_a_small_limit_counts_the_pixels_of_the_header() -> None:
    data = _saved(pillow.new("RGB", (10, 10)), "WEBP", lossless=True)

    assert read_image(data, max_pixels=100).shape == (10, 10, 3)
    with pytest.raises(TooManyPixels):
        read_image(data, max_pixels=99)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", BadImage, id="empty"),
        pytest.param(b"these are words", BadImage, id="text"),
        pytest.param(b"\xff\xd8\xff", BadImage, id="only the first bytes of a JPEG"),
        pytest.param(
            b"\x89PNG\r\n\x1a\n", BadImage, id="only the first bytes of a PNG"
        ),
        pytest.param(b"RIFF1234WEBPVP8 ", BadImage, id="a WebP without a size"),
        pytest.param(b"RIFF1234WAVEfmt ", BadImage, id="sound"),
        pytest.param(
            b"II*\0\xff\xff\xff\xff", BadImage, id="a TIFF that leads nowhere"
        ),
        pytest.param(b"BM" + bytes(60), BadImage, id="a BMP of zeros"),
        pytest.param(b"  <svg></svg>", UnsupportedType, id="svg"),
        pytest.param(b"<?xml version='1.0'?>", UnsupportedType, id="xml"),
        pytest.param(b"GIF89a", UnsupportedType, id="gif"),
        pytest.param(b"\0\0\0\x18ftypheic", UnsupportedType, id="heic"),
    ],
)
def test_what_is_no_accepted_image_gets_one_clear_error(
    data: bytes, expected: type[GpcisError]
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(expected, match=r"The (file|image)"):
            read_image(data)

    assert not caught


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_short_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = _saved(pillow.fromarray(noise), kind)

    with pytest.raises(BadImage):
        read_image(data[: int(share * len(data))])


def test_floating_point_pixels_are_refused_in_words() -> None:
    floats = pillow.fromarray(np.ones((2, 2), dtype=np.float32))

    with pytest.raises(UnsupportedType, match="8 or 16 bits"):
        read_image(_saved(floats, "TIFF"))


def test_a_path_is_read_and_its_bytes_are_limited(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_saved(pillow.new("L", (3, 2)), "PNG"))

    assert read_image(path).shape == (2, 3, 3)
    with pytest.raises(TooLarge):
        read_image(path, max_bytes=10)
    with pytest.raises(NotFound, match=r"b\.png"):
        read_image(tmp_path / "b.png")


def _saved(picture: pillow.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _png(width: int, height: int, *, depth: int, colour: int, row: bytes) -> bytes:
    """A PNG whose header need not fit its body."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + crc

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" + row))
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + rows + chunk(b"IEND", b"")


def _claiming_400_megapixels(kind: str) -> bytes:
    """A tiny file of this kind whose header has the wrong size."""
    if kind == "PNG":
        return _png(20000, 20000, depth=8, colour=2, row=b"\0\0\0")
    data = bytearray(_saved(pillow.new("RGB", (8, 8)), kind))
    if kind == "BMP":
        data[18:26] = struct.pack("<ii", 20000, 20000)
    if kind == "WEBP":
        data[26:30] = struct.pack("<HH", 16383, 16383)
    if kind == "JPEG":
        start = data.index(b"\xff\xc0") + 5
        data[start : start + 4] = struct.pack(">HH", 20000, 20000)
    if kind == "TIFF":
        for tag in (256, 257):  # width and height, as the directory writes them
            start = data.index(struct.pack("<HHI", tag, 4, 1)) + 8
            data[start : start + 4] = struct.pack("<I", 20000)
    return bytes(data)
