"""Labelme: one JSON file an image, one polygon for each part, grouped by object."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from gpcis_backend.data.polygons import fill, to_points
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.outlines import to_polygons
from gpcis_backend.server.formats.reading import as_list, as_object
from gpcis_backend.server.formats.scene import Found, Scene
from gpcis_backend.server.project.classes import ObjectClass

_VERSION = "5.5.0"


def write_labelme(
    scenes: Iterable[Scene], classes: Sequence[ObjectClass], archive: Archive
) -> None:
    """``<image>.json`` each; holes hang on outlines, empty objects are left out."""
    names = {each.id: each.name for each in classes}
    for scene in scenes:
        shapes = [
            {
                "label": names.get(thing.class_id, thing.class_id),
                "points": part.tolist(),
                "group_id": number,
                "description": "",
                "shape_type": "polygon",
                "flags": {},
                "mask": None,
            }
            for number, thing in enumerate(scene.things, start=1)
            for part in to_polygons(scene.mask(thing))
        ]
        body: dict[str, object] = {
            "version": _VERSION,
            "flags": {},
            "shapes": shapes,
            "imagePath": scene.name.rsplit("/", 1)[-1],
            "imageData": None,
            "imageHeight": scene.height,
            "imageWidth": scene.width,
        }
        archive.add_json(f"{archive.stem(scene.name)}.json", body)


def read_labelme(data: bytes, height: int, width: int) -> list[Found]:
    """The polygons of a file; those of one group are one object.

    Raises:
        Malformed: Not JSON.
        InvalidInput: Not of an image of this size, or a damaged polygon.
    """
    body = as_object(data)
    if (body.get("imageHeight"), body.get("imageWidth")) != (height, width):
        raise InvalidInput(f"The file is not about an image of {width} x {height}.")
    groups = defaultdict[object, list[dict[str, object]]](list)
    for number, shape in enumerate(as_list(body.get("shapes"), "shapes")):
        if shape.get("shape_type", "polygon") == "polygon":
            group = shape.get("group_id")
            key = ("alone", number) if group is None else (str(group), shape["label"])
            groups[key].append(shape)
    found = []
    for shapes in groups.values():
        mask = np.zeros((height, width), dtype=np.bool_)
        for shape in shapes:
            mask |= fill(to_points(shape.get("points")), height, width)
        found.append(Found.of(str(shapes[0].get("label")), mask))
    return found
