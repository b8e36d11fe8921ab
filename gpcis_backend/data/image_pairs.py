"""Data sets that are two folders, images and masks, matched by file stem."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageOps

from gpcis_backend.data.places import SetNotFound
from gpcis_backend.data.sample import BoolMask, Image, Sample
from gpcis_backend.errors import DataNotFound

MaskRule: TypeAlias = Callable[[Image], tuple[BoolMask, BoolMask]]
"""Mask file as RGB (H, W, 3) -> truth (H, W), void (H, W)."""

_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif"}
DAMAGED = (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError)


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the two folders inside the root of a data set."""

    images: str
    masks: str


@dataclass(frozen=True, slots=True)
class ImagePairs:
    """The samples of a data set in the order of their names; files are read on demand.

    Args:
        name: As tables show it.
        pairs: Image file and mask file of each sample.
        to_masks: How a mask file is to be understood.
    """

    name: str
    pairs: tuple[tuple[Path, Path], ...]
    to_masks: MaskRule

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.pairs)

    def __iter__(self) -> Iterator[Sample]:
        """All samples, read one after the other."""
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Sample:
        """Read one sample from disk.

        Raises:
            DataNotFound: A file is damaged, or image and mask differ in size.
        """
        image_path, mask_path = self.pairs[index]
        image, (truth, void) = read_rgb(image_path), self.to_masks(read_rgb(mask_path))
        if image.shape[:2] != truth.shape:
            raise DataNotFound(
                f"{mask_path} has {_size(truth.shape)}, but its image {image_path} has "
                f"{_size(image.shape)}; both must be of one size."
            )
        return Sample(mask_path.stem, image, truth, void)


def find_pairs(
    name: str,
    root: Path,
    layouts: Sequence[Layout],
    to_masks: MaskRule,
    *,
    with_shared_images: bool = False,
) -> ImagePairs:
    """Find the pairs of a data set in ``root``, or in the folder ``name`` inside it.

    Args:
        name: Of the set, and of its usual folder.
        root: Where to look.
        layouts: Accepted ones, the first found wins.
        to_masks: How a mask file is to be understood.
        with_shared_images: Masks ``7a`` and ``7b`` may belong to one image ``7``.

    Raises:
        SetNotFound: No layout is there.
        DataNotFound: A file has no partner.
    """
    for base in (root, root / name):
        for layout in layouts:
            images, masks = base / layout.images, base / layout.masks
            if images.is_dir() and masks.is_dir():
                pairs = _matched(images, masks, with_shared_images)
                return ImagePairs(name, pairs, to_masks)
    expected = " or ".join(f"{one.images}/ + {one.masks}/" for one in layouts)
    raise SetNotFound(
        f"The {name} set was not found in {root}; expected the folders {expected} "
        f"there or in {root / name}."
    )


def read_rgb(path: Path) -> Image:
    """The image file as RGB with EXIF orientation applied.  (H, W, 3).

    Raises:
        DataNotFound: The file is missing or damaged.
    """
    try:
        with PillowImage.open(path) as file:
            ImageOps.exif_transpose(file, in_place=True)
            upright = file if file.mode == "RGB" else file.convert("RGB")
            return np.asarray(
                upright, dtype=np.uint8
            )  # no copy on the way: half the time
    except DAMAGED as error:
        raise DataNotFound(f"{path} cannot be read as an image: {error}.") from error


def grey_masks(mask: Image) -> tuple[BoolMask, BoolMask]:
    """Truth and void of a mask where 128 is unlabelled and more is the object."""
    grey = mask[:, :, 0]
    return grey > 128, grey == 128


def _matched(
    images: Path, masks: Path, with_shared_images: bool
) -> tuple[tuple[Path, Path], ...]:
    """Image and mask of every mask, in the order of names; nothing may be left over."""
    image_of, mask_of = by_stem(images), by_stem(masks)
    pairs = []
    for stem, mask in mask_of.items():
        is_shared = with_shared_images and stem not in image_of and stem[-1].isalpha()
        base = stem[:-1] if is_shared else stem
        if base not in image_of:
            raise DataNotFound(f"The mask {mask} has no image in {images}.")
        pairs.append((image_of[base], mask))
    unused = set(image_of.values()) - {image for image, _ in pairs}
    if unused:
        raise DataNotFound(f"The image {min(unused)} has no mask in {masks}.")
    return tuple(pairs)


def by_stem(folder: Path) -> dict[str, Path]:
    """Image files of a folder under their stems, sorted.

    Raises:
        DataNotFound: There is none, or two have the same name.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in found:
            raise DataNotFound(f"{found[path.stem]} and {path} have the same name.")
        found[path.stem] = path
    if not found:
        raise DataNotFound(f"{folder} holds no image files.")
    return found


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} rows and {shape[1]} columns"
