"""Uploads that outlive the server: files in a folder of its own."""

import json
import threading
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from gpcis_backend.clicks.click import Image
from gpcis_backend.errors import NotFound
from gpcis_backend.server.atomic import write_atomically
from gpcis_backend.server.library.item import StoredImage, to_name

_SUFFIXES = ((b"\xff\xd8", ".jpg"), (b"\x89PNG", ".png"), (b"RIFF", ".webp"))
_OTHERS = ((b"BM", ".bmp"), (b"II", ".tif"), (b"MM", ".tif"))


class UploadFolder:
    """Uploads by id; safe for threads.

    An upload is the file ``<id>.<type>`` and ``<id>.json``, which is written last: what
    a crash left half done is not seen.

    Args:
        folder: Made with the first upload.
        annotations: Where documents lie; None for beside the images.
    """

    def __init__(self, folder: Path, annotations: Path | None = None) -> None:
        self._folder, self._documents = folder, annotations or folder
        self._lock = threading.Lock()
        self._items = {item.id: item for item in self._found()}

    def add(self, name: str, data: bytes, image: Image) -> StoredImage:
        """Keep a file together with the size of the picture decoded from it.

        Raises:
            DiskFull: No room.
        """
        digest = sha256(data).hexdigest()
        file = digest[:16] + _suffix(data)
        height, width, _ = image.shape
        facts = {
            "file": file,
            "sha256": digest,
            "name": to_name(name),
            "width": width,
            "height": height,
        }
        with self._lock:
            write_atomically(self._folder / file, data)
            coded = json.dumps(facts).encode()
            write_atomically(self._folder / f"{digest[:16]}.json", coded)
            item = self._items[digest[:16]] = self._item(facts)
        return item

    def get(self, image_id: str) -> StoredImage | None:
        """The upload with this id; None if there is none."""
        return self._items.get(image_id)

    def items(self) -> Sequence[StoredImage]:
        """All uploads."""
        with self._lock:
            return list(self._items.values())

    def _found(self) -> list[StoredImage]:
        found = []
        for path in self._folder.glob("?" * 16 + ".json"):
            try:
                found.append(self._item(json.loads(path.read_bytes())))
            except (ValueError, TypeError, LookupError, OSError):
                continue  # not ours, or damaged: the upload can be made again
        return found

    def _item(self, facts: dict[str, object]) -> StoredImage:
        file, digest = Path(str(facts["file"])).name, str(facts["sha256"])
        return StoredImage(
            digest[:16],
            digest,
            to_name(str(facts["name"])),
            int(str(facts["width"])),
            int(str(facts["height"])),
            _Loader(self._folder / file),
            self._documents / f"{file}.gpcis.json",
        )


class _Loader:
    """Reads one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError:
            raise NotFound("The image file is not there any more.") from None


def _suffix(data: bytes) -> str:
    kinds = (*_SUFFIXES, *_OTHERS)
    return next((suffix for magic, suffix in kinds if data.startswith(magic)), "")
