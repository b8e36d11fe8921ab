"""The formats by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Literal, TypeAlias, get_args

from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.coco import read_coco, write_coco
from gpcis_backend.server.formats.label_studio import read_tasks, write_tasks
from gpcis_backend.server.formats.labelme import read_labelme, write_labelme
from gpcis_backend.server.formats.png import read_png, write_index, write_instances
from gpcis_backend.server.formats.scene import Found, Scene
from gpcis_backend.server.formats.voc import write_voc
from gpcis_backend.server.formats.yolo import read_yolo, write_yolo
from gpcis_backend.server.project.classes import ObjectClass
from gpcis_backend.server.schemas import ExportFormat

ImportFormat = Literal["png", "coco", "labelstudio", "gpcis", "yolo-seg", "labelme"]

IMPORT_FORMATS: tuple[ImportFormat, ...] = get_args(ImportFormat)

Writer: TypeAlias = Callable[[Iterable[Scene], Sequence[ObjectClass], Archive], None]

_WRITERS: Mapping[ExportFormat, Writer] = {
    "png-index": write_index,
    "png-instance": write_instances,
    "coco": write_coco,
    "labelstudio": write_tasks,
    "yolo-seg": write_yolo,
    "voc": write_voc,
    "labelme": write_labelme,
}


def writer(name: ExportFormat, *, polygons: bool) -> Writer:
    """Writes annotations into an archive."""
    if name == "coco":
        return partial(write_coco, polygons=polygons)
    return _WRITERS[name]


def read(
    name: ImportFormat,
    data: bytes,
    image: str,
    height: int,
    width: int,
    classes: Sequence[ObjectClass],
) -> list[Found]:
    """The objects that a file of another tool holds about one image.

    Args:
        name: Of the format, not ``gpcis``.
        data: The file.
        image: Name of the image.
        height: Of the image.
        width: Of the image.
        classes: Of the project.

    Raises:
        Malformed: Not of this format at all.
        InvalidInput: Damaged, or about something else.
    """
    if name == "png":
        return read_png(data, height, width, classes)
    if name == "coco":
        return read_coco(data, height, width, image)
    if name == "labelstudio":
        return read_tasks(data, height, width, image)
    if name == "yolo-seg":
        return read_yolo(data, height, width, classes)
    return read_labelme(data, height, width)
