"""Label Studio tasks with brush regions; and brushes and polygons back."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.polygons import fill, to_points
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.reading import Json, as_json, as_list
from gpcis_backend.server.formats.scene import Found, Scene
from gpcis_backend.server.label_studio.brush import from_brush, to_brush
from gpcis_backend.server.label_studio.labeling_config import labeling_config
from gpcis_backend.server.project.classes import ObjectClass

_TAG, _IMAGE = "mask", "image"  # as in labeling_config


def write_tasks(
    scenes: Iterable[Scene], classes: Sequence[ObjectClass], archive: Archive
) -> None:
    """``tasks.json`` to import, and ``labeling_config.xml`` that it needs."""
    names = {each.id: each.name for each in classes}
    tasks = [
        {
            "data": {_IMAGE: scene.name},
            "annotations": [
                {
                    "result": [
                        _region(
                            scene, number, names.get(thing.class_id, thing.class_id)
                        )
                        for number, thing in enumerate(scene.things)
                    ]
                }
            ],
        }
        for scene in scenes
    ]
    archive.add_json("tasks.json", tasks)
    archive.add("labeling_config.xml", labeling_config([c.name for c in classes]))


def read_tasks(data: bytes, height: int, width: int, name: str) -> list[Found]:
    """The brush and polygon regions of the task with this image, or of the only task.

    Raises:
        Malformed: Not JSON.
        InvalidInput: Not tasks, none about the image, or a damaged region.
    """
    body = as_json(data)
    tasks = as_list(body if isinstance(body, list) else [body], "tasks")
    results = as_list(_task(tasks, name), "result")
    found = []
    for region in results:
        value = region.get("value")
        kind = str(region.get("type", ""))
        if not isinstance(value, dict) or not kind.startswith(("brush", "polygon")):
            continue
        labels = value.get(kind)
        label = str(labels[0]) if isinstance(labels, list) and labels else None
        found.append(Found.of(label, _mask(value, height, width)))
    return found


def _region(scene: Scene, number: int, label: str) -> Json:
    return {
        "id": f"object-{number + 1}",
        "from_name": _TAG,
        "to_name": _IMAGE,
        "type": "brushlabels",
        "original_width": scene.width,
        "original_height": scene.height,
        "image_rotation": 0,
        "value": {
            "format": "rle",
            "rle": to_brush(scene.mask(scene.things[number])),
            "brushlabels": [label],
        },
    }


def _task(tasks: list[Json], name: str) -> Any:  # noqa: ANN401
    """The result list of the newest annotation, or prediction, of the task."""
    last = name.rsplit("/", 1)[-1]
    fitting = [
        task
        for task in tasks
        if any(
            str(value).rsplit("/", 1)[-1].endswith(last)
            for value in (task.get("data") or {}).values()
        )
    ]
    chosen = fitting if len(fitting) == 1 else tasks
    if len(chosen) != 1:
        raise InvalidInput(f"The file has no task, or no single one, about {name}.")
    for kind in ("annotations", "predictions"):
        given = chosen[0].get(kind)
        if isinstance(given, list) and given and isinstance(given[-1], dict):
            return given[-1].get("result")
    return []


def _mask(value: Json, height: int, width: int) -> BoolMask:
    if "rle" in value:
        return from_brush(value["rle"], height, width)
    points = to_points(value.get("points")) * np.array([width, height]) / 100
    return fill(points, height, width)
