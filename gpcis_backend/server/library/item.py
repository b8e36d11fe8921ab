"""An image as the server knows it: before and after its file was opened."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image that may never have been opened.

    Args:
        id: 16 hex digits.
        name: As the user knows it; only ever shown.
        document: Where its annotation lies; None for memory.
        width: Columns of the upright picture; None until it is known.
        height: Rows of the upright picture; None until it is known.
    """

    id: str
    name: str
    document: Path | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image whose header has been read.

    Args:
        id: 16 hex digits.
        sha256: Of the bytes; names the content in every cache.
        name: As the user knows it; only ever shown.
        width: Columns of the upright picture.
        height: Rows of the upright picture.
        load: Brings the file.
        document: Where its annotation lies; None for memory.
    """

    id: str
    sha256: str
    name: str
    width: int
    height: int
    load: Callable[[], bytes]
    document: Path | None = None

    @property
    def data(self) -> bytes:
        """The file."""
        return self.load()

    @property
    def ref(self) -> ImageRef:
        """What lists show."""
        return ImageRef(self.id, self.name, self.document, self.width, self.height)


def to_name(name: str) -> str:
    """A file name that can be shown: no folders, no control characters, not long."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(char for char in last if char.isprintable()).strip()
    return shown[:_MAX_NAME] or "image"
