"""What every format tells or learns about one image."""

from collections.abc import Sequence
from dataclasses import dataclass

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.server.project.document import AnnotationDocument
from gpcis_backend.server.rle import MaskRuns, from_runs, to_runs


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: its class and its mask."""

    class_id: str
    runs: MaskRuns
    est_iou: float | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """An image and its objects; where they overlap, later ones lie on top.

    Args:
        name: Of the image, perhaps with folders.
        height: Rows.
        width: Columns.
        things: Its objects.
    """

    name: str
    height: int
    width: int
    things: Sequence[Thing]

    def mask(self, thing: Thing) -> BoolMask:
        """All pixels of an object.  (H, W)."""
        return from_runs(thing.runs, self.height, self.width)


@dataclass(frozen=True, slots=True)
class Found:
    """An object that a file holds; coded at once, since a file may hold thousands.

    Args:
        label: Name of its class as the file has it; None if it has none.
        runs: Its mask.
    """

    label: str | None
    runs: MaskRuns

    @classmethod
    def of(cls, label: str | None, mask: BoolMask) -> "Found":
        """The object with this mask.  (H, W)."""
        return cls(label, to_runs(mask))


def to_scene(name: str, document: AnnotationDocument) -> Scene:
    """The scene that a document describes."""
    things = [
        Thing(each.class_, each.to_runs(), each.est_iou) for each in document.objects
    ]
    return Scene(name, document.image.height, document.image.width, things)
