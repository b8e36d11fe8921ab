"""The public sets, by the names that the command line and configs use."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from gpcis_backend.data.berkeley import berkeley
from gpcis_backend.data.coco_lvis import coco_lvis, open_coco_lvis
from gpcis_backend.data.davis import davis
from gpcis_backend.data.grabcut import grabcut
from gpcis_backend.data.held_out import held_out
from gpcis_backend.data.pictures import PictureSet
from gpcis_backend.data.sample import Samples
from gpcis_backend.data.sbd import open_sbd, sbd
from gpcis_backend.data.voc import open_voc, voc
from gpcis_backend.errors import InvalidInput

_T = TypeVar("_T")

HELD_OUT = "held-out"  # of any instance folder; the others are published sets

_READERS: dict[str, Callable[[Path], Samples]] = {
    "grabcut": grabcut,
    "berkeley": berkeley,
    "davis": davis,
    "sbd": sbd,
    "voc": voc,
    "coco_lvis": coco_lvis,
    HELD_OUT: held_out,
}
_PICTURES: dict[str, Callable[[Path, Literal["train", "val"]], PictureSet]] = {
    "sbd": open_sbd,
    "voc": open_voc,
    "coco_lvis": open_coco_lvis,
}
TRAINING_SETS = tuple(_PICTURES)  # no instance folder may have such a name


def open_dataset(name: str, root: Path) -> Samples:
    """The set called ``name``, found below ``root``, as single objects.

    Raises:
        InvalidInput: Unknown name.
        DataNotFound: The set is missing or incomplete.
    """
    return _choose(_READERS, name)(root)


def open_pictures(name: str, root: Path, part: Literal["train", "val"]) -> PictureSet:
    """One part of the set called ``name`` as annotated pictures, to train on.

    Raises:
        InvalidInput: Unknown name, or of a set without a part for training.
        DataNotFound: The set is missing or incomplete.
    """
    return _choose(_PICTURES, name)(root, part)


def _choose(readers: dict[str, _T], name: str) -> _T:
    if name not in readers:
        known = ", ".join(readers)
        raise InvalidInput(f'The data set "{name}" is unknown; choose one of {known}.')
    return readers[name]
