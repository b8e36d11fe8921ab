"""A project in Label Studio: its connection, its tasks, and one real click."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from gpcis_backend.errors import GpcisError
from gpcis_backend.inference.images import read_image
from gpcis_backend.server.access import Login
from gpcis_backend.server.label_studio.api.client import LabelStudioClient
from gpcis_backend.server.label_studio.api.connection import Row, own_row, rows_of
from gpcis_backend.server.label_studio.api.remedies import AS_SEEN
from gpcis_backend.server.label_studio.doctor.backend import Health, health_of
from gpcis_backend.server.label_studio.doctor.findings import (
    Finding,
    ok,
    problem,
    warning,
)
from gpcis_backend.server.label_studio.doctor.labeling import check_config
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules, ImageFetcher
from gpcis_backend.server.label_studio.labeling import (
    Tags,
    first_image,
    image_key,
    parse,
)

_MAX_LISTED = 10

Task = Mapping[str, Any]


@dataclass(frozen=True)
class Visit:
    """What is looked at, and with which rights.

    Args:
        backend: Its address as Label Studio sees it, without a slash at the end.
        fetch: Rules of the backend for images, with the access to Label Studio.
        login: What the backend wants to know.
    """

    backend: str
    fetch: FetchRules
    login: Login | None


def list_projects(client: LabelStudioClient) -> Iterator[Finding]:
    """What the operator may name, since nothing of a project can be checked."""
    page = client.get("/api/projects", page_size=_MAX_LISTED)
    found = [f"{row['id']} ({row['title']})" for row in page.get("results", [])]
    if found:
        yield warning(
            "Connection, labeling config, images and clicks were not checked.",
            f"Add --project with one of these numbers: {', '.join(found)}.",
        )
    else:
        yield warning("This user has no project.", "Create one in Label Studio.")


def check_project(
    client: LabelStudioClient, visit: Visit, project: int
) -> Iterator[Finding]:
    """All about one project, the click only if everything before it is there."""
    backend = visit.backend
    label_config = str(client.get(f"/api/projects/{project}").get("label_config"))
    yield from check_config(label_config)
    rows = rows_of(client, project)
    yield from check_rows(rows, backend, project, client.url)
    task = first_task(client, project)
    if task is None:
        yield warning(f"Project {project} has no tasks.", "Import an image.")
        return
    tags = parse(label_config)
    yield from check_image(task, tags, visit.fetch)
    row = own_row(rows, backend)
    if row is not None and row.get("is_interactive") and row.get("state") == "CO":
        yield from check_click(client, row, task, tags, visit.login)


def check_rows(
    rows: Sequence[Row], backend: str, project: int, label_studio: str
) -> Iterator[Finding]:
    """Whether Label Studio reaches the backend and asks it at every click."""
    row = own_row(rows, backend)
    connect = (
        f"gpcis ls-connect {label_studio} --token TOKEN --project {project} "
        f"--backend {backend}"
    )
    if row is None:
        others = ", ".join(str(row.get("url")) for row in rows)
        known = f" (but with {others})" if others else ""
        yield problem(
            f"Project {project} is not connected with {backend}{known}.",
            f"Run {connect}.",
        )
        return
    state = str(row.get("readable_state"))
    if row.get("state") != "CO":
        said = str(row.get("error_message") or "no answer to /health within 1 second")
        yield problem(f"Label Studio shows {backend} as {state}: {said}.", AS_SEEN)
    elif not row.get("is_interactive"):
        yield problem(
            f"Label Studio does not ask {backend} at clicks.",
            f"Run {connect}, or switch Interactive preannotations on under "
            "Settings > Model.",
        )
    else:
        yield ok(f"Label Studio reaches {backend} and asks it at every click.")
    first = next((each for each in rows if each.get("is_interactive")), row)
    if first is not row:
        yield problem(
            f"Label Studio sends all clicks to another backend, {first['url']}.",
            "Remove that one, or switch its interactive preannotations off, under "
            "Settings > Model.",
        )


def first_task(client: LabelStudioClient, project: int) -> Task | None:
    """The first task of a project."""
    tasks = client.get("/api/tasks", project=project, page_size=1).get("tasks", [])
    return next(iter(tasks), None)


def check_image(task: Task, tags: Tags, rules: FetchRules) -> Iterator[Finding]:
    """Whether the task's image can be fetched and decoded as the backend does it."""
    number = task.get("id")
    address = task["data"].get(image_key(tags, first_image(tags) or ""))
    if not address:
        yield problem(
            f"Task {number} has no image under the name that the config wants.",
            "Compare the value of the Image tag with the columns of the tasks.",
        )
        return
    try:
        content = ImageFetcher(rules).fetch(str(address), None, task_id=number)
        height, width = read_image(content).shape[:2]
    except GpcisError as error:
        reason, hint = getattr(error, "reason", error), getattr(error, "hint", "")
        yield warning(
            f"The image of task {number} cannot be fetched from here: {reason}",
            hint,
        )
        return
    yield ok(f"The image of task {number} can be fetched: {width} x {height} pixels.")


def check_click(
    client: LabelStudioClient, row: Row, task: Task, tags: Tags, login: Login | None
) -> Iterator[Finding]:
    """Whether a click in the middle of the image comes back as a region."""
    context = {"result": [_click(tags)]}
    backend = str(row["url"]).rstrip("/")
    before = _trouble_of(backend, login)
    begun = perf_counter()
    answer = client.post(
        f"/api/ml/{row['id']}/interactive-annotating",
        {"task": task["id"], "context": context},
    )
    seconds = perf_counter() - begun
    after = _trouble_of(backend, login)
    remedy = f"The backend says: {after}" if after and after != before else ""
    regions = (answer.get("data") or {}).get("result")
    where = f"A click in the middle of task {task['id']}"
    if answer.get("errors"):
        said = " ".join(map(str, answer["errors"]))
        yield problem(f"{where} failed: {said}", remedy or "Look at its log.")
    elif regions:
        kind = regions[0].get("type")
        yield ok(f"{where} came back as {kind} after {seconds:.1f} s.")
    else:
        yield warning(
            f"{where} came back without a region.",
            remedy or "That is right if nothing is there: try it by hand.",
        )


def _trouble_of(backend: str, login: Login | None) -> str:
    health = health_of(backend, login)
    return health.trouble if isinstance(health, Health) else ""


def _click(tags: Tags) -> dict[str, Any]:
    """A positive click as the browser sends it."""
    name, tag = next(
        (name, tag)
        for name, tag in tags.items()
        if tag["type"] in ("KeyPointLabels", "KeyPoint")
    )
    kind = str(tag["type"]).lower()
    value: dict[str, Any] = {"x": 50.0, "y": 50.0, "width": 0.3}
    if tag["labels"]:
        value[kind] = tag["labels"][:1]
    return {
        "id": "gpcisdoctor",
        "type": kind,
        "value": value,
        "is_positive": True,
        "from_name": name,
        "to_name": tag["to_name"][0],
        "image_rotation": 0,
    }
