"""The real Label Studio and our backend, started once for all tests that need them."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as pillow

from label_studio_core import Core
from label_studio_site import Backend, Site, running, serving


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def backend(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A backend that was told where Label Studio is."""
    log = tmp_path_factory.mktemp("backend") / "log.txt"
    with serving(log, site.settings) as backend:
        yield backend


@pytest.fixture(scope="session")
def core() -> Core:
    return Core()


@pytest.fixture(scope="session")
def cat(root: Path) -> bytes:
    """451 x 300 pixels, stored upright."""
    return (root / "frontend" / "public" / "samples" / "cat.jpg").read_bytes()


@pytest.fixture(scope="session")
def turned_cup(root: Path) -> bytes:
    """600 x 400 pixels, stored lying on its side with EXIF orientation 6."""
    exif, buffer = pillow.Exif(), io.BytesIO()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    samples = root / "frontend" / "public" / "samples"
    with pillow.open(samples / "coffee.jpg") as upright:
        lying = upright.transpose(pillow.Transpose.ROTATE_90)
        lying.save(buffer, "JPEG", quality=95, exif=exif.tobytes())
    return buffer.getvalue()
