"""COCO + LVIS as Sofiiuk et al. 2022 packed it: maps of instances, pickled.

PART/images/NAME.jpg; PART/masks/NAME.pickle holds (PNG bytes of every map, (map, id)
of every mask); PART/hannotation.pickle says for every NAME how many of these masks are
objects.  Further ones are stuff.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from gpcis_backend.data.layers import Layers
from gpcis_backend.data.pictures import without_void
from gpcis_backend.data.plain_pickle import read_plain
from gpcis_backend.errors import DataNotFound


@dataclass(frozen=True, slots=True)
class RitmPacking:
    """Annotated pictures of one part, in the order of their names.

    Args:
        images: Image files.
        masks: Files of the maps.
        counts: Objects of each picture.
    """

    images: Sequence[Path]
    masks: Sequence[Path]
    counts: Sequence[int]

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.images)

    def image(self, index: int) -> Path:
        """Image file of a picture."""
        return self.images[index]

    def num_objects(self, index: int) -> int:
        """As hannotation.pickle says."""
        return self.counts[index]

    def file(self, index: int) -> Path:
        """The file of the maps."""
        return self.masks[index]

    def layers(self, index: int) -> Layers:
        """Maps without stuff.

        Raises:
            DataNotFound: The file is damaged or holds fewer objects.
        """
        path, count = self.masks[index], self.counts[index]
        content: Any = read_plain(path)
        try:
            coded, mapping = content
            places = [(int(layer), int(number)) for layer, number in mapping[:count]]
            maps = np.stack([_decoded(one) for one in coded])  # (M, H, W)
            is_sound = len(places) == count and all(
                0 <= m < len(maps) for m, _ in places
            )
        except (TypeError, ValueError, OSError, SyntaxError) as error:
            raise DataNotFound(
                f"{path} holds no maps of instances: {error}."
            ) from error
        if not is_sound:
            raise DataNotFound(
                f"{path} has {len(places)} masks in {len(maps)} maps; expected "
                f"{count}, as hannotation.pickle says."
            )
        for layer, ids in enumerate(maps):
            ids[~np.isin(ids, [number for m, number in places if m == layer])] = 0
        objects = tuple((m, number + (number >= 255)) for m, number in places)
        return Layers(without_void(maps), objects)


def read_ritm(folder: Path) -> RitmPacking:
    """The pictures of PART that have objects.

    Raises:
        DataNotFound: A file is missing or damaged.
    """
    path = folder / "hannotation.pickle"
    counts = object_counts(path)
    names = list(counts)
    images, masks = (
        _existing(folder / part, names, suffix, path)
        for part, suffix in (("images", ".jpg"), ("masks", ".pickle"))
    )
    return RitmPacking(images, masks, list(counts.values()))


def object_counts(path: Path) -> dict[str, int]:
    """Names of the pictures that have objects, sorted, and how many each has.

    Args:
        path: PART/hannotation.pickle.

    Raises:
        DataNotFound: It is missing or damaged, or names no such picture.
    """
    content: Any = read_plain(path)
    try:
        counts = {
            str(name): int(record["num_instance_masks"])
            for name, record in sorted(content.items())
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataNotFound(
            f"{path} does not say num_instance_masks for every picture: {error!r}."
        ) from error
    counts = {name: count for name, count in counts.items() if count}
    if not counts:
        raise DataNotFound(f"{path} names no picture with objects.")
    return counts


def _existing(
    folder: Path, names: Sequence[str], suffix: str, source: Path
) -> list[Path]:
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    for name in names:
        if f"{name}{suffix}" not in there:
            raise DataNotFound(
                f"{source} names {name}, but {folder / name}{suffix} is missing; get "
                "all archives of the set by: gpcis data get coco_lvis"
            )
    return [folder / f"{name}{suffix}" for name in names]


def _decoded(coded: object) -> NDArray[np.int32]:
    """One map from the bytes of its PNG file.  (H, W)."""
    content = np.asarray(coded, dtype=np.uint8).tobytes()
    with PillowImage.open(io.BytesIO(content)) as file:
        ids = np.asarray(file).astype(np.int32)
    if ids.ndim != 2:
        raise ValueError(f"a map has {ids.ndim} axes")
    return ids
