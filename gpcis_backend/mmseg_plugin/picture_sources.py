"""Which pictures a config trains on: instance folders, public sets, or a stand-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mmengine.logging import print_log

from gpcis_backend.data.benchmarks import TRAINING_SETS, open_pictures
from gpcis_backend.data.instance_folder import open_instance_folder
from gpcis_backend.data.pictures import Pictures, PictureSet
from gpcis_backend.data.places import SetNotFound
from gpcis_backend.data.root import data_folder, data_root
from gpcis_backend.data.small_sets import Split, find_sets, split_sets
from gpcis_backend.errors import DataNotFound, InvalidInput

Spec: TypeAlias = str | dict[str, Any]
"""Name of a set, or a dict of ``name`` and perhaps ``weight`` and ``merge``."""


@dataclass(frozen=True, slots=True)
class Source:
    """One set of pictures, and how it is used.

    Args:
        pictures: Read on demand.
        weight: Share of the samples, relative to the other sources; None if every
            picture of all sources counts alike.
        merge: How instances are joined: ``none``, ``all`` or ``neighbours``.
    """

    pictures: PictureSet
    weight: float | None = None
    merge: str = "none"


def training_sources(
    specs: Sequence[Spec] | None,
    root: str | None,
    val_every: int,
    *,
    with_stand_in: bool,
) -> tuple[Source, ...]:
    """The sets that a config names, opened.

    Args:
        specs: Public sets (``sbd``, ``voc``, ``coco_lvis``) and instance folders in
            train/; None for all instance folders, alike, split as ``data.small_sets``
            says.
        root: Of all data; see ``data.root``.
        val_every: One photograph of so many of an instance folder is left out.
        with_stand_in: Whether instance folders may take the place of a public set
            that is not there; the log says so.

    Raises:
        DataNotFound: A set is missing, and nothing may or can stand in.
    """
    if specs is None:
        return tuple(Source(each, 1.0) for each in split_sets(data_folder(root)).train)
    if with_stand_in and (split := _stand_in(_names(specs), root)):
        return tuple(Source(each) for each in split.train)
    full = [spec if isinstance(spec, dict) else {} for spec in specs]
    return tuple(
        Source(
            _open(name, root, val_every), spec.get("weight"), spec.get("merge", "none")
        )
        for name, spec in zip(_names(specs), full, strict=True)
    )


def validation_pictures(
    specs: Sequence[Spec] | None,
    root: str | None,
    val_every: int,
    *,
    with_stand_in: bool,
) -> tuple[Pictures, ...]:
    """The pictures to validate on; as ``training_sources``, and of the same split.

    Raises:
        DataNotFound: A set is missing, and nothing may or can stand in.
    """
    if specs is None:
        return split_sets(data_folder(root)).held_out
    if with_stand_in and (split := _stand_in(_names(specs), root)):
        return split.held_out
    return tuple(_open(name, root, val_every, "val") for name in _names(specs))


def warn_of_stand_in(specs: Sequence[Spec], sources: Sequence[Source]) -> None:
    """Tell the log that other pictures are learned from than the config is about."""
    wanted = [name for name in _names(specs) if name in TRAINING_SETS]
    names = ", ".join(source.pictures.name for source in sources)
    count = sum(len(source.pictures) for source in sources)
    if all(source.pictures.name not in wanted for source in sources):
        print_log(
            f"The {', '.join(wanted).upper()} set is not there: training on {count} "
            f"pictures of the instance folders {names} instead, so results will differ "
            f"from the paper's. Get it by: gpcis data get {wanted[0]}",
            "current",
            level=30,
        )


def _names(specs: Sequence[Spec]) -> list[str]:
    """Of the sets.

    Raises:
        InvalidInput: One has none.
    """
    return [_name(spec) for spec in specs]


def _name(spec: Spec) -> str:
    name = spec.get("name") if isinstance(spec, dict) else spec
    if not isinstance(name, str):
        raise InvalidInput(
            f"The training set {spec!r} has no name; expected one of "
            f"{', '.join(TRAINING_SETS)}, or a folder in train/."
        )
    return name


def _stand_in(names: Sequence[str], root: str | None) -> Split | None:
    """The instance folders below ``root`` if a public set is not there; else None.

    Raises:
        DataNotFound: Neither is there.
    """
    base = data_folder(root)
    for name in names:
        try:
            if name in TRAINING_SETS:
                open_pictures(name, base, "train")
        except SetNotFound as error:
            try:
                find_sets(base)
            except DataNotFound:
                raise _nothing_there(error, name, base) from None
            return split_sets(base)
    return None


def _open(name: str, root: str | None, val_every: int, part: Any = "train") -> Any:
    if name in TRAINING_SETS:
        return open_pictures(name, data_folder(root), part)
    return open_instance_folder(data_root(root, "train"), name, part, val_every)


def _nothing_there(error: DataNotFound, name: str, base: Path) -> DataNotFound:
    return DataNotFound(
        f"{error} Nor are there instance folders train/SET/img + train/SET/inst in "
        f"{base.absolute()} to train on instead. Set GPCIS_DATA, or: "
        f"gpcis data get {name}, or make a toy set with: gpcis data toy --out DIR"
    )
