"""Uploaded images, kept in memory and bounded; the oldest leave first."""

import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from gpcis_backend.clicks.click import Image
from gpcis_backend.errors import NotFound
from gpcis_backend.inference.lru import ByteBoundedCache

_MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An uploaded file that has been decoded once, so that it is known to be good.

    Args:
        id: First 16 hex digits of ``sha256``.
        sha256: Of the bytes; names the content in every cache.
        name: As the user knows it; only ever shown.
        width: Columns of the upright picture.
        height: Rows of the upright picture.
        data: The file.
    """

    id: str
    sha256: str
    name: str
    width: int
    height: int
    data: bytes


class ImageStore:
    """Uploads by id; safe for threads.

    Args:
        max_bytes: Of all files together.
    """

    def __init__(self, max_bytes: int) -> None:
        self._cache = ByteBoundedCache[StoredImage](max_bytes)
        self._lock = threading.Lock()

    def add(self, name: str, data: bytes, image: Image) -> StoredImage:
        """Keep a file together with the size of the picture decoded from it."""
        digest = sha256(data).hexdigest()
        height, width, _ = image.shape
        item = StoredImage(digest[:16], digest, to_name(name), width, height, data)
        with self._lock:
            self._cache.put(item.id, item, len(data))
        return item

    def get(self, image_id: str) -> StoredImage:
        """The upload with this id.

        Raises:
            NotFound: It was never there or had to make room.
        """
        with self._lock:
            item = self._cache.get(image_id)
        if item is None:
            raise NotFound(
                "The server does not have this image any more; open it again."
            )
        return item

    def items(self) -> Sequence[StoredImage]:
        """All uploads, the one used last at the end."""
        with self._lock:
            return self._cache.values()


def to_name(name: str) -> str:
    """A file name that can be shown: no folders, no control characters, not long."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(char for char in last if char.isprintable()).strip()
    return shown[:_MAX_NAME] or "image"
