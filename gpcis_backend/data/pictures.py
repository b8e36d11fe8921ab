"""Annotated pictures, the form in which models are trained: image and instance ids."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gpcis_backend.data.image_pairs import read_rgb
from gpcis_backend.data.sample import Image
from gpcis_backend.errors import DataNotFound

VOID_ID = 255  # no label; readers of larger ids leave this number out

Ids: TypeAlias = NDArray[np.uint8] | NDArray[np.int32]
"""0 background, 255 without label, else the instance.  (H, W)."""

IdsReader: TypeAlias = Callable[[Path], Ids]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A picture with the ids of its instances.

    Args:
        name: Set and file stem.
        image: RGB.  (H, W, 3)
        ids: 0 background, 255 without label, else the instance.  (H, W)
    """

    name: str
    image: Image
    ids: Ids


class PictureSet(Protocol):
    """Pictures to train on."""

    @property
    def name(self) -> str:
        """Of the set."""

    def __len__(self) -> int:
        """Number of annotated pictures."""

    def file(self, index: int) -> Path:
        """The file to look at if something is wrong with a picture."""

    def stem(self, index: int) -> str:
        """Name of a picture inside its set."""

    def draw(self, index: int, rng: np.random.Generator) -> Annotated:
        """Read a picture; where instances overlap, some that do not, at random."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Image files with one file of instance ids each, read on demand.

    Args:
        name: Of the set.
        pairs: Image and annotation file.
        read_ids: How an annotation file is to be understood.
    """

    name: str
    pairs: tuple[tuple[Path, Path], ...]
    read_ids: IdsReader

    def __len__(self) -> int:
        """Number of annotations."""
        return len(self.pairs)

    def __getitem__(self, index: int) -> Annotated:
        """Read one annotation from disk.

        Raises:
            DataNotFound: A file is damaged, or image and ids differ in size.
        """
        image_path, ids_path = self.pairs[index]
        image, ids = read_rgb(image_path), self.read_ids(ids_path)
        if image.shape[:2] != ids.shape:
            raise DataNotFound(
                f"{ids_path} has {ids.shape[0]}x{ids.shape[1]} pixels, but its image "
                f"{image_path.name} {image.shape[0]}x{image.shape[1]}. Save both alike."
            )
        return Annotated(f"{self.name}/{ids_path.stem}", image, ids)

    def draw(self, index: int, rng: np.random.Generator) -> Annotated:
        """The annotation, in which no instances overlap; nothing is drawn."""
        return self[index]

    def file(self, index: int) -> Path:
        """The annotation file."""
        return self.pairs[index][1]

    def stem(self, index: int) -> str:
        """Stem of the annotation file."""
        return self.pairs[index][1].stem

    def ids(self, index: int) -> Ids:
        """Read the instance ids of one annotation, without its image.  (H, W).

        Raises:
            DataNotFound: The file is damaged.
        """
        return self.read_ids(self.pairs[index][1])


def without_void(numbers: NDArray[np.integer]) -> NDArray[np.int32]:
    """Instance numbers of a set in which every pixel has a label, as ids.  (H, W).

    From 255 on they move up by one, so that none of them means "without label".
    """
    ids = numbers.astype(np.int32)
    ids += ids >= VOID_ID
    return ids
