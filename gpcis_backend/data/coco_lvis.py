"""COCO + LVIS, in the packing of Sofiiuk et al. 2022 or as its authors publish both.

Packed: PART/images, PART/masks and PART/hannotation.pickle.  Published: the folders
train2017 and val2017, and instances_PART2017.json and lvis_v1_PART.json, either or
both, beside them or in annotations/.  A picture that both annotate counts twice, once
for each annotation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gpcis_backend.data.coco_json import read_coco
from gpcis_backend.data.layers import (
    LayeredObjects,
    LayeredPictures,
    Layers,
    LayerSource,
    layered_objects,
)
from gpcis_backend.data.places import find_place
from gpcis_backend.data.ritm_packing import read_ritm
from gpcis_backend.errors import DataNotFound

PLACES = ("COCO_LVIS", "coco_lvis", "coco", "COCO", "")
_EXPECTED = (
    "train/ or val/ with images/, masks/ and hannotation.pickle, or "
    "annotations/ with instances_*.json or lvis_v1_*.json"
)
_Part = Literal["train", "val"]


def coco_lvis(root: Path) -> LayeredObjects:
    """Every object of the validation part.

    Raises:
        DataNotFound: The set is missing, incomplete or damaged.
    """
    return layered_objects(open_coco_lvis(root, "val"))


def open_coco_lvis(root: Path, part: _Part) -> LayeredPictures:
    """The annotated pictures of one part.

    Raises:
        DataNotFound: The set is missing, incomplete or damaged.
    """
    base = find_place("COCO + LVIS", root, PLACES, is_coco_lvis, _EXPECTED)
    if (base / part / "hannotation.pickle").is_file():
        return LayeredPictures("coco_lvis", read_ritm(base / part))
    sources = [
        read_coco(path, base, f"{part}2017") for path in annotation_files(base, part)
    ]
    if not sources:
        raise DataNotFound(
            f"{base} holds no annotations of the part {part}: expected "
            f"{part}/hannotation.pickle or annotations/instances_{part}2017.json or "
            f"annotations/lvis_v1_{part}.json."
        )
    return LayeredPictures("coco_lvis", _Joined(sources))


def is_coco_lvis(folder: Path) -> bool:
    """Whether a folder is laid out in one of both ways."""
    parts: tuple[_Part, ...] = ("train", "val")
    return any(
        (folder / part / "hannotation.pickle").is_file()
        or any(annotation_files(folder, part))
        for part in parts
    )


def annotation_files(base: Path, part: _Part) -> Iterator[Path]:
    """The JSON files of one part that are there, COCO's first."""
    for name in (f"instances_{part}2017.json", f"lvis_v1_{part}.json"):
        places = (base / "annotations" / name, base / name)
        yield from [path for path in places if path.is_file()][:1]


@dataclass(frozen=True, slots=True)
class _Joined:
    """Several sources, one after the other."""

    sources: Sequence[LayerSource]

    def __len__(self) -> int:
        return sum(map(len, self.sources))

    def image(self, index: int) -> Path:
        source, number = self._find(index)
        return source.image(number)

    def num_objects(self, index: int) -> int:
        source, number = self._find(index)
        return source.num_objects(number)

    def layers(self, index: int) -> Layers:
        source, number = self._find(index)
        return source.layers(number)

    def file(self, index: int) -> Path:
        source, number = self._find(index)
        return source.file(number)

    def _find(self, index: int) -> tuple[LayerSource, int]:
        for source in self.sources:
            if index < len(source):
                return source, index
            index -= len(source)
        raise IndexError(index)
