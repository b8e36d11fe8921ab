"""COCO and LVIS as published: one JSON file beside folders of photographs.

Of the file, only what is needed stays in memory, one text for each picture.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gpcis_backend.data.coco_masks import to_mask
from gpcis_backend.data.layers import Layers, to_layers
from gpcis_backend.errors import DataNotFound, InvalidInput


@dataclass(frozen=True, slots=True)
class CocoAnnotations:
    """Annotated pictures of one JSON file.

    Args:
        path: The file.
        images: Image file of each picture that has an object.
        records: JSON of height, width, segmentations and crowds of each.
        counts: Objects of each.
    """

    path: Path
    images: Sequence[Path]
    records: Sequence[bytes]
    counts: Sequence[int]

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.images)

    def image(self, index: int) -> Path:
        """Image file of a picture."""
        return self.images[index]

    def num_objects(self, index: int) -> int:
        """Crowds are none."""
        return self.counts[index]

    def file(self, index: int) -> Path:
        """The JSON file."""
        return self.path

    def layers(self, index: int) -> Layers:
        """Objects in the order of the file; crowds have no label.

        Raises:
            DataNotFound: A segmentation is damaged.
        """
        height, width, shapes, crowds = json.loads(self.records[index])
        try:
            masks = [to_mask(shape, height, width) for shape in shapes]
            void = np.zeros((height, width), np.bool_)
            for crowd in crowds:
                void |= to_mask(crowd, height, width)
        except InvalidInput as error:
            raise DataNotFound(
                f"{self.path}, picture {self.images[index].name}: {error}"
            ) from error
        return to_layers(masks, void)


def read_coco(path: Path, root: Path, default_folder: str) -> CocoAnnotations:
    """The pictures of a file that have objects, in the order of the file.

    Args:
        path: ``instances_*.json`` or ``lvis_v1_*.json``.
        root: Holds the folders of photographs.
        default_folder: Name of the one that ``file_name`` is in.

    Raises:
        DataNotFound: The file is damaged, of another kind, or names a picture that
            there is not.
    """
    try:
        content = json.loads(path.read_bytes())
        found = {
            image["id"]: _Picture.of(image, default_folder)
            for image in _list(content, "images")
        }
        for each in _list(content, "annotations"):
            shapes = found[each["image_id"]]
            (shapes.crowds if each.get("iscrowd") else shapes.shapes).append(
                each["segmentation"]
            )
    except (OSError, ValueError, RecursionError) as error:
        raise DataNotFound(f"{path} cannot be read as JSON: {error}.") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise DataNotFound(
            f"{path} is no file of COCO instances: {error!r}; expected images and "
            "annotations with id, image_id and segmentation."
        ) from error
    chosen = [picture for picture in found.values() if picture.shapes]
    if not chosen:
        raise DataNotFound(f"{path} annotates no object.")
    _check(path, root, [picture.place for picture in chosen])
    return CocoAnnotations(
        path,
        [root / picture.place for picture in chosen],
        [picture.record() for picture in chosen],
        [len(picture.shapes) for picture in chosen],
    )


@dataclass(frozen=True, slots=True)
class _Picture:
    """What the file says about one picture; ``place`` is folder and name."""

    place: str
    height: int
    width: int
    shapes: list[Any]
    crowds: list[Any]

    @classmethod
    def of(cls, image: dict[str, Any], folder: str) -> "_Picture":
        """LVIS names a picture by its address alone, whose folder may be another."""
        place = (
            f"{folder}/{image['file_name']}"
            if "file_name" in image
            else "/".join(str(image["coco_url"]).split("/")[-2:])
        )
        return cls(place, int(image["height"]), int(image["width"]), [], [])

    def record(self) -> bytes:
        """Few objects in memory, also after a fork."""
        content = [self.height, self.width, self.shapes, self.crowds]
        return json.dumps(content, separators=(",", ":")).encode()


def _list(content: dict[str, Any], key: str) -> list[Any]:
    found = content[key]
    if not isinstance(found, list):
        raise TypeError(f"{key} is no list")
    return found


def _check(path: Path, root: Path, places: Sequence[str]) -> None:
    """All photographs must be there; a folder is listed once."""
    by_folder = defaultdict[str, set[str]](set)
    for place in places:
        folder, _, name = place.rpartition("/")
        by_folder[folder].add(name)
    for folder, names in by_folder.items():
        here = root / folder
        there = {file.name for file in here.iterdir()} if here.is_dir() else set()
        if missing := sorted(names - there):
            raise DataNotFound(
                f"{path} names {folder}/{missing[0]}, but {here / missing[0]} is "
                f"missing ({len(missing)} of {len(names)} pictures of that folder are)."
            )
