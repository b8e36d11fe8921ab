"""Tasks of an export: which pictures have finished annotations, in which regions; pure.

Both of Label Studio's JSON exports are read.  JSON has tasks with ``annotations``;
JSON_MIN has one flat item for each annotation, whose regions lie under tag names.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.label_studio.learning.masks import Region, is_mask, kind_of

Task = Mapping[str, Any]

_PLURALS = {"annotation": "annotations", "picture": "pictures", "region": "regions"}
_PICTURE = re.compile(r"(data:image/|https?://|s3://|gs://|azure-blob://|/data/|/)")
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
_KEYS = {"rle": "brush", "imageDataURL": "bitmask", "points": "polygon"}
_LONGEST_STEM = 40


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture of a task with all its finished annotations.

    Args:
        name: Fit for a file, unique within an export unless a task occurs twice.
        address: Where the task says that the picture is.
        annotations: The mask regions of each annotator, in order; none is empty.
        task_id: In Label Studio; None if the export does not say.
    """

    name: str
    address: str
    annotations: tuple[tuple[Region, ...], ...]
    task_id: int | None = None


@dataclass(slots=True)
class Skipped:
    """What was left out and why, counted."""

    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, unit: str, reason: str, *, group: str | None = None) -> None:
        """Count one.

        Args:
            unit: An ``annotation``, a ``picture`` or a ``region``.
            reason: Why.
            group: What is counted together; its first reason is shown.
        """
        key = unit, group or reason
        self._counts[key] += 1
        self._examples.setdefault(key, reason)

    def lines(self) -> list[str]:
        """Such as "3 regions skipped: an empty mask", the most frequent first."""
        return [
            f"{count} {unit if count == 1 else _PLURALS[unit]} skipped: "
            f"{self._examples[unit, group]}"
            for (unit, group), count in self._counts.most_common()
        ]


def read_export(text: str | bytes) -> list[Task]:
    """The tasks of an export, JSON_MIN items turned into tasks.

    Raises:
        InvalidInput: It is no such export.
    """
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"The export is no JSON ({error}).") from error
    is_list = isinstance(tasks, list) and all(isinstance(task, dict) for task in tasks)
    if not is_list:
        raise InvalidInput(
            "The export is no list of tasks; export the project as JSON in Label "
            "Studio (Export > JSON)."
        )
    return [task if "data" in task else _from_min(task) for task in tasks]


def labelled_pictures(
    tasks: Sequence[Task], skipped: Skipped, keys: Mapping[str, str] | None = None
) -> Iterator[LabelledPicture]:
    """Yield the pictures that have finished annotations with masks.

    Args:
        tasks: Of ``read_export``.
        skipped: Gets what is left out.
        keys: Which entry of ``data`` an image tag shows, by the tag's name; looked up
            in the data themselves where it is not known.
    """
    for number, task in enumerate(tasks):
        annotations = list(_finished(task, skipped))
        shown = dict.fromkeys(
            str(region.get("to_name")) for regions in annotations for region in regions
        )
        for to_name in shown:
            address = _address(task, to_name, keys or {})
            if address is None:
                skipped.add("picture", f'the task does not say which "{to_name}" is')
                continue
            parts = (
                tuple(r for r in regions if str(r.get("to_name")) == to_name)
                for regions in annotations
            )
            task_id = task.get("id")
            name = f"{_stem(address)}_{number if task_id is None else task_id}"
            yield LabelledPicture(
                _safe(name),
                address,
                tuple(part for part in parts if part),
                task_id if isinstance(task_id, int) else None,
            )


def _finished(task: Task, skipped: Skipped) -> Iterator[tuple[Region, ...]]:
    """Mask regions of each annotation that is neither cancelled nor empty."""
    for annotation in _dicts(task.get("annotations")):
        if annotation.get("was_cancelled"):
            skipped.add("annotation", "cancelled by its annotator")
            continue
        regions = _masks(list(_dicts(annotation.get("result"))), skipped)
        if regions:
            yield regions
        else:
            skipped.add("annotation", "it has no brush, bitmask or polygon")


def _masks(regions: Sequence[Region], skipped: Skipped) -> tuple[Region, ...]:
    """Those that are masks, once each; answers about a region go without a word."""
    masks: dict[Any, Region] = {}
    for number, region in enumerate(regions):
        if is_mask(region):
            masks.setdefault(region.get("id", number), region)
    for region in regions:
        if not is_mask(region) and region.get("id") not in masks:
            skipped.add("region", f'"{kind_of(region)}" is no mask')
    return tuple(masks.values())


def _address(task: Task, to_name: str, keys: Mapping[str, str]) -> str | None:
    """Where the picture is that an image tag shows; None if it cannot be told."""
    data = task.get("data")
    if not isinstance(data, dict):
        return None
    named = data.get(keys.get(to_name, to_name))
    if _is_address(named):
        return str(named)
    found = [value for value in data.values() if _is_address(value)]
    return found[0] if len(found) == 1 else None


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return False
    suffix = PurePosixPath(urlsplit(value[:4096]).path).suffix.lower()
    return bool(_PICTURE.match(value)) or suffix in _SUFFIXES


def _stem(address: str) -> str:
    """The file name in an address, without its ending."""
    if address.startswith("data:"):
        return "picture"
    parts = urlsplit(address)
    path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
    return PurePosixPath(path).stem[:_LONGEST_STEM]


def _safe(name: str) -> str:
    """Letters, digits, minus and underscore; a dot would count annotations."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).lstrip("_") or "picture"


def _from_min(item: Task) -> Task:
    """A task with the one annotation of a JSON_MIN item, which names no image tag.

    An accepted mask lies there twice, also under the tag of the tool that asked for it;
    the ids that would tell are missing, so that equal masks count once.
    """
    parts = [part for value in item.values() for part in _dicts(value)]
    masks = {
        json.dumps(part[key]): {**part, "type": kind, "value": part, "to_name": ""}
        for part in parts
        for key, kind in _KEYS.items()
        if key in part
    }
    result = list(masks.values())
    return {"id": item.get("id"), "data": item, "annotations": [{"result": result}]}


def _dicts(values: object) -> Iterator[dict[str, Any]]:
    """The dicts of a list; nothing of anything else."""
    if isinstance(values, list):
        yield from (value for value in values if isinstance(value, dict))
