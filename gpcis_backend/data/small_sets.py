"""Few labelled pictures: which sets a folder holds, and which pictures are held out.

A hash class of ten, as large sets are split by, may well be empty among a dozen
pictures.  Here the photographs are ranked by their hash, and the first fifth is held
out: the same pictures give the same split, on every machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gpcis_backend.data.instance_folder import open_instance_folder, photograph
from gpcis_backend.data.pictures import Pictures
from gpcis_backend.errors import DataNotFound

LEAST_PICTURES = 6  # with fewer, all of them are needed for learning
_SHARE, _LEAST, _MOST = 5, 2, 20  # one picture of five; at least, at most so many


@dataclass(frozen=True, slots=True)
class Split:
    """Pictures to learn from, and pictures to measure on; either keeps its sets.

    Args:
        train: One folder for each set.
        held_out: The same sets; empty if there are too few pictures.
    """

    train: tuple[Pictures, ...]
    held_out: tuple[Pictures, ...]


def split_sets(root: Path) -> Split:
    """All sets below ``root``, split by photograph.

    Args:
        root: Holds train/SET/img and train/SET/inst, or img and inst themselves.

    Raises:
        DataNotFound: There is no set, or one is incomplete.
    """
    folders = [open_instance_folder(path.parent, path.name) for path in find_sets(root)]
    stems = {_stem(pair) for folder in folders for pair in folder.pairs}
    hashes = sorted({photograph(stem) for stem in stems})
    kept = set(hashes[: num_held_out(len(hashes))])
    is_kept = {stem: photograph(stem) in kept for stem in stems}
    return Split(_part(folders, is_kept, False), _part(folders, is_kept, True))


def find_sets(root: Path) -> tuple[Path, ...]:
    """The instance folders that ``root`` holds, or ``root`` if it is one itself.

    Raises:
        DataNotFound: There is none.
    """
    root = root.absolute()
    places = [root, *sorted((root / "train").glob("*/"))]
    found = tuple(
        path for path in places if (path / "img").is_dir() and (path / "inst").is_dir()
    )
    if not found:
        raise DataNotFound(
            f"No labelled pictures in {root}: expected train/SET/img and "
            "train/SET/inst, or img and inst, there. Label Studio's become such a "
            "folder by: gpcis data from-label-studio SOURCE --out DIR"
        )
    return found


def num_held_out(num_pictures: int) -> int:
    """How many of so many pictures are not learned from but measured on."""
    if num_pictures < LEAST_PICTURES:
        return 0
    return min(max(round(num_pictures / _SHARE), _LEAST), _MOST)


def _part(
    folders: Iterable[Pictures], is_kept: dict[str, bool], wanted: bool
) -> tuple[Pictures, ...]:
    """The pairs of one part; a set without any is left out."""
    parts = (
        replace(
            folder,
            pairs=tuple(p for p in folder.pairs if is_kept[_stem(p)] == wanted),
        )
        for folder in folders
    )
    return tuple(part for part in parts if part.pairs)


def _stem(pair: tuple[Path, Path]) -> str:
    return pair[0].stem
