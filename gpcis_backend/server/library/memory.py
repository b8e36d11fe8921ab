"""Uploaded images, kept in memory and bounded; the oldest leave first."""

import threading
from collections.abc import Sequence
from hashlib import sha256

from gpcis_backend.clicks.click import Image
from gpcis_backend.inference.lru import ByteBoundedCache
from gpcis_backend.server.library.item import StoredImage, to_name


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
        item = StoredImage(
            digest[:16], digest, to_name(name), width, height, lambda: data
        )
        with self._lock:
            self._cache.put(item.id, item, len(data))
        return item

    def get(self, image_id: str) -> StoredImage | None:
        """The upload with this id; None if it had to make room."""
        with self._lock:
            return self._cache.get(image_id)

    def items(self) -> Sequence[StoredImage]:
        """All uploads."""
        with self._lock:
            return self._cache.values()
