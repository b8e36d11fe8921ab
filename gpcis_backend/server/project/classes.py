"""The classes of a project, in one file for all images."""

import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gpcis_backend.errors import GpcisError, InvalidInput
from gpcis_backend.server.problems import InvalidFields
from gpcis_backend.server.project.versions import (
    Cell,
    Condition,
    FileCell,
    MemoryCells,
    Versions,
    etag_of,
)
from gpcis_backend.server.schemas import Name, Strict, parse

FILE = "classes.json"

_PALETTE = (
    "#4c8dff",
    "#f28e2b",
    "#2ca58d",
    "#e15759",
    "#b07aa1",
    "#edc948",
    "#76b7f2",
    "#9c755f",
    "#ff9da7",
    "#59a14f",
    "#8c6bd8",
    "#c7d36f",
)
_MAX_CLASSES = 1000
_MEMORY_BYTES = 2**20

Colour = Annotated[str, StringConstraints(pattern="^#[0-9a-fA-F]{6}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Key = Literal["1", "2", "3", "4", "5", "6", "7", "8", "9"]


class ObjectClass(Strict):
    """What an object can be."""

    id: Name
    name: Label
    color: Colour
    key: Key | None = None


class ClassList(Strict):
    """All classes, in the order they are shown."""

    classes: Annotated[list[ObjectClass], Field(min_length=1, max_length=_MAX_CLASSES)]

    @classmethod
    def read(cls, data: bytes) -> "ClassList":
        """The list.

        Raises:
            Malformed: Not JSON.
            InvalidFields: Not a list of classes, or ids or keys that come twice.
        """
        found = parse(cls, data)
        for name, values in (
            ("id", [each.id for each in found.classes]),
            ("name", [each.name for each in found.classes]),
            ("key", [each.key for each in found.classes if each.key]),
        ):
            if len(set(values)) < len(values):
                message = f"Every class needs its own {name}."
                raise InvalidFields([{"field": "classes", "message": message}])
        return found

    def to_json(self) -> bytes:
        """As it is stored and sent."""
        return self.model_dump_json().encode()


class Classes:
    """Reads and replaces the classes; safe for threads.

    Args:
        path: Their file; None for memory.
        preset: Names of the classes while nobody has saved any.
    """

    def __init__(self, path: Path | None, preset: Sequence[str]) -> None:
        memory = MemoryCells(_MEMORY_BYTES)
        self._cell: Cell = FileCell(path) if path else memory.cell(FILE)
        self._preset = preset_classes(preset).to_json()
        self._versions = Versions()

    def read(self) -> tuple[ClassList, str]:
        """The classes and their ETag.

        Raises:
            InvalidInput: The file is damaged.
        """
        data = self._cell.read() or self._preset
        try:
            return ClassList.read(data), etag_of(data)
        except GpcisError as error:
            raise InvalidInput(
                f"The file {FILE} is damaged ({error}); repair it or delete it."
            ) from None

    def write(
        self, classes: ClassList, condition: Condition, in_use: frozenset[str]
    ) -> str:
        """The ETag of the classes that are stored now.

        Args:
            classes: All of them.
            condition: Of the writer.
            in_use: Ids that must not be missing if they are there now.

        Raises:
            InvalidFields: A class in use would be removed.
            Conflict: Somebody else has saved.
        """

        def change(_: bytes | None) -> bytes:
            kept = {each.id for each in classes.classes}
            known = {each.id for each in self.read()[0].classes}
            lost = sorted((known - kept) & in_use)
            if lost:
                message = f"Objects still have the class {', '.join(lost)}."
                raise InvalidFields([{"field": "classes", "message": message}])
            return classes.to_json()

        return self._versions.replace(self._cell, condition, change, self._preset)


def preset_classes(names: Sequence[str]) -> ClassList:
    """Classes with these names, each with a colour, the first nine with a key.

    Raises:
        InvalidInput: A name is empty, too long or comes twice.
    """
    listed = [name.strip() for name in names]
    if len(set(listed)) < len(listed) or not all(0 < len(n) <= 64 for n in listed):
        raise InvalidInput(
            f"--classes {','.join(names)}: expected names of 1 to 64 letters, "
            "each once."
        )
    return ClassList(
        classes=[
            ObjectClass.model_validate(
                {
                    "id": name,
                    "name": name,
                    "color": _PALETTE[num % len(_PALETTE)],
                    "key": str(num + 1) if num < 9 else None,
                }
            )
            for num, name in enumerate(listed)
        ]
    )


def extended_classes(
    known: ClassList, labels: Sequence[str | None]
) -> tuple[dict[str, ObjectClass], list[ObjectClass]]:
    """The class of each label, in lower case, and those of them that are new.

    A label means the class with this name or id; without one the first class.
    """
    found = {"": known.classes[0]}
    for each in known.classes:
        found.setdefault(each.id.casefold(), each)
    for each in known.classes:
        found[each.name.casefold()] = each
    added: list[ObjectClass] = []
    for label in labels:
        if label and label.casefold() not in found:
            added.append(_new_class([*known.classes, *added], label))
            found[label.casefold()] = added[-1]
    return found, added


def _new_class(others: Sequence[ObjectClass], label: str) -> ObjectClass:
    taken = {each.id for each in others}
    stem = re.sub("[^a-z0-9]+", "-", label.casefold()).strip("-")[:48] or "class"
    ids = (stem if num == 1 else f"{stem}-{num}" for num in count(1))
    return ObjectClass(
        id=next(each for each in ids if each not in taken),
        name=label[:100],
        color=_PALETTE[len(others) % len(_PALETTE)],
    )
