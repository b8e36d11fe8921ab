"""What is done already of a long examination: one line for each finished object.

A line is found again by a digest of all that its numbers depend on: weights, settings,
rules, versions, picture and labels.  Lines of another model are simply not found.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from gpcis_backend.errors import InvalidInput
from gpcis_backend.evaluation.results import Examined, versions
from gpcis_backend.inference.evaluate import ExaminedSet, Task
from gpcis_backend.metrics import ObjectRun, from_record, to_record


def journal_path(results: Path) -> Path:
    """Where the journal of a results file lies: beside it."""
    return results.with_suffix(".journal.jsonl")


class Journal:
    """The finished objects of an examination, on disk at once.

    Args:
        path: Of the file; a last line that was cut short is dropped from it.
        examined: The model.
        sets: By name; digests of their objects.

    Raises:
        InvalidInput: The file cannot be read or written.
    """

    def __init__(
        self, path: Path, examined: Examined, sets: Mapping[str, ExaminedSet]
    ) -> None:
        self.path = path
        self._common = {**asdict(examined), "versions": versions()}
        self._sets = sets
        try:
            self._runs = _read(path)
            self._file: IO[str] = path.open("a", encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"{path} cannot be used as journal: {error}.") from error

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; an empty one goes."""
        self._file.close()
        if self.path.stat().st_size == 0:
            self.path.unlink()

    def find(self, task: Task) -> ObjectRun | None:
        """The run of an object, if it is finished."""
        return self._runs.get(self._key(task))

    def add(self, task: Task, run: ObjectRun) -> None:
        """Remember a finished object."""
        line = {"key": self._key(task), "dataset": task.dataset, "run": to_record(run)}
        self._file.write(json.dumps(line, allow_nan=False) + "\n")
        self._file.flush()

    def _key(self, task: Task) -> str:
        place = {
            "dataset": task.dataset,
            "object": self._sets[task.dataset].digests[task.index],
            "rules": asdict(task.rules),
        }
        text = json.dumps({**self._common, **place}, sort_keys=True)
        return sha256(text.encode()).hexdigest()


def _read(path: Path) -> dict[str, ObjectRun]:
    """All runs of whole lines, by key; the file is cut after the last whole line."""
    if not path.exists():
        return {}
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
    found = {}
    for line in content[:whole].splitlines():
        try:
            entry = json.loads(line)
            found[str(entry["key"])] = from_record(entry["run"])
        except (ValueError, TypeError, LookupError):
            continue  # not ours, or damaged: the object is examined again
    return found
