"""mmengine data sets around the readers of ``gpcis_backend.data``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import Compose
from mmengine.logging import print_log
from mmseg.registry import DATASETS
from torch.utils.data import Dataset

from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.objects import single_objects
from gpcis_backend.data.places import SetNotFound
from gpcis_backend.data.root import data_folder
from gpcis_backend.data.sample import Sample, Samples
from gpcis_backend.errors import DataNotFound, InvalidInput
from gpcis_backend.mmseg_plugin.hard_examples import hard_examples
from gpcis_backend.mmseg_plugin.one_line import or_exit, stop
from gpcis_backend.mmseg_plugin.picture_order import (
    PictureOrder,
    ShuffledPasses,
    WeightedSets,
)
from gpcis_backend.mmseg_plugin.picture_sources import (
    Source,
    Spec,
    training_sources,
    validation_pictures,
    warn_of_stand_in,
)

_METAINFO = {"classes": ("background", "object"), "palette": [[0, 0, 0], [255, 0, 0]]}
_TRIES = 100  # draws until a picture gives a usable sample
_SIDES = 2  # stream of random numbers


@DATASETS.register_module()
class ClickDataset(Dataset[Any]):
    """A stream of training samples, each a pure function of seed and index.

    Args:
        sets: For each set its name, of an instance folder or ``sbd``, ``voc``,
            ``coco_lvis``; or a dict of ``name``, ``weight`` and ``merge`` (``all``,
            ``neighbours``).  Without weights, every picture comes once before any comes
            again.  None for all instance folders that there are, with equal weight and
            split as ``data.small_sets`` says.
        pipeline: Transforms; see ``transforms``.
        num_samples: Length of the stream.
        stages: Pairs of (first index, side of the crop in pixels), ascending; an index
            inside a batch makes it a batch of two sizes, which cannot be stacked.  In
            place of a side, several: each run of ``same_side`` samples draws one.
        data_root: Of all data; see ``data.root``.
        val_every: One photograph of so many of an instance folder is for validation.
        seed: Of every draw.
        with_stand_in: Whether instance folders may take the place of a public set
            that is not there.
        scores_file: How well each picture is segmented already; the worse, the more
            often it is drawn.  See ``data.scores``.
        scores_gamma: Exponent of 1 - score.
        same_side: Samples in a row whose crops have the same side, batches of all
            processes together or a multiple of them.
    """

    metainfo = _METAINFO

    def __init__(
        self,
        sets: Sequence[Spec] | None,
        pipeline: Sequence[dict[str, Any]],
        num_samples: int,
        stages: Sequence[tuple[int, int | Sequence[int]]] = ((0, 256),),
        data_root: str | None = None,
        val_every: int = 10,
        seed: int = 0,
        with_stand_in: bool = False,
        scores_file: str | None = None,
        scores_gamma: float = 1.0,
        same_side: int = 16,
    ) -> None:
        self.sources = or_exit(
            lambda: training_sources(
                sets, data_root, val_every, with_stand_in=with_stand_in
            )
        )
        if sets is not None and with_stand_in:
            warn_of_stand_in(sets, self.sources)
        self.order = or_exit(
            lambda: (
                hard_examples(self.sources, Path(scores_file), scores_gamma)
                if scores_file
                else _order(self.sources, seed)
            )
        )
        self.pipeline = Compose(pipeline)
        self.num_samples, self.stages, self.seed = num_samples, tuple(stages), seed
        if same_side < 1 or any(side in ((), []) for _, side in self.stages):
            raise stop("same_side must be 1 or more, and each stage needs a side")
        self.same_side = same_side

    def __len__(self) -> int:
        """Length of the stream."""
        return self.num_samples

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The packed sample number ``index``."""
        return or_exit(lambda: self._sample(index))

    def _side(self, index: int) -> int:
        """Of the crop, in pixels."""
        sides = next(side for first, side in reversed(self.stages) if index >= first)
        if isinstance(sides, int):
            return sides
        key = [self.seed, index // self.same_side, _SIDES]
        return int(np.random.default_rng(key).choice(sides))

    def _sample(self, index: int) -> dict[str, Any]:
        rng = np.random.default_rng([self.seed, index])
        size = self._side(index)
        for attempt in range(_TRIES):
            number, picture = self.order.pick(index, attempt, rng)
            source = self.sources[number]
            annotated = source.pictures.draw(picture, rng)
            packed: dict[str, Any] | None = self.pipeline(
                {
                    "image": annotated.image,
                    "ids": annotated.ids,
                    "merge": source.merge,
                    "rng": rng,
                    "size": size,
                    "index": index,
                    "seed": self.seed,
                }
            )
            if packed is not None:
                return packed
        names = ", ".join(each.pictures.name for each in self.sources)
        raise DataNotFound(
            f"none of {_TRIES} pictures gave an object of 80 pixels or more with some "
            f"background; check the instance ids in {names}, the last one drawn was "
            f"{source.pictures.file(picture)}"
        )


@DATASETS.register_module()
class HeldOutObjects(Dataset[Any]):
    """Single objects of the validation pictures of training sets.

    Args:
        sets: Their names, as for ``ClickDataset``; None for the held-out pictures of
            all instance folders that there are.
        limit: At most so many objects, spread evenly; None for all.
        min_area: Smaller instances are left out, in pixels.
        data_root: Of all data.
        val_every: As for ``ClickDataset``.
        with_stand_in: As for ``ClickDataset``, which then keeps these pictures out.
    """

    metainfo = _METAINFO

    def __init__(
        self,
        sets: Sequence[Spec] | None,
        limit: int | None = None,
        min_area: int = 900,
        data_root: str | None = None,
        val_every: int = 10,
        with_stand_in: bool = False,
    ) -> None:
        pictures = or_exit(
            lambda: validation_pictures(
                sets, data_root, val_every, with_stand_in=with_stand_in
            )
        )
        self.objects = or_exit(
            lambda: single_objects(pictures, min_area=min_area, limit=limit)
        )
        if not self.objects:
            names = ", ".join(each.name for each in pictures) or "any set"
            raise stop(
                f"no validation object of {min_area} pixels or more in {names}; lower "
                "val_dataloader.dataset.min_area or val_every, or add pictures (six "
                "or more)"
            )
        self.name = "held-out"

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.objects)

    def __getitem__(self, index: int) -> tuple[str, Sample]:
        """Name of the set and one object."""
        return self.name, or_exit(lambda: self.objects[index])


@DATASETS.register_module()
class BenchmarkObjects(Dataset[Any]):
    """The objects of published evaluation sets, one set after the other.

    Args:
        sets: Their names; see ``data.benchmarks``.
        data_root: Holds them in eval/, or where their archives put them.
        skips_missing: Whether sets that are not there are only named in the log.
        limit: Only the first so many objects of each set; None for all.
    """

    metainfo = _METAINFO

    def __init__(
        self,
        sets: Sequence[str],
        data_root: str | None = None,
        skips_missing: bool = False,
        limit: int | None = None,
    ) -> None:
        base = data_folder(data_root)
        found = or_exit(lambda: _open_all(sets, base, skips_missing))
        self.parts = {name: samples for name, (samples, _) in found.items()}
        self.folders = {name: folder for name, (_, folder) in found.items()}
        self.index = [
            (name, i)
            for name, part in self.parts.items()
            for i in range(len(part))[:limit]
        ]

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.index)

    def __getitem__(self, index: int) -> tuple[str, Sample]:
        """Name of the set and one object."""
        name, number = self.index[index]
        return name, or_exit(lambda: self.parts[name][number])


def keep_list(batch: Sequence[Any]) -> list[Any]:
    """Collate function of the evaluation sets: objects differ in size."""
    return list(batch)


def _open_all(
    names: Sequence[str], base: Path, skips_missing: bool
) -> dict[str, tuple[Samples, Path]]:
    """The sets that there are, and the folder that each was found from.

    Raises:
        DataNotFound: One is missing that may not be, or all are, or one is damaged.
    """
    found: dict[str, tuple[Samples, Path]] = {}
    missing: dict[str, SetNotFound] = {}
    for name in names:
        try:
            found[name] = _open_below(name, base)
        except SetNotFound as error:
            missing[name] = error
    if missing and not (skips_missing and found):
        raise next(iter(missing.values()))
    for name, reason in missing.items():
        print_log(f"Not measured on {name}: {reason}", "current")
    return found


def _open_below(name: str, base: Path) -> tuple[Samples, Path]:
    """A set in eval/, or elsewhere below the folder of all data."""
    try:
        return open_dataset(name, base / "eval"), base / "eval"
    except SetNotFound:
        pass
    try:
        return open_dataset(name, base), base
    except SetNotFound as error:
        raise SetNotFound(
            f"{error} Set GPCIS_DATA to the folder of all data, or get the set by: "
            f"gpcis data get {name}"
        ) from None


def _order(sources: Sequence[Source], seed: int) -> PictureOrder:
    """By weight if the sources have any, else pass after pass.

    Raises:
        InvalidInput: Some have a weight and some have none.
    """
    sizes = [len(source.pictures) for source in sources]
    weights = [source.weight for source in sources if source.weight is not None]
    if weights and len(weights) < len(sources):
        raise InvalidInput("Give a weight to all sets of train_dataloader, or to none.")
    return WeightedSets(sizes, weights) if weights else ShuffledPasses(sizes, seed)
