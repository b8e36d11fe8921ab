"""What a config comes to once its classes have filled in what it leaves out."""

from collections.abc import Mapping
from dataclasses import asdict
from inspect import Parameter, signature
from typing import Any

from mmengine.utils import get_object_from_string

from gpcis_backend.gp.presets import preset


def effective(value: Any) -> Any:
    """A config, or a part of it, with the defaults of its classes.

    Args:
        value: Of ``Config.to_dict``, where classes go by their dotted names.

    Returns:
        The same nest of dicts and lists; two configs that build the same are equal.
    """
    if isinstance(value, list | tuple):
        return [effective(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: effective(item) for key, item in value.items()}
    if "type" in found:
        found = {**_defaults(found["type"]), **found}
    if "preset_name" in found:
        found["gp"] = asdict(preset(found.pop("preset_name"), **(found["gp"] or {})))
    return found


def _defaults(name: Any) -> dict[str, Any]:
    """Of a class's arguments; none where the name is a registry's own."""
    kind = get_object_from_string(name) if "." in str(name) else None
    if kind is None:
        return {}
    given = signature(kind).parameters
    return {
        key: part.default
        for key, part in given.items()
        if part.default is not Parameter.empty
    }
