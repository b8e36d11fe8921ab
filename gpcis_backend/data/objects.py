"""Annotated pictures as single objects, the form in which models are examined."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gpcis_backend.data.pictures import VOID_ID, Pictures
from gpcis_backend.data.sample import Sample


@dataclass(frozen=True, slots=True)
class SingleObjects:
    """Objects of annotated pictures, one after the other.

    Args:
        objects: Set, number of the annotation in it, instance id.
    """

    objects: tuple[tuple[Pictures, int, int], ...]

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.objects)

    def __getitem__(self, index: int) -> Sample:
        """Read one object from disk.

        Raises:
            DataNotFound: A file is damaged, or image and ids differ in size.
        """
        folder, number, instance = self.objects[index]
        found = folder[number]
        return Sample(
            f"{found.name}#{instance}",
            found.image,
            found.ids == instance,
            found.ids == VOID_ID,
        )


def single_objects(
    folders: Sequence[Pictures], *, min_area: int, limit: int | None = None
) -> SingleObjects:
    """The objects of all annotations, in order.

    Args:
        folders: Where they are looked for.
        min_area: Smaller instances are left out, in pixels.
        limit: At most so many objects, spread evenly; None for all.

    Raises:
        DataNotFound: A file is damaged.
    """
    objects = [
        (folder, number, int(instance))
        for folder in folders
        for number in range(len(folder))
        for instance, area in enumerate(np.bincount(folder.ids(number).ravel()))
        if instance not in (0, VOID_ID) and area >= min_area
    ]
    if limit is not None and limit < len(objects):
        picks = np.linspace(0, len(objects) - 1, limit).round().astype(int)
        objects = [objects[pick] for pick in picks]
    return SingleObjects(tuple(objects))
