"""The annotation documents of all images: beside them, in a folder, or in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gpcis_backend.errors import GpcisError, InvalidInput
from gpcis_backend.server.library.item import ImageRef, StoredImage
from gpcis_backend.server.problems import InvalidFields
from gpcis_backend.server.project.document import AnnotationDocument, Status
from gpcis_backend.server.project.versions import (
    Cell,
    Condition,
    FileCell,
    MemoryCells,
    Versions,
    etag_of,
)

_MEMORY_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Stored:
    """A document and the ETag of its bytes."""

    document: AnnotationDocument
    etag: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What lists show of a document."""

    num_objects: int = 0
    status: Status = "new"
    classes: frozenset[str] = frozenset()


class Documents:
    """Reads and replaces documents; safe for threads."""

    def __init__(self) -> None:
        self._memory = MemoryCells(_MEMORY_BYTES)
        self._versions = Versions()
        self._summaries: dict[str, tuple[object, Summary]] = {}

    def read(self, ref: ImageRef) -> Stored | None:
        """The document of an image; None if there is none yet.

        Raises:
            InvalidInput: The file is damaged, or not ours.
        """
        data = self._cell(ref).read()
        if data is None:
            return None
        try:
            return Stored(AnnotationDocument.read(data), etag_of(data))
        except GpcisError as error:
            raise InvalidInput(
                f"The annotation file of {ref.name} is damaged ({error}); move it "
                "away to begin anew."
            ) from None

    def write(
        self, item: StoredImage, document: AnnotationDocument, condition: Condition
    ) -> tuple[int, str]:
        """Revision and ETag of the document that is stored now.

        Args:
            item: Its image.
            document: Its revision is replaced by the next one.
            condition: Of the writer.

        Raises:
            InvalidFields: The document belongs to another image.
            Conflict: Somebody else has saved.
            DiskFull: No room.
        """
        _check_image(item, document)
        revision = 0

        def change(stored: bytes | None) -> bytes:
            nonlocal revision
            revision = 1 + max(document.revision, _revision_of(stored))
            return document.model_copy(update={"revision": revision}).to_json()

        etag = self._versions.replace(self._cell(item.ref), condition, change)
        return revision, etag

    def summary(self, ref: ImageRef) -> Summary:
        """What a list shows; kept until the document changes."""
        stamp = self._stamp(ref)
        if stamp is None:
            return Summary()
        known = self._summaries.get(ref.id)
        if known is None or known[0] != stamp:
            known = stamp, self._summarise(ref)
            self._summaries[ref.id] = known
        return known[1]

    def classes_in_use(self, refs: Iterable[ImageRef]) -> frozenset[str]:
        """Ids of the classes that objects have."""
        used = (self.summary(ref).classes for ref in refs)
        return frozenset[str]().union(*used)

    def _summarise(self, ref: ImageRef) -> Summary:
        try:
            stored = self.read(ref)
        except GpcisError:
            return Summary(status="flagged")
        if stored is None:
            return Summary()
        objects = stored.document.objects
        used = frozenset(each.class_ for each in objects)
        return Summary(len(objects), stored.document.status, used)

    def _cell(self, ref: ImageRef) -> Cell:
        if ref.document is None:
            return self._memory.cell(ref.id)
        return FileCell(ref.document)

    def _stamp(self, ref: ImageRef) -> object:
        """Changes with the document; None without one."""
        if ref.document is None:
            data = self._memory.get(ref.id)
            return None if data is None else etag_of(data)
        return _file_stamp(ref.document)


def _file_stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _check_image(item: StoredImage, document: AnnotationDocument) -> None:
    image = document.image
    wrong = [
        {"field": f"image.{name}", "message": f"Expected {expected}, found {found}."}
        for name, expected, found in (
            ("id", item.id, image.id),
            ("width", item.width, image.width),
            ("height", item.height, image.height),
        )
        if expected != found
    ]
    if wrong:
        raise InvalidFields(wrong)


def _revision_of(stored: bytes | None) -> int:
    if stored is None:
        return 0
    try:
        return AnnotationDocument.read(stored).revision
    except GpcisError:
        return 0
