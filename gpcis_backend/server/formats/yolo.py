"""YOLO segmentation: one line an object, its parts and holes joined in one walk."""

from collections.abc import Iterable, Sequence

import numpy as np

from gpcis_backend.data.polygons import fill, to_points
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.outlines import join, to_polygons
from gpcis_backend.server.formats.scene import Found, Scene
from gpcis_backend.server.project.classes import ObjectClass


def write_yolo(
    scenes: Iterable[Scene], classes: Sequence[ObjectClass], archive: Archive
) -> None:
    """``labels/<image>.txt`` and ``data.yaml``; empty objects have no line."""
    numbers = {each.id: number for number, each in enumerate(classes)}
    for scene in scenes:
        lines = []
        for thing in scene.things:
            parts = to_polygons(scene.mask(thing))
            if parts:
                points = join(parts) / np.array([scene.width, scene.height])
                spots = " ".join(f"{each:.8g}" for each in points.ravel().tolist())
                number = numbers.setdefault(thing.class_id, len(numbers))
                lines.append(f"{number} {spots}\n")
        archive.add(f"labels/{archive.stem(scene.name)}.txt", "".join(lines))
    names = {each.id: each.name for each in classes}
    listed = [
        f'  {number}: "{_quoted(names.get(each, each))}"\n'
        for each, number in numbers.items()
    ]
    archive.add(
        "data.yaml", "path: .\ntrain: images\nval: images\nnames:\n" + "".join(listed)
    )


def read_yolo(
    data: bytes, height: int, width: int, classes: Sequence[ObjectClass]
) -> list[Found]:
    """The objects of one label file; classes go by their number.

    Raises:
        InvalidInput: A line is not a number of a class and a polygon.
    """
    found = []
    for line in data.decode("utf-8", "replace").splitlines():
        number, *spots = line.split() or [""]
        if not number:
            continue
        try:
            values = [float(spot) for spot in spots]
            index = int(number)
        except ValueError:
            raise InvalidInput("A line is not a class and a polygon.") from None
        points = to_points(values) * np.array([width, height])
        label = classes[index].name if 0 <= index < len(classes) else f"class {index}"
        found.append(Found.of(label, fill(points.round(3), height, width)))
    return found


def _quoted(name: str) -> str:
    """Inside double quotes of YAML."""
    return name.replace("\\", "\\\\").replace('"', '\\"')
