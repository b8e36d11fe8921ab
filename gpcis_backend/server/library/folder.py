"""Images in a folder of this machine, named by their path in it."""

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import monotonic

from gpcis_backend.errors import InvalidInput, NotFound, TooLarge
from gpcis_backend.inference.images import upright_size
from gpcis_backend.server.library.item import ImageRef, StoredImage
from gpcis_backend.server.library.natural import natural_key

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
_FRESH = 2.0  # seconds for which a listing is believed


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read from a file, as long as its stamp stays."""

    stamp: tuple[int, int]
    sha256: str
    width: int
    height: int


class FolderImages:
    """Lists the folder, opens files when they are asked for; safe for threads.

    Hidden files and folders are left out.  A link counts only if it leads to a place
    inside the folder.

    Args:
        root: The folder.
        annotations: Where documents lie; None for beside the images.
        max_bytes: Of one file.
        max_pixels: Of one image.

    Raises:
        InvalidInput: It is no folder.
    """

    def __init__(
        self, root: Path, annotations: Path | None, max_bytes: int, max_pixels: int
    ) -> None:
        if not root.is_dir():
            raise InvalidInput(f"{root} is no folder; --images takes one with images.")
        self._root = root.resolve()
        self._documents = annotations or self._root
        self._max_bytes, self._max_pixels = max_bytes, max_pixels
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._facts: dict[str, _Facts] = {}
        self._listed = -_FRESH

    def refs(self) -> Sequence[ImageRef]:
        """All images in natural order."""
        with self._lock:
            if monotonic() - self._listed > _FRESH:
                self._list()
            return [self._ref(key, name) for key, name in self._names.items()]

    def get(self, image_id: str) -> StoredImage | None:
        """The image with this id, its header read; None if there is none.

        Raises:
            NotFound: The file is gone or leads outside.
            TooLarge: More bytes than allowed.
            BadImage: Not an image.
        """
        with self._lock:
            if image_id not in self._names:
                self._list()
            name = self._names.get(image_id)
        if name is None:
            return None
        facts = self._read_facts(image_id, name)
        ref = self._ref(image_id, name)
        return StoredImage(
            image_id,
            facts.sha256,
            ref.name,
            facts.width,
            facts.height,
            partial(self._load, name),
            ref.document,
        )

    def _list(self) -> None:
        found = sorted(self._walk(), key=natural_key)
        self._names = {_id_of(name): name for name in found}
        self._listed = monotonic()

    def _walk(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for file in files:
                path = Path(folder, file)
                if file.startswith(".") or path.suffix.lower() not in _SUFFIXES:
                    continue
                if path.is_file() and self._is_inside(path):
                    yield path.relative_to(self._root).as_posix()

    def _is_inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self._root)

    def _ref(self, image_id: str, name: str) -> ImageRef:
        facts = self._facts.get(image_id)
        return ImageRef(
            image_id,
            os.fsencode(name).decode("utf-8", "replace"),
            self._documents / f"{name}.gpcis.json",
            None if facts is None else facts.width,
            None if facts is None else facts.height,
        )

    def _read_facts(self, image_id: str, name: str) -> _Facts:
        stamp = self._stamp(name)
        facts = self._facts.get(image_id)
        if facts is None or facts.stamp != stamp:
            data = self._load(name)
            height, width = upright_size(data, self._max_pixels)
            facts = _Facts(stamp, sha256(data).hexdigest(), width, height)
            self._facts[image_id] = facts
        return facts

    def _stamp(self, name: str) -> tuple[int, int]:
        try:
            found = (self._root / name).stat()
        except OSError:
            raise _gone() from None
        return found.st_mtime_ns, found.st_size

    def _load(self, name: str) -> bytes:
        path = self._root / name
        try:
            if not self._is_inside(path):  # it may have become a link since
                raise _gone()
            size = path.stat().st_size
            if size > self._max_bytes:
                raise TooLarge(
                    f"The image file has {size / 2**20:.1f} MB; at most "
                    f"{self._max_bytes / 2**20:g} MB are accepted."
                )
            return path.read_bytes()
        except OSError:
            raise _gone() from None


def _gone() -> NotFound:
    return NotFound("The image file is not there any more, or cannot be read.")


def _id_of(name: str) -> str:
    return sha256(os.fsencode(name)).hexdigest()[:16]
