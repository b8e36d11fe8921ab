"""Whether a project's labeling config lets annotators click masks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as xml

from gpcis_backend.server.label_studio.doctor.findings import (
    Finding,
    ok,
    problem,
    warning,
)
from gpcis_backend.server.label_studio.labeling import output_tag, parse

_PRINTED = "gpcis ls-config prints a config that fits."
_PROMPTS = ("KeyPointLabels", "KeyPoint")
_BOXES = ("RectangleLabels", "Rectangle")
_OUTPUTS = (
    "BrushLabels",
    "Brush",
    "BitmaskLabels",
    "Bitmask",
    "PolygonLabels",
    "Polygon",
)


@dataclass(frozen=True)
class _Tool:
    """A control tag.

    Args:
        tag: Such as ``BrushLabels``.
        name: Of this one.
        to_names: Names of the image tags it works on.
        labels: None where each task brings its own.
        smart: The attribute; None if it is missing.
        is_smart_only: Whether only the tool that asks the backend is shown.
    """

    tag: str
    name: str
    to_names: tuple[str, ...]
    labels: tuple[str, ...] | None
    smart: str | None
    is_smart_only: bool

    def __str__(self) -> str:
        return f'{self.tag} "{self.name}"'


def check_config(label_config: str) -> list[Finding]:
    """What an operator must change in a labeling config; one ok line if nothing."""
    try:
        view = xml.fromstring(label_config)
    except (xml.ParseError, ValueError) as error:
        return [problem(f"The labeling config is no XML ({error}).", _PRINTED)]
    images = [tag.get("name", "") for tag in view.iter("Image")]
    tools = [_to_tool(tag) for tag in view.iter() if tag.get("toName")]
    if not images:
        return [problem("The labeling config has no Image tag.", _PRINTED)]
    clicking = [tool for tool in tools if tool.tag in _PROMPTS]
    clicked = {name for tool in clicking for name in tool.to_names}
    findings = [
        finding
        for name in images
        if name in clicked or len(images) == 1
        for finding in _check_image(name, tools, label_config)
    ]
    if not clicked and len(images) > 1:
        findings = [_no_keypoints("")]
    return findings or [ok(f"The labeling config fits: {_outline(tools)}.")]


def _check_image(
    name: str, tools: Sequence[_Tool], label_config: str
) -> Iterator[Finding]:
    """What is wrong with the tools of one image."""
    here = [tool for tool in tools if name in tool.to_names]
    prompts = [tool for tool in here if tool.tag in _PROMPTS]
    boxes = [tool for tool in here if tool.tag in _BOXES and tool.smart == "true"]
    outputs = [tool for tool in here if tool.tag in _OUTPUTS]
    smart = [tool for tool in prompts if tool.smart == "true"]
    if not prompts:
        yield _no_keypoints(f' for the image "{name}"')
    elif not smart:
        yield problem(
            f"{prompts[0]} asks no backend.",
            'Give it smart="true" smartOnly="true".',
        )
    for tool in (*smart, *boxes):
        if not tool.is_smart_only:
            yield warning(
                f"{tool} also shows a plain tool that looks alike and asks no backend.",
                'Give it smartOnly="true".',
            )
    if not outputs:
        yield problem(
            f'Nothing takes the masks of the image "{name}".',
            "Add a BrushLabels, BitmaskLabels or PolygonLabels tag with the same "
            f"toName. {_PRINTED}",
        )
        return
    for tool in outputs:
        if tool.smart == "true":
            yield warning(
                f"{tool} is smart, so that it hides the keypoint tool.",
                'Give it smart="false".',
            )
    for tool in (*smart, *boxes):
        yield from _check_labels(tool, _taker(name, tool, outputs, label_config))


def _taker(
    name: str, prompt: _Tool, outputs: Sequence[_Tool], label_config: str
) -> _Tool:
    """The output that the backend itself chooses for what ``prompt`` draws."""
    chosen = output_tag(parse(label_config), name, prompt.labels or ())
    return next((tool for tool in outputs if tool.name == chosen.name), outputs[0])


def _check_labels(prompt: _Tool, output: _Tool) -> Iterator[Finding]:
    """Whether what is clicked can be stored under its own label."""
    if prompt.labels is None or output.labels is None:
        return
    unknown = [label for label in prompt.labels if label not in output.labels]
    if unknown and output.labels:
        yield problem(
            f"{output} lacks {_quoted(unknown)} of {prompt}: such masks would be "
            f'stored as "{output.labels[0]}".',
            "Give both tags the same labels.",
        )
    silent = [label for label in output.labels if label not in prompt.labels]
    if silent and prompt.labels:
        yield warning(
            f"{prompt} lacks {_quoted(silent)} of {output}: these cannot be clicked.",
            "Give both tags the same labels.",
        )
    if not prompt.labels and prompt.tag.endswith("Labels"):
        yield problem(f"{prompt} has no labels.", "Add Label tags to it.")


def _no_keypoints(where: str) -> Finding:
    return problem(f"The labeling config has no KeyPointLabels{where}.", _PRINTED)


def _to_tool(tag: xml.Element) -> _Tool:
    is_dynamic = tag.get("value", "").startswith("$") or "apiUrl" in tag.attrib
    labels = (label.get("alias") or label.get("value") for label in tag.iter("Label"))
    return _Tool(
        tag=tag.tag,
        name=tag.get("name", ""),
        to_names=tuple(tag.get("toName", "").split(",")),
        labels=None if is_dynamic else tuple(label for label in labels if label),
        smart=tag.get("smart"),
        is_smart_only=tag.get("smartOnly") == "true",
    )


def _outline(tools: Sequence[_Tool]) -> str:
    used = [tool for tool in tools if tool.tag in (*_PROMPTS, *_OUTPUTS)]
    return ", ".join(str(tool) for tool in used)


def _quoted(labels: Sequence[str]) -> str:
    return ", ".join(f'"{label}"' for label in labels)
