"""All images of a server: those of the folder first, then the uploads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from gpcis_backend.clicks.click import Image
from gpcis_backend.errors import NotFound
from gpcis_backend.server.library.folder import FolderImages
from gpcis_backend.server.library.item import ImageRef, StoredImage
from gpcis_backend.server.library.natural import natural_key
from gpcis_backend.server.problems import InvalidFields


class Uploads(Protocol):
    """Where uploaded images are kept."""

    def add(self, name: str, data: bytes, image: Image) -> StoredImage:
        """Keep a file together with the size of the picture decoded from it."""

    def get(self, image_id: str) -> StoredImage | None:
        """The upload with this id; None if there is none."""

    def items(self) -> Sequence[StoredImage]:
        """All uploads."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the list, and where the next one begins; None at the end."""

    refs: Sequence[ImageRef]
    next: str | None


class Library:
    """Finds images by id and lists them in a stable order.

    Args:
        uploads: Where new images go.
        folder: Images of this machine, if any.
        annotations: Where documents of uploads in memory lie; None for memory too.
    """

    def __init__(
        self,
        uploads: Uploads,
        folder: FolderImages | None = None,
        annotations: Path | None = None,
    ) -> None:
        self._uploads, self._folder = uploads, folder
        self._annotations = annotations

    def add(self, name: str, data: bytes, image: Image) -> StoredImage:
        """Keep an upload."""
        return self._placed(self._uploads.add(name, data, image))

    def get(self, image_id: str) -> StoredImage:
        """The image with this id.

        Raises:
            NotFound: It was never there or is gone.
        """
        item = self._uploads.get(image_id)
        if item is not None:
            return self._placed(item)
        if self._folder is not None:
            item = self._folder.get(image_id)
        if item is None:
            raise NotFound(
                "The server does not have this image any more; open it again."
            )
        return item

    def refs(self) -> Sequence[ImageRef]:
        """All images."""
        uploads = [self._placed(item).ref for item in self._uploads.items()]
        uploads.sort(key=lambda ref: (natural_key(ref.name), ref.id))
        listed = self._folder.refs() if self._folder is not None else []
        return [*listed, *uploads]

    def page(self, cursor: str | None, limit: int) -> Page:
        """At most ``limit`` images behind the one that ``cursor`` names.

        Raises:
            InvalidFields: There is no such image any more.
        """
        refs, start = self.refs(), 0
        if cursor is not None:
            ids = [ref.id for ref in refs]
            if cursor not in ids:
                wrong = {"field": "cursor", "message": "The list has changed."}
                raise InvalidFields([wrong])
            start = ids.index(cursor) + 1
        part = list(islice(refs, start, start + limit))
        has_more = start + limit < len(refs)
        return Page(part, part[-1].id if has_more else None)

    def _placed(self, item: StoredImage) -> StoredImage:
        """With a place for its document, if uploads themselves have none."""
        if item.document is not None or self._annotations is None:
            return item
        return replace(item, document=self._annotations / f"{item.id}.gpcis.json")
