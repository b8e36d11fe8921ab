"""Held-out objects: those of the pictures of an instance folder kept from training."""

from pathlib import Path

from gpcis_backend.data.instance_folder import open_instance_folder
from gpcis_backend.data.objects import SingleObjects, single_objects
from gpcis_backend.data.small_sets import split_sets
from gpcis_backend.errors import DataNotFound

_LEAST_AREA = 900


def held_out(root: Path) -> SingleObjects:
    """The held-out objects of an instance folder: one photograph of ten.

    Where ``root`` holds train/SET instead, as ``gpcis data from-label-studio`` makes
    it, they are those that ``gpcis finetune`` does not learn from.

    Raises:
        DataNotFound: The folder is missing or damaged, or it has no such object.
    """
    folder = root.absolute()
    if (folder / "img").is_dir() or not (folder / "train").is_dir():
        pictures = [open_instance_folder(folder.parent, folder.name, "val")]
    else:
        pictures = list(split_sets(folder).held_out)
    found = single_objects(pictures, min_area=_LEAST_AREA)
    if not found:
        raise DataNotFound(
            f"No held-out object of {_LEAST_AREA} pixels or more in {root}; add "
            "pictures."
        )
    return found
