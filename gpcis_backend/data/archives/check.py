"""Whether a set on this disk is whole: its files read one by one, and counted.

Readers stop at the first fault; here all of them are gathered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gpcis_backend.data.archives.download import Watch
from gpcis_backend.data.archives.parts import Part, parts_of
from gpcis_backend.data.image_pairs import read_rgb
from gpcis_backend.data.published import PUBLISHED, Counts
from gpcis_backend.errors import DataNotFound


@dataclass(frozen=True, slots=True)
class Tally:
    """What one part of a set holds.

    Args:
        part: Such as ``val``.
        found: That could be read.
        published: That should be there; None if nobody has published it.
        faults: A sentence for each file that is missing or damaged.
    """

    part: str
    found: Counts
    published: Counts | None
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong and nothing is missing."""
        return not self.faults and self.published in (None, self.found)


def check_set(name: str, folder: Path, watch: Watch) -> Iterator[Tally]:
    """Read and count all files of a set, part by part.

    Args:
        name: Of a set in the catalogue.
        folder: That holds its folders of images and masks.
        watch: Is told how many pairs of files are done.

    Raises:
        DataNotFound: The set is not there.
    """
    for part in parts_of(name, folder):
        found, faults = _read_all(part, f"{name} {part.name}", watch)
        published = PUBLISHED.get(name, {}).get(part.name)
        yield Tally(part.name, found, published, (*part.faults, *faults))


def _read_all(part: Part, what: str, watch: Watch) -> tuple[Counts, list[str]]:
    """Count what can be read, and say of the rest why it cannot."""
    photographs: set[str] = set()
    num_objects, faults = 0, []
    for index, (image, _) in enumerate(part.pairs):
        try:
            num_objects += _count_pair(part, index)
            photographs.add(part.photograph(image))
        except DataNotFound as error:
            faults.append(str(error))
        watch(what, index + 1, len(part.pairs))
    return Counts(len(photographs), num_objects), faults


def _count_pair(part: Part, index: int) -> int:
    """Objects of one pair.

    Raises:
        DataNotFound: A file is missing or damaged, or they do not fit each other.
    """
    image, mask = part.pairs[index]
    for path, other in ((image, mask), (mask, image)):
        if not path.is_file():
            raise DataNotFound(f"{path} is missing (for {other.name}).")
    size, (mask_size, number) = read_rgb(image).shape[:2], part.count(index)
    if size != mask_size:
        raise DataNotFound(
            f"{mask} has {mask_size[0]} rows and {mask_size[1]} columns, but its image "
            f"{image.name} has {size[0]} and {size[1]}."
        )
    return number
