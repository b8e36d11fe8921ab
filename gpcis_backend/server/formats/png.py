"""PNG masks: classes by palette, instances in 16 bits; and any such file back."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image as Picture
from PIL.Image import fromarray
from scipy import ndimage

from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.images import open_image
from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.scene import Found, Scene
from gpcis_backend.server.project.classes import ObjectClass
from gpcis_backend.server.rle import MaskRuns, to_runs

_MAX_INDEX = 254  # 255 stands for "unlabelled" in many tools
_MAX_OBJECTS = 65535
_MAX_FOUND = 1000


def write_index(
    scenes: Iterable[Scene], classes: Sequence[ObjectClass], archive: Archive
) -> None:
    """One picture an image, class k of ``classes.json`` has the value k.

    Raises:
        InvalidInput: More classes than a palette holds.
    """
    numbers = class_numbers(classes)
    for scene in scenes:
        index = np.zeros((scene.height, scene.width), dtype=np.uint8)
        for thing in scene.things:
            index[scene.mask(thing)] = numbers.get(thing.class_id, _MAX_INDEX)
        data = to_palette_png(index, class_colours(classes))
        archive.add(f"{archive.stem(scene.name)}.png", data)
    legend = {str(numbers[each.id]): each.model_dump() for each in classes}
    archive.add_json("classes.json", {"classes": legend, "note": _OVERLAP})


def write_instances(
    scenes: Iterable[Scene], classes: Sequence[ObjectClass], archive: Archive
) -> None:
    """One picture an image, object k of ``objects.json`` has the value k."""
    legend: dict[str, Any] = {}
    names = {each.id: each.name for each in classes}
    for scene in scenes:
        if len(scene.things) > _MAX_OBJECTS:
            raise InvalidInput(f"{scene.name} has more than {_MAX_OBJECTS} objects.")
        index = np.zeros((scene.height, scene.width), dtype=np.uint16)
        for number, thing in enumerate(scene.things, start=1):
            index[scene.mask(thing)] = number
        buffer = io.BytesIO()
        fromarray(index).save(buffer, "PNG", compress_level=6)
        member = f"{archive.stem(scene.name)}.png"
        archive.add(member, buffer.getvalue())
        legend[member] = {
            str(number): {
                "class": thing.class_id,
                "name": names.get(thing.class_id, thing.class_id),
            }
            for number, thing in enumerate(scene.things, start=1)
        }
    archive.add_json("objects.json", {"objects": legend, "note": _OVERLAP})


_OVERLAP = "Where objects overlap, the later one lies on top."


def read_png(
    data: bytes, height: int, width: int, classes: Sequence[ObjectClass]
) -> list[Found]:
    """One object for every value but 0 (black, transparent).

    A value is taken for the number of a class if the palette gives it the colour of
    that class, as our own export does; others have no class.

    Raises:
        InvalidInput: Another size than the image's, or too many values.
        BadImage: Not a picture.
    """
    picture = open_image(data)
    if picture.size != (width, height):
        raise InvalidInput(
            f"The mask has {picture.size[0]} x {picture.size[1]} pixels, the image "
            f"{width} x {height}; they must be equal."
        )
    values, places = np.unique(_values(picture), return_inverse=True)
    if len(values) > _MAX_FOUND:
        raise InvalidInput(
            f"The picture has {len(values)} different values, so it is no mask; "
            "save one with a number for each object."
        )
    labels = _labels(picture, classes)
    index = places.reshape(height, width)
    return [
        Found(labels.get(int(value)), _runs(index, number, box))
        for number, (value, box) in enumerate(
            zip(values, ndimage.find_objects(index + 1), strict=True)
        )
        if value != 0
    ]


def class_numbers(classes: Sequence[ObjectClass]) -> dict[str, int]:
    """Number of each class, from 1, by id.

    Raises:
        InvalidInput: More than one byte can tell apart.
    """
    if len(classes) > _MAX_INDEX:
        raise InvalidInput(
            f"{len(classes)} classes do not fit a palette of {_MAX_INDEX}."
        )
    return {each.id: number for number, each in enumerate(classes, start=1)}


def class_colours(classes: Sequence[ObjectClass]) -> list[int]:
    """A palette: black, then the colours of the classes."""
    shades = [bytes.fromhex(each.color[1:]) for each in classes]
    return [0, 0, 0, *b"".join(shades)]


def to_palette_png(index: NDArray[np.uint8], palette: list[int]) -> bytes:
    """The picture with these values.  (H, W)."""
    picture = fromarray(index).convert("L")
    picture.putpalette(palette + [128] * (768 - len(palette)))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _runs(index: NDArray[np.int64], number: int, box: tuple[slice, slice]) -> MaskRuns:
    """The mask of one number, which lies inside a box.  (H, W)."""
    left, top, width, height = (part := to_runs(index[box] == number)).bbox
    return MaskRuns((left + box[1].start, top + box[0].start, width, height), part.runs)


def _labels(picture: Picture, classes: Sequence[ObjectClass]) -> dict[int, str]:
    """Names of the classes by number, as far as their colours agree."""
    palette = bytes(picture.getpalette() or ())
    return {
        number: each.name
        for number, each in enumerate(classes, start=1)
        if palette[3 * number : 3 * number + 3] == bytes.fromhex(each.color[1:])
    }


def _values(picture: Picture) -> NDArray[np.int64]:
    """A number for each pixel, 0 for background.  (H, W)."""
    if picture.mode in ("1", "L", "P", "I", "I;16", "I;16B"):
        return np.asarray(picture).astype(np.int64)
    if picture.mode == "LA":
        grey = np.asarray(picture).astype(np.int64)
        return np.where(grey[..., 1] > 0, grey[..., 0], 0)
    shades = np.asarray(picture.convert("RGBA")).astype(np.int64)
    packed = shades[..., 0] << 16 | shades[..., 1] << 8 | shades[..., 2]
    return np.where(shades[..., 3] > 0, packed, 0)
