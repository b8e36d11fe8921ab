"""SBD: Pascal photographs with every object outlined, MATLAB files of instance ids.

The archive unpacks to benchmark_RELEASE/dataset with img/NAME.jpg, inst/NAME.mat
(GTinst.Segmentation), train.txt (8,498 names) and val.txt (2,857).
"""

from pathlib import Path
from typing import Literal

import numpy as np
from scipy.io import loadmat

from gpcis_backend.data.objects import SingleObjects, single_objects
from gpcis_backend.data.pictures import Ids, Pictures, without_void
from gpcis_backend.data.places import find_place
from gpcis_backend.data.splits import split_pairs
from gpcis_backend.errors import DataNotFound

PLACES = (
    "SBD",
    "sbd",
    "benchmark_RELEASE/dataset",
    "SBD/dataset",
    "SBD/benchmark_RELEASE/dataset",
    "dataset",
    "",
)


def sbd(root: Path) -> SingleObjects:
    """The 6,671 objects of the validation part, none left out.

    They come in the order of val.txt, those of a picture by ascending id.

    Raises:
        DataNotFound: The set is missing, incomplete or damaged.
    """
    return single_objects([open_sbd(root, "val")], min_area=1)


def open_sbd(root: Path, part: Literal["train", "val"]) -> Pictures:
    """The annotated pictures of one part, in the order of its split file.

    Raises:
        DataNotFound: The set is missing or incomplete.
    """
    expected = "img/, inst/ (*.mat) and train.txt or val.txt"
    base = find_place("SBD", root, PLACES, is_sbd, expected)
    pairs = split_pairs(base / f"{part}.txt", base / "img", base / "inst", ".mat")
    return Pictures("sbd", pairs, read_instances)


def is_sbd(folder: Path) -> bool:
    """Whether a folder is laid out as SBD; an instance folder of PNG files is not."""
    images, masks = folder / "img", folder / "inst"
    if not (images.is_dir() and masks.is_dir()):
        return False
    has_split = any((folder / f"{part}.txt").is_file() for part in ("train", "val"))
    return has_split or any(masks.glob("*.mat"))


def read_instances(path: Path) -> Ids:
    """Instance ids of a .mat file, 0 for the background.  (H, W).

    Raises:
        DataNotFound: The file is damaged or holds something else.
    """
    try:
        content = loadmat(path, variable_names=["GTinst"])
    except Exception as error:  # scipy meets damaged bytes with nearly any of them
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataNotFound(
            f"{path} cannot be read as a MATLAB file: {reason}; unpack it again."
        ) from error
    if "GTinst" not in content:
        raise DataNotFound(
            f"{path} has no variable GTinst; expected GTinst.Segmentation, as in "
            "the inst/ folder of SBD."
        )
    record = content["GTinst"]
    names = record.dtype.names or ()
    if "Segmentation" not in names or record.size != 1:
        raise DataNotFound(f"{path}: GTinst has no single field Segmentation.")
    numbers = np.asarray(record["Segmentation"].item())
    if numbers.ndim != 2 or numbers.dtype.kind not in "ui" or numbers.min(initial=0):
        raise DataNotFound(
            f"{path}: GTinst.Segmentation is {numbers.dtype} of shape {numbers.shape}; "
            "expected one whole number from 0 a pixel."
        )
    return without_void(numbers)
