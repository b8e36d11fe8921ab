"""What a labeling config says: which image a tool works on, which tag takes masks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gpcis_backend.errors import InvalidInput

Kind = Literal["brush", "bitmask", "polygon"]
Tags = Mapping[str, Mapping[str, Any]]
"""As ``parse_config`` gives them: name to type, to_name, inputs and labels."""

_KINDS: tuple[Kind, ...] = (
    "brush",
    "bitmask",
    "polygon",
)  # the first one there is used


@dataclass(frozen=True, slots=True)
class OutputTag:
    """The tag of a labeling config that masks are written to.

    Args:
        name: Of the tag.
        to_name: Name of its image tag.
        kind: How a mask is written.
        labels: In their order; empty for a tag without labels.
        has_labels: Whether its regions carry a label at all (BrushLabels, not Brush).
    """

    name: str
    to_name: str
    kind: Kind
    labels: tuple[str, ...]
    has_labels: bool

    @property
    def type(self) -> str:
        """Of its regions, such as ``brushlabels``."""
        return self.kind + "labels" * self.has_labels

    def known(self, labels: Sequence[str]) -> str | None:
        """The first of ``labels`` that this tag has."""
        return next((label for label in labels if label in self.labels), None)


def parse(label_config: str) -> Tags:
    """The control tags of a labeling config.

    Raises:
        InvalidInput: It is not XML or has a tag without what it needs.
    """
    from label_studio_tools.core.label_config import parse_config

    try:
        tags: Tags = parse_config(label_config)
    except Exception as error:  # lxml's errors, missing attributes, declared encodings
        raise InvalidInput(
            f"The labeling config cannot be read ({error}); gpcis ls-config prints one "
            "that works."
        ) from error
    return tags


def check_config(label_config: object) -> None:
    """Raise unless masks can be written with this labeling config.

    Raises:
        InvalidInput: It cannot be read, or has no tag that takes masks.
    """
    if not isinstance(label_config, str) or not label_config.strip():
        raise InvalidInput(
            "The project has no labeling config yet; gpcis ls-config prints one."
        )
    tags = parse(label_config)
    output_tag(tags, first_image(tags) or "image", ())


def image_key(tags: Tags, to_name: str) -> str:
    """Key of the image tag's address in the data of a task.

    Args:
        tags: Of the labeling config.
        to_name: Name of the image tag.

    Raises:
        InvalidInput: No control tag belongs to such an image.
    """
    for tag in tags.values():
        for name, source in zip(tag["to_name"], tag["inputs"], strict=False):
            if name == to_name and source.get("type") == "Image":
                return str(source["value"])
    raise InvalidInput(
        f'The labeling config has no image tag "{to_name}" with tools on it; gpcis '
        "ls-config prints a config that works."
    )


def first_image(tags: Tags) -> str | None:
    """Name of the first image tag that a control tag belongs to."""
    for tag in tags.values():
        for name, source in zip(tag["to_name"], tag["inputs"], strict=False):
            if source.get("type") == "Image":
                return str(name)
    return None


def output_tag(tags: Tags, to_name: str, labels: Sequence[str]) -> OutputTag:
    """Where the mask of an object on an image tag goes.

    Brush tags come before bitmask tags and these before polygon tags; among equal ones
    that with one of ``labels``, else the first.

    Args:
        tags: Of the labeling config.
        to_name: Name of the image tag.
        labels: Of the clicks.

    Raises:
        InvalidInput: The config has no such tag.
    """
    found = [
        _as_output(name, tag, kind, to_name)
        for kind in _KINDS
        for name, tag in tags.items()
        if tag["type"].lower() in (kind, kind + "labels") and to_name in tag["to_name"]
    ]
    if not found:
        raise InvalidInput(
            f"The labeling config has no BrushLabels, BitmaskLabels or PolygonLabels "
            f'for the image "{to_name}"; gpcis ls-config prints a config that works.'
        )
    best = [tag for tag in found if tag.kind == found[0].kind]
    return next((tag for tag in best if tag.known(labels) is not None), best[0])


def _as_output(
    name: str, tag: Mapping[str, Any], kind: Kind, to_name: str
) -> OutputTag:
    has_labels = tag["type"].lower().endswith("labels")
    labels = tuple(map(str, tag["labels"])) if has_labels else ()
    return OutputTag(name, to_name, kind, labels, has_labels)
