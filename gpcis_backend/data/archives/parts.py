"""The files that each part of a set should have on this disk, there or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from gpcis_backend.data import berkeley, davis, grabcut
from gpcis_backend.data.archives.names import BERKELEY, GRABCUT
from gpcis_backend.data.coco_lvis import annotation_files, open_coco_lvis
from gpcis_backend.data.image_pairs import (
    Layout,
    MaskRule,
    by_stem,
    grey_masks,
    read_rgb,
)
from gpcis_backend.data.instance_folder import read_png
from gpcis_backend.data.layers import LayerSource
from gpcis_backend.data.pictures import VOID_ID, IdsReader
from gpcis_backend.data.ritm_packing import RitmPacking, object_counts
from gpcis_backend.data.sbd import read_instances
from gpcis_backend.data.splits import split_names
from gpcis_backend.errors import DataNotFound

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

Pair: TypeAlias = tuple[Path, Path]
"""Image and mask file."""

Counter: TypeAlias = Callable[[int], tuple[tuple[int, ...], int]]
"""Number of a pair -> (H, W) of its mask, objects; DataNotFound if it is damaged."""


@dataclass(frozen=True, slots=True)
class Part:
    """Files to be read and counted.

    Args:
        name: Such as ``val``.
        pairs: Image and mask file, which may be missing.
        count: Reads the mask of a pair.
        faults: What the names alone show.
        photograph: Which photograph an image file shows.
    """

    name: str
    pairs: Sequence[Pair]
    count: Counter
    faults: Sequence[str] = ()
    photograph: Callable[[Path], str] = field(default=lambda image: image.stem)


def parts_of(name: str, folder: Path) -> list[Part]:
    """All parts of the set ``name`` that lie in ``folder``.

    Raises:
        DataNotFound: It does not hold the set.
    """
    parts = _PARTS[name](folder)
    if not parts:
        raise DataNotFound(f"{folder} does not hold the {name} set.")
    return parts


def _two_folders(
    folder: Path,
    layouts: Sequence[Layout],
    to_masks: MaskRule,
    names: frozenset[str] = frozenset(),
    *,
    with_letters: bool = False,
) -> list[Part]:
    """A set that is matched by file stem.

    Args:
        folder: Of the set.
        layouts: Accepted ones.
        to_masks: How a mask file is to be understood.
        names: Of all its masks, if they are known.
        with_letters: Masks 7a and 7b show two objects of the photograph 7.
    """
    for layout in layouts:
        images, masks = folder / layout.images, folder / layout.masks
        if images.is_dir() and masks.is_dir():
            break
    else:
        return []
    image_of, mask_of = by_stem(images), by_stem(masks)
    used, pairs = set(), []
    for stem, mask in mask_of.items():
        shared = stem.rstrip(_LETTERS) if with_letters else stem
        key = stem if stem in image_of else shared
        used.add(key)
        pairs.append((image_of.get(key, images / f"{key}.*"), mask))
    alone = [image_of[stem] for stem in sorted(set(image_of) - used)]
    faults = [f"{image} has no mask in {masks}." for image in alone]
    if len(names & set(mask_of)) * 2 > len(names):  # else they are called otherwise
        absent = sorted(names - set(mask_of))
        faults += [f"{masks / stem}.* is missing." for stem in absent]
    count = partial(_count_one, pairs, to_masks)
    if with_letters:
        return [Part("test", pairs, count, faults, _without_letter)]
    return [Part("test", pairs, count, faults)]


def _split(
    folder: Path,
    splits: Sequence[Path],
    images: str,
    masks: str,
    suffix: str,
    read_ids: IdsReader,
) -> list[Part]:
    """A set whose split files name the pictures of each part."""
    parts = []
    for split in splits:
        pairs = [
            (folder / images / f"{name}.jpg", folder / masks / f"{name}{suffix}")
            for name in split_names(split)
        ]
        parts.append(Part(split.stem, pairs, partial(_count_ids, pairs, read_ids)))
    return parts


def _sbd(folder: Path) -> list[Part]:
    splits = [folder / "train.txt", folder / "val.txt"]
    return _split(folder, splits, "img", "inst", ".mat", read_instances)


def _voc(folder: Path) -> list[Part]:
    split = folder / "ImageSets" / "Segmentation" / "val.txt"
    return _split(folder, [split], "JPEGImages", "SegmentationObject", ".png", read_png)


def _coco_lvis(folder: Path) -> list[Part]:
    """Packed or published, whichever lies there, part by part."""
    names: tuple[Literal["train", "val"], ...] = ("train", "val")
    parts = []
    for name in names:
        source = _source(folder, name)
        if source is not None:
            pairs = [(source.image(n), source.file(n)) for n in range(len(source))]
            parts.append(Part(name, pairs, partial(_count_layers, source)))
    return parts


def _source(folder: Path, name: Literal["train", "val"]) -> LayerSource | None:
    """The pictures of one part, of which packed ones may be missing; None if absent."""
    listed = folder / name / "hannotation.pickle"
    if listed.is_file():
        counts = object_counts(listed)
        images = [folder / name / "images" / f"{stem}.jpg" for stem in counts]
        masks = [folder / name / "masks" / f"{stem}.pickle" for stem in counts]
        return RitmPacking(images, masks, list(counts.values()))
    if any(annotation_files(folder, name)):
        return open_coco_lvis(folder, name).source
    return None


def _without_letter(image: Path) -> str:
    return image.stem.rstrip(_LETTERS)


def _count_one(
    pairs: Sequence[Pair], to_masks: MaskRule, index: int
) -> tuple[tuple[int, ...], int]:
    """The one object of a mask.

    Raises:
        DataNotFound: It shows none, or is damaged.
    """
    _, mask = pairs[index]
    truth, _ = to_masks(read_rgb(mask))
    if not truth.any():
        raise DataNotFound(f"{mask} shows no object.")
    return truth.shape, 1


def _count_ids(
    pairs: Sequence[Pair], read_ids: IdsReader, index: int
) -> tuple[tuple[int, ...], int]:
    """The instances of a file of ids."""
    ids = read_ids(pairs[index][1])
    return ids.shape, len(np.setdiff1d(ids, (0, VOID_ID)))


def _count_layers(source: LayerSource, index: int) -> tuple[tuple[int, ...], int]:
    """The objects of a picture with layers."""
    layers = source.layers(index)
    return layers.maps.shape[1:], len(layers.objects)


_PARTS: dict[str, Callable[[Path], list[Part]]] = {
    "grabcut": partial(
        _two_folders, layouts=grabcut.LAYOUTS, to_masks=grey_masks, names=GRABCUT
    ),
    "berkeley": partial(
        _two_folders,
        layouts=berkeley.LAYOUTS,
        to_masks=grey_masks,
        names=BERKELEY,
        with_letters=True,
    ),
    "davis": partial(
        _two_folders, layouts=davis.LAYOUTS, to_masks=davis.coloured_masks
    ),
    "sbd": _sbd,
    "voc": _voc,
    "coco_lvis": _coco_lvis,
}
