"""Finished annotations to an instance folder: fetch the pictures, write the masks."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gpcis_backend.clicks.click import BoolMask, Image
from gpcis_backend.data.instance_writer import InstanceWriter
from gpcis_backend.data.new_folder import new_folder
from gpcis_backend.errors import FetchFailed, GpcisError, InvalidInput
from gpcis_backend.inference.images import read_image
from gpcis_backend.server.label_studio.learning.annotations import (
    LabelledPicture,
    Skipped,
)
from gpcis_backend.server.label_studio.learning.masks import (
    Region,
    UnusableRegion,
    to_mask,
)

Fetch = Callable[[LabelledPicture], bytes]
"""The content of a picture's file; raises GpcisError."""

MARKER = "label_studio.txt"
SET = Path("train", "label_studio")
_PNG = b"\x89PNG"


def write_instances(
    out: Path,
    pictures: Sequence[LabelledPicture],
    fetch: Fetch,
    skipped: Skipped,
    *,
    source: str,
    watch: Callable[[Sequence[LabelledPicture]], Iterator[LabelledPicture]] = iter,
) -> InstanceWriter:
    """Write OUT/train/label_studio and return its writer, which has counted.

    Pictures of equal content become one with several annotations, so that a
    photograph never lies on both sides of a split.

    Args:
        out: A new or empty folder, or one written by this function.
        pictures: Of ``labelled_pictures``.
        fetch: Gets the file of a picture.
        skipped: Gets what is left out.
        source: Where the annotations are from, without secrets.
        watch: Wraps the loop, such as a progress bar.

    Raises:
        InvalidInput: ``out`` holds something else, or nothing is usable; then nothing
            is written.
    """
    note = f"Made by gpcis data from-label-studio from {source}."
    with new_folder(out, MARKER, note) as draft:
        writer = InstanceWriter(draft / SET)
        names: dict[str, str] = {}  # digest of a file to the name of its picture
        for picture in watch(pictures):
            _write(picture, fetch, writer, names, skipped)
        if not writer.num_objects:
            found = "; ".join(skipped.lines()) or "there is no annotated task"
            raise InvalidInput(
                f"No finished brush, bitmask or polygon annotation of {source} can be "
                f"used: {found}."
            )
    return writer


def _write(
    picture: LabelledPicture,
    fetch: Fetch,
    writer: InstanceWriter,
    names: dict[str, str],
    skipped: Skipped,
) -> None:
    """Write one picture with all its annotations, or say why it is left out."""
    try:
        content = fetch(picture)
        image = read_image(content)
    except GpcisError as error:
        kind = error.hint if isinstance(error, FetchFailed) else type(error).__name__
        skipped.add("picture", str(error), group=kind)
        return
    digest = hashlib.sha256(content).hexdigest()
    name = names.get(digest) or _free(picture.name, set(names.values()))
    for regions in picture.annotations:
        masks = list(_masks(regions, image, skipped))
        if masks:
            names[digest] = name
            writer.add(name, image, masks, is_lossless=content.startswith(_PNG))


def _masks(
    regions: Sequence[Region], image: Image, skipped: Skipped
) -> Iterator[BoolMask]:
    """Yield the masks of one annotation."""
    for region in regions:
        try:
            yield to_mask(region, *image.shape[:2])
        except UnusableRegion as error:
            skipped.add("region", str(error))


def _free(name: str, taken: set[str]) -> str:
    """``name``, or with a number if another picture has it."""
    names = (f"{name}_{number}" if number else name for number in range(len(taken) + 1))
    return next(found for found in names if found not in taken)
