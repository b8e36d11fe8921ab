"""Pascal VOC: boxes in XML, classes and objects as palette PNGs."""

import xml.etree.ElementTree as xml
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.png import class_numbers, to_palette_png
from gpcis_backend.server.formats.scene import Scene, Thing
from gpcis_backend.server.project.classes import ObjectClass

_MAX_OBJECTS = 254  # 255 is the border that we do not draw


def write_voc(
    scenes: Iterable[Scene], classes: Sequence[ObjectClass], archive: Archive
) -> None:
    """``Annotations``, ``SegmentationClass``, ``SegmentationObject``, ``labels.txt``.

    Raises:
        InvalidInput: More objects or classes than a palette holds.
    """
    numbers, names = class_numbers(classes), {each.id: each.name for each in classes}
    for scene in scenes:
        if len(scene.things) > _MAX_OBJECTS:
            raise InvalidInput(
                f"{scene.name} has {len(scene.things)} objects, VOC takes "
                f"{_MAX_OBJECTS}; choose png-instance."
            )
        kinds = np.zeros((scene.height, scene.width), dtype=np.uint8)
        objects = np.zeros_like(kinds)
        for number, thing in enumerate(scene.things, start=1):
            mask = scene.mask(thing)
            kinds[mask] = numbers.get(thing.class_id, _MAX_OBJECTS)
            objects[mask] = number
        stem = archive.stem(scene.name)
        archive.add(f"Annotations/{stem}.xml", _boxes(scene, names))
        archive.add(f"SegmentationClass/{stem}.png", to_palette_png(kinds, _colours()))
        archive.add(
            f"SegmentationObject/{stem}.png", to_palette_png(objects, _colours())
        )
    archive.add("labels.txt", "".join(f"{each.name}\n" for each in classes))


def _boxes(scene: Scene, names: dict[str, str]) -> str:
    root = xml.Element("annotation")
    folder, _, name = scene.name.rpartition("/")
    _add(root, {"folder": folder, "filename": name})
    size = xml.SubElement(root, "size")
    _add(size, {"width": scene.width, "height": scene.height, "depth": 3})
    _add(root, {"segmented": 1})
    for thing in scene.things:
        if thing.runs.runs:
            _add_box(root, thing, names.get(thing.class_id, thing.class_id))
    xml.indent(root)
    return xml.tostring(root, encoding="unicode")


def _add_box(root: xml.Element, thing: Thing, name: str) -> None:
    """Boxes count from 1 and include their last pixel."""
    item = xml.SubElement(root, "object")
    _add(item, {"name": name, "pose": "Unspecified", "truncated": 0, "difficult": 0})
    left, top, width, height = thing.runs.bbox
    box = {
        "xmin": left + 1,
        "ymin": top + 1,
        "xmax": left + width,
        "ymax": top + height,
    }
    _add(xml.SubElement(item, "bndbox"), box)


def _add(parent: xml.Element, values: Mapping[str, object]) -> None:
    for tag, value in values.items():
        text = str(value)
        xml.SubElement(parent, tag).text = "".join(c for c in text if c.isprintable())


def _colours() -> list[int]:
    """VOC's palette: bits of the number dealt to red, green and blue."""
    shades = []
    for number in range(256):
        colour, rest = [0, 0, 0], number
        for shift in range(7, -1, -1):
            for channel in range(3):
                colour[channel] |= (rest >> channel & 1) << shift
            rest >>= 3
        shades += colour
    return shades
