"""JSON of other tools: of the expected kind, and the right image in it."""

import json
from typing import Any

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.problems import Malformed

Json = dict[str, Any]


def as_json(data: bytes) -> object:
    """Whatever the text says.

    Raises:
        Malformed: Not JSON.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("The file is not valid JSON.") from None


def as_object(data: bytes) -> Json:
    """The JSON object of a file.

    Raises:
        Malformed: Not JSON, or something else.
    """
    found = as_json(data)
    if not isinstance(found, dict):
        raise Malformed("The file does not hold a JSON object.")
    return found


def as_list(value: object, name: str) -> list[Json]:
    """A list of objects.

    Raises:
        InvalidInput: It is none.
    """
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidInput(f'The file has no list "{name}" of objects.')
    return value


def pick(images: list[Json], key: str, name: str) -> Json:
    """The entry about the image called ``name``, or the only one.

    Raises:
        InvalidInput: None, or several without this name.
    """
    for wanted in (
        lambda other: other == name,
        lambda other: _last(other) == _last(name),
    ):
        found = [each for each in images if wanted(str(each.get(key, "")))]
        if len(found) == 1:
            return found[0]
    if len(images) == 1:
        return images[0]
    raise InvalidInput(f"The file says nothing about {name}.")


def _last(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
