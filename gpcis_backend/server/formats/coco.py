"""COCO instances: run lengths, or one polygon for each part; and back."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.coco_masks import to_mask
from gpcis_backend.data.coco_rle import to_coco
from gpcis_backend.data.polygons import Points
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.outlines import to_polygons
from gpcis_backend.server.formats.reading import as_list, as_object, pick
from gpcis_backend.server.formats.scene import Found, Scene
from gpcis_backend.server.project.classes import ObjectClass

_RUNS = "Masks are compressed run lengths, exact to the pixel."
_POLYGONS = (
    "Every part of an object is one polygon along the edges of its pixels; a hole "
    "hangs on its outline by a cut of no width. Empty objects are run lengths."
)


def write_coco(
    scenes: Iterable[Scene],
    classes: Sequence[ObjectClass],
    archive: Archive,
    *,
    polygons: bool = False,
) -> None:
    """All images in ``annotations.json``."""
    numbers = {each.id: number for number, each in enumerate(classes, start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for scene in scenes:
        size = {"width": scene.width, "height": scene.height}
        image_id = len(images) + 1
        images.append({"id": image_id, "file_name": scene.name, **size})
        for thing in scene.things:
            mask = scene.mask(thing)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": numbers.setdefault(thing.class_id, len(numbers) + 1),
                    "bbox": list(thing.runs.bbox),
                    "area": int(np.count_nonzero(mask)),
                    "iscrowd": 0,
                    "segmentation": _segmentation(mask, polygons),
                }
            )
    names = {each.id: each.name for each in classes}
    categories = [
        {"id": number, "name": names.get(each, each), "supercategory": ""}
        for each, number in numbers.items()
    ]
    note = _POLYGONS if polygons else _RUNS
    found = {"images": images, "annotations": annotations, "categories": categories}
    archive.add_json("annotations.json", {"info": {"description": note}, **found})


def read_coco(data: bytes, height: int, width: int, name: str) -> list[Found]:
    """The objects of the image called ``name``, or of the only image.

    Raises:
        Malformed: Not JSON.
        InvalidInput: Not COCO, or no such image of this size.
    """
    body = as_object(data)
    images = as_list(body.get("images"), "images")
    image = pick(images, "file_name", name)
    if (image.get("height"), image.get("width")) != (height, width):
        raise InvalidInput(
            f"The file says that {name} has {image.get('width')} x "
            f"{image.get('height')} pixels, the image has {width} x {height}."
        )
    labels = {
        each.get("id"): str(each.get("name"))
        for each in as_list(body.get("categories", []), "categories")
    }
    return [
        Found.of(
            labels.get(each.get("category_id")),
            to_mask(each.get("segmentation"), height, width),
        )
        for each in as_list(body.get("annotations"), "annotations")
        if each.get("image_id") == image.get("id")
    ]


def _segmentation(mask: BoolMask, polygons: bool) -> object:
    parts = to_polygons(mask) if polygons else []
    if not parts:
        return to_coco(mask)
    return [to_numbers(part) for part in parts]


def to_numbers(part: Points) -> list[float]:
    """x, y, x, y, ... with whole numbers as such."""
    return [int(each) if each == int(each) else each for each in part.ravel().tolist()]
