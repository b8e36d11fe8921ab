"""Where annotations come from: an exported file, or a project of a Label Studio."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gpcis_backend.errors import InvalidInput, NotFound
from gpcis_backend.server.label_studio.api.client import LabelStudioClient
from gpcis_backend.server.label_studio.labeling import parse
from gpcis_backend.server.label_studio.learning.annotations import Task, read_export

_URL = re.compile(r"(?P<base>https?://.+?)(/projects/(?P<project>\d+)(/.*)?)?/*", re.I)


@dataclass(frozen=True, slots=True)
class Export:
    """Tasks with their annotations.

    Args:
        source: What they are from, in words.
        tasks: As ``read_export`` gives them.
        keys: Entry of a task's data that each image tag shows, where it is known.
    """

    source: str
    tasks: Sequence[Task]
    keys: Mapping[str, str] = field(default_factory=dict)


def is_url(source: str) -> bool:
    """Whether a source is a Label Studio rather than a file."""
    return source.lower().startswith(("http://", "https://"))


def split_url(source: str) -> tuple[str, int | None]:
    """Address of the Label Studio, and the project if the URL names one.

    Example:
        >>> split_url("http://localhost:8080/projects/7/data?tab=2")
        ('http://localhost:8080', 7)
    """
    found = _URL.fullmatch(source.partition("?")[0].partition("#")[0])
    if found is None:
        raise InvalidInput(f"{source} is no URL of a Label Studio.")
    project = found["project"]
    return found["base"], int(project) if project else None


def from_file(path: Path) -> Export:
    """The tasks of an exported file.

    Raises:
        NotFound: There is no file.
        InvalidInput: It is no JSON export.
    """
    if not path.is_file():
        raise NotFound(
            f"There is no export at {path}; give a file that Label Studio exported as "
            "JSON, or the URL of a Label Studio."
        )
    return Export(path.name, read_export(path.read_bytes()))


def from_project(client: LabelStudioClient, project: int | None) -> Export:
    """The finished tasks of a project.

    Raises:
        InvalidInput: No project is given and there is not exactly one.
        LabelStudioProblem: Label Studio does not answer as it should.
    """
    number = _only_project(client) if project is None else project
    config = client.get(f"/api/projects/{number}").get("label_config") or ""
    text = client.get_bytes(f"/api/projects/{number}/export", exportType="JSON")
    keys = {
        str(name): str(image["value"])
        for tag in parse(config).values()
        for name, image in zip(tag["to_name"], tag["inputs"], strict=False)
    }
    return Export(f"project {number} of {client.url}", read_export(text), keys)


def _only_project(client: LabelStudioClient) -> int:
    found = client.get("/api/projects", page_size=100).get("results", [])
    if len(found) == 1:
        return int(found[0]["id"])
    names = ", ".join(f"{one['id']} ({one.get('title')})" for one in found) or "none"
    raise InvalidInput(f"Which project? Pass --project ID; there are: {names}.")
