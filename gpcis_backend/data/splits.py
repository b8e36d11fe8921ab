"""Split files, one name a line, and the image and mask files that they name."""

from collections.abc import Iterator
from pathlib import Path

from gpcis_backend.errors import DataNotFound


def split_pairs(
    split: Path, images: Path, masks: Path, mask_suffix: str
) -> tuple[tuple[Path, Path], ...]:
    """Image and mask file of every name, in the order of the split file.

    Args:
        split: Text file.
        images: Folder of NAME.jpg.
        masks: Folder of NAME and ``mask_suffix``.
        mask_suffix: Such as ``.mat``.

    Raises:
        DataNotFound: A file is missing or names nothing, or names what is not there.
    """
    names = split_names(split)
    with_image, with_mask = _stems(images, ".jpg"), _stems(masks, mask_suffix)
    pairs = []
    for name in names:
        image, mask = images / f"{name}.jpg", masks / f"{name}{mask_suffix}"
        if name not in with_image:
            is_mask = name in with_mask
            owner = (
                f"The mask {mask} has no image" if is_mask else "Nor is its mask there"
            )
            raise DataNotFound(
                f"{split} names {name}, but the image {image} is missing. {owner}; "
                "unpack the archive again."
            )
        if name not in with_mask:
            raise DataNotFound(
                f"The image {image} has no mask: {mask} is missing, though {split} "
                "names it; unpack the archive again."
            )
        pairs.append((image, mask))
    return tuple(pairs)


def split_names(split: Path) -> list[str]:
    """Lines that are not empty; the first word of each."""
    try:
        lines = split.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise DataNotFound(
            f"The split file {split} is missing; expected one picture name a line."
        ) from None
    except (OSError, ValueError) as error:
        raise DataNotFound(f"{split} cannot be read as text: {error}.") from error
    names = [line.split()[0] for line in lines if line.strip()]
    if not names:
        raise DataNotFound(f"The split file {split} is empty; expected picture names.")
    return names


def _stems(folder: Path, suffix: str) -> set[str]:
    return {path.stem for path in _files(folder) if path.suffix == suffix}


def _files(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())
