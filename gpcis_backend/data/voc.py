"""Pascal VOC 2012: photographs with PNG files whose palette indices are instances.

The archive unpacks to VOCdevkit/VOC2012 with JPEGImages/NAME.jpg,
SegmentationObject/NAME.png and ImageSets/Segmentation/{train,val}.txt.
"""

from pathlib import Path
from typing import Literal

from gpcis_backend.data.instance_folder import read_png
from gpcis_backend.data.objects import SingleObjects, single_objects
from gpcis_backend.data.pictures import Pictures
from gpcis_backend.data.places import find_place
from gpcis_backend.data.splits import split_pairs

PLACES = ("VOCdevkit/VOC2012", "VOC2012", "VOC/VOCdevkit/VOC2012", "")


def voc(root: Path) -> SingleObjects:
    """The objects of the validation part, in the order of val.txt and of their ids.

    Raises:
        DataNotFound: The set is missing, incomplete or damaged.
    """
    return single_objects([open_voc(root, "val")], min_area=1)


def open_voc(root: Path, part: Literal["train", "val"]) -> Pictures:
    """The annotated pictures of one part, in the order of its split file.

    Raises:
        DataNotFound: The set is missing or incomplete.
    """
    expected = "JPEGImages/, SegmentationObject/ and ImageSets/Segmentation/"
    base = find_place("Pascal VOC", root, PLACES, is_voc, expected)
    split = base / "ImageSets" / "Segmentation" / f"{part}.txt"
    images, masks = base / "JPEGImages", base / "SegmentationObject"
    return Pictures("voc", split_pairs(split, images, masks, ".png"), read_png)


def is_voc(folder: Path) -> bool:
    """Whether a folder is laid out as Pascal VOC's segmentation task."""
    return (folder / "JPEGImages").is_dir() and (folder / "SegmentationObject").is_dir()
