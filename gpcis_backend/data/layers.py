"""Pictures whose instances overlap: every instance lies in one of several maps."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.data.image_pairs import read_rgb
from gpcis_backend.data.pictures import VOID_ID, Annotated
from gpcis_backend.data.sample import BoolMask, Sample
from gpcis_backend.errors import DataNotFound


@dataclass(frozen=True, slots=True)
class Layers:
    """Maps of instance ids, in each of which no two instances overlap.

    Args:
        maps: 0 background, 255 without label, else the instance.  (M, H, W)
        objects: Map and id of each object, in the order of the annotation.
    """

    maps: NDArray[np.int32]
    objects: tuple[tuple[int, int], ...]


class LayerSource(Protocol):
    """Annotations of pictures in one file format."""

    def __len__(self) -> int:
        """Number of pictures."""

    def image(self, index: int) -> Path:
        """Image file of a picture."""

    def num_objects(self, index: int) -> int:
        """How many objects a picture has, without reading its masks."""

    def layers(self, index: int) -> Layers:
        """Read the masks of a picture."""

    def file(self, index: int) -> Path:
        """Where these come from."""


@dataclass(frozen=True, slots=True)
class LayeredPictures:
    """Pictures to train on.

    Args:
        name: Of the set.
        source: Of images and masks.
    """

    name: str
    source: LayerSource

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.source)

    def file(self, index: int) -> Path:
        """The annotation file of a picture."""
        return self.source.file(index)

    def stem(self, index: int) -> str:
        """Stem of the image file."""
        return self.source.image(index).stem

    def read(self, index: int) -> tuple[NDArray[np.uint8], Layers]:
        """Image (H, W, 3) and maps of a picture.

        Raises:
            DataNotFound: A file is damaged, or image and maps differ in size.
        """
        image, layers = read_rgb(self.source.image(index)), self.source.layers(index)
        if image.shape[:2] != layers.maps.shape[1:]:
            raise DataNotFound(
                f"{self.source.file(index)} gives {self.source.image(index)} the size "
                f"{layers.maps.shape[1:]} (rows, columns), it has {image.shape[:2]}."
            )
        return image, layers

    def draw(self, index: int, rng: np.random.Generator) -> Annotated:
        """One map of the picture, by its number of instances.

        So every object is equally likely to be the target later, and an object is
        never joined with a part of itself.
        """
        image, layers = self.read(index)
        number = 0
        if layers.objects:
            number, _ = layers.objects[int(rng.integers(len(layers.objects)))]
        return Annotated(f"{self.name}/{self.stem(index)}", image, layers.maps[number])


@dataclass(frozen=True, slots=True)
class LayeredObjects:
    """Every object of such pictures, in the order of the annotations.

    Args:
        pictures: All of them.
        objects: Number of the picture, number of the object in it.
    """

    pictures: LayeredPictures
    objects: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.objects)

    def __getitem__(self, index: int) -> Sample:
        """Read one object from disk.

        Raises:
            DataNotFound: A file is damaged, or image and maps differ in size.
        """
        picture, number = self.objects[index]
        image, layers = self.pictures.read(picture)
        layer, instance = layers.objects[number]
        ids = layers.maps[layer]
        name = f"{self.pictures.name}/{self.pictures.stem(picture)}#{number}"
        return Sample(name, image, ids == instance, ids == VOID_ID)


def layered_objects(pictures: LayeredPictures) -> LayeredObjects:
    """All objects of all pictures."""
    counts = map(pictures.source.num_objects, range(len(pictures)))
    objects = ((p, n) for p, count in enumerate(counts) for n in range(count))
    return LayeredObjects(pictures, tuple(objects))


def to_layers(masks: Iterable[BoolMask], void: BoolMask) -> Layers:
    """Masks in as few maps as come of putting each in the first that has room.

    Args:
        masks: One object each.  (H, W)
        void: Pixels without a label.  (H, W)
    """
    maps: list[NDArray[np.int32]] = []
    objects = []
    for number, mask in enumerate(masks, start=1):
        free = (n for n, ids in enumerate(maps) if not ids[mask].any())
        layer = next(free, len(maps))
        if layer == len(maps):
            maps.append(np.zeros(void.shape, np.int32))
        instance = number + (number >= VOID_ID)
        maps[layer][mask] = instance
        objects.append((layer, instance))
    if not maps:
        maps.append(np.zeros(void.shape, np.int32))
    stacked = np.stack(maps)  # (M, H, W)
    stacked[(stacked == 0) & void] = VOID_ID
    return Layers(stacked, tuple(objects))
