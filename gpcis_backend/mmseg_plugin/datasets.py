"""mmengine data sets around the readers of ``gpcis_backend.data``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import Compose
from mmseg.registry import DATASETS
from torch.utils.data import Dataset

from gpcis_backend.data.benchmarks import open_dataset
from gpcis_backend.data.instance_folder import InstanceFolder, open_instance_folder
from gpcis_backend.data.objects import single_objects
from gpcis_backend.data.root import data_folder, data_root
from gpcis_backend.data.sample import Sample
from gpcis_backend.data.small_sets import Split, split_sets
from gpcis_backend.errors import GpcisError

_METAINFO = {"classes": ("background", "object"), "palette": [[0, 0, 0], [255, 0, 0]]}
_TRIES = 100  # draws until a picture gives a usable sample


@DATASETS.register_module()
class ClickDataset(Dataset[Any]):
    """A stream of training samples, each a pure function of seed and index.

    Args:
        sets: Name, weight and optional ``merge`` (``all``, ``neighbours``) of each
            instance folder; None for all sets that there are, with equal weight and
            split as ``data.small_sets`` says.
        pipeline: Transforms; see ``transforms``.
        num_samples: Length of the stream.
        stages: Pairs of (first index, side of the crop in pixels), ascending.
        data_root: Holds train/; see ``data.root``.
        val_every: One photograph of so many is kept for validation.
        seed: Of every draw.
    """

    metainfo = _METAINFO

    def __init__(
        self,
        sets: Sequence[dict[str, Any]] | None,
        pipeline: Sequence[dict[str, Any]],
        num_samples: int,
        stages: Sequence[tuple[int, int]] = ((0, 256),),
        data_root: str | None = None,
        val_every: int = 10,
        seed: int = 0,
    ) -> None:
        if sets is None:
            self.folders = _split(data_root).train
            sets = [{"name": folder.name, "weight": 1} for folder in self.folders]
        else:
            self.folders = _open_folders(data_root, sets, val_every)
        self.sets = tuple(sets)
        weights = np.array([spec["weight"] for spec in sets], dtype=float)
        self.weights = weights / weights.sum()
        self.pipeline = Compose(pipeline)
        self.num_samples, self.stages, self.seed = num_samples, tuple(stages), seed

    def __len__(self) -> int:
        """Length of the stream."""
        return self.num_samples

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The packed sample number ``index``."""
        rng = np.random.default_rng([self.seed, index])
        size = next(size for first, size in reversed(self.stages) if index >= first)
        for _ in range(_TRIES):
            number = int(rng.choice(len(self.sets), p=self.weights))
            folder = self.folders[number]
            annotated = folder[int(rng.integers(len(folder)))]
            packed: dict[str, Any] | None = self.pipeline(
                {
                    "image": annotated.image,
                    "ids": annotated.ids,
                    "merge": self.sets[number].get("merge", "none"),
                    "rng": rng,
                    "size": size,
                    "index": index,
                }
            )
            if packed is not None:
                return packed
        raise SystemExit(
            f"gpcis: none of {_TRIES} pictures gave an object of 80 pixels or more; "
            f"check the instance ids in {', '.join(f.name for f in self.folders)}"
        )


@DATASETS.register_module()
class HeldOutObjects(Dataset[Any]):
    """Single objects of the validation pictures of instance folders.

    Args:
        sets: Names of the instance folders; None for the held-out pictures of all
            sets that there are, as ``ClickDataset`` splits them.
        limit: At most so many objects, spread evenly; None for all.
        min_area: Smaller instances are left out, in pixels.
        data_root: Holds train/.
        val_every: As for ``ClickDataset``.
    """

    metainfo = _METAINFO

    def __init__(
        self,
        sets: Sequence[str] | None,
        limit: int | None = None,
        min_area: int = 900,
        data_root: str | None = None,
        val_every: int = 10,
    ) -> None:
        if sets is None:
            folders = _split(data_root).held_out
        else:
            specs = [{"name": name} for name in sets]
            folders = _open_folders(data_root, specs, val_every, part="val")
        self.objects = _or_exit(
            lambda: single_objects(folders, min_area=min_area, limit=limit)
        )
        if not self.objects:
            raise SystemExit(
                f"gpcis: no validation object of {min_area} pixels or more in "
                f"{', '.join(sets or ['any set'])}; lower "
                "val_dataloader.dataset.min_area or val_every, or add pictures (six "
                "or more)"
            )
        self.name = "held-out"

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.objects)

    def __getitem__(self, index: int) -> tuple[str, Sample]:
        """Name of the set and one object."""
        return self.name, self.objects[index]


@DATASETS.register_module()
class BenchmarkObjects(Dataset[Any]):
    """The objects of published evaluation sets, one set after the other.

    Args:
        sets: Name and folder below eval/ of each set.
        data_root: Holds eval/.
    """

    metainfo = _METAINFO

    def __init__(self, sets: dict[str, str], data_root: str | None = None) -> None:
        root = _or_exit(lambda: _root(data_root, "eval"))
        self.parts = {
            name: _or_exit(lambda n=name, f=folder: open_dataset(n, root / f))
            for name, folder in sets.items()
        }
        self.index = [
            (name, i) for name, part in self.parts.items() for i in range(len(part))
        ]

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.index)

    def __getitem__(self, index: int) -> tuple[str, Sample]:
        """Name of the set and one object."""
        name, number = self.index[index]
        return name, self.parts[name][number]


def _open_folders(
    root: str | None,
    specs: Sequence[dict[str, Any]],
    val_every: int,
    part: Any = "train",
) -> tuple[InstanceFolder, ...]:
    base = _or_exit(lambda: _root(root, "train"))
    return tuple(
        _or_exit(lambda s=spec: open_instance_folder(base, s["name"], part, val_every))
        for spec in specs
    )


def _split(root: str | None) -> Split:
    split: Split = _or_exit(lambda: split_sets(data_folder(root)))
    return split


def _root(explicit: str | None, part: str) -> Path:
    return data_root(explicit, part)


def _or_exit(read: Any) -> Any:
    """The value, or the one line that mim's user needs instead of a traceback."""
    try:
        return read()
    except GpcisError as error:
        raise SystemExit(f"gpcis: {error}") from None


def keep_list(batch: Sequence[Any]) -> list[Any]:
    """Collate function of the evaluation sets: objects differ in size."""
    return list(batch)
