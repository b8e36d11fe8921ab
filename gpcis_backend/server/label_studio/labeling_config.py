"""A labeling config that lets annotators click: smart keypoints in, a mask out."""

import colorsys
from collections.abc import Sequence
from xml.etree import ElementTree as xml

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.label_studio.labeling import Kind

_OUTPUT_TAGS: dict[Kind, str] = {
    "brush": "BrushLabels",
    "bitmask": "BitmaskLabels",
    "polygon": "PolygonLabels",
}
# Red, blue and the like from afar: told apart on photographs and by most colour-blind
_FIRST_HUES = (0.0, 0.58, 0.33, 0.12, 0.80, 0.48, 0.92, 0.20, 0.68)
_GOLDEN = 0.618034  # of a turn: every further hue falls into the largest gap


def labeling_config(
    labels: Sequence[str], output: Kind = "brush", *, with_rectangle: bool = False
) -> str:
    """The XML to paste into Settings > Labeling Interface > Code.

    Args:
        labels: Their names; "Object" if there are none.
        output: Kind of the regions that a click makes.
        with_rectangle: Offer a box as prompt too.  The button of the smart tool then
            switches between click and box each time it is pressed.

    Raises:
        InvalidInput: A label is empty, repeated or holds control characters.

    Example:
        >>> print(labeling_config(["cat"]).splitlines()[2])
          <KeyPointLabels name="click" toName="image" smart="true" smartOnly="true">
    """
    names = _checked([label.strip() for label in labels] or ["Object"])
    view = xml.Element("View")
    image = {"name": "image", "value": "$image", "zoom": "true", "zoomControl": "true"}
    xml.SubElement(view, "Image", image)
    # smartOnly: without it a plain tool that looks the same sends nothing
    prompts = {"click": "KeyPointLabels"}
    if with_rectangle:
        prompts["box"] = "RectangleLabels"
    for name, tag in prompts.items():
        prompt = {"name": name, "toName": "image", "smart": "true", "smartOnly": "true"}
        _add_labels(xml.SubElement(view, tag, prompt), names)
    # smart="false": a smart output tag would become the default tool
    mask = {"name": "mask", "toName": "image", "smart": "false"}
    _add_labels(xml.SubElement(view, _OUTPUT_TAGS[output], mask), names)
    xml.indent(view)
    return xml.tostring(view, encoding="unicode")


def _add_labels(tag: xml.Element, names: Sequence[str]) -> None:
    """Give ``tag`` all labels; in the same colours everywhere."""
    for index, name in enumerate(names):
        xml.SubElement(tag, "Label", value=name, background=colour(index))


def colour(index: int) -> str:
    """The colour of the label at ``index``, as "#rrggbb"; neighbours differ."""
    lap, place = divmod(index, len(_FIRST_HUES))
    hue = (_FIRST_HUES[place] + lap * _GOLDEN / len(_FIRST_HUES)) % 1
    light = (0.5, 0.38, 0.62)[lap % 3]
    red, green, blue = colorsys.hls_to_rgb(hue, light, 0.9)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def _checked(names: list[str]) -> list[str]:
    for index, name in enumerate(names):
        if not name or not name.isprintable():
            raise InvalidInput(f"A label needs printable characters, not {name!r}.")
        if name in names[:index]:
            raise InvalidInput(f'The label "{name}" was given twice.')
    return names
