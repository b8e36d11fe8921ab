"""What the answers look like, for the OpenAPI document; tests hold them to it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gpcis_backend.server.jobs import State as JobState
from gpcis_backend.server.project.classes import ObjectClass
from gpcis_backend.server.project.document import DocumentObject, Status

Count = Annotated[int, Field(ge=0)]
Millis = Annotated[float, Field(ge=0)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Why a call was refused (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str


class ModelInfo(_Shape):
    """The model, or why there is none."""

    id: str | None
    weights: str | None
    device: str | None
    ready: bool
    reason: str | None
    path: str = ""
    fix: str = ""


class Features(_Shape):
    """What the model can do."""

    preview: bool
    uncertainty: bool
    influence: bool
    next_click: bool
    calibrated: bool


class Health(_Shape):
    """How the server is."""

    status: Literal["ok", "loading", "no_model"]
    version: str
    model: ModelInfo
    limits: dict[str, Count]
    features: Features
    storage: Literal["disk", "memory"]


class Metrics(_Shape):
    """Caches, queues, durations."""

    cache: dict[str, Any]
    queue: dict[str, Any]
    jobs: dict[str, Count]
    calls: dict[str, Any]


class ImageItem(_Shape):
    """An image of the list."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    name: str
    width: int | None
    height: int | None
    objects: Count
    status: Status


class OpenImage(ImageItem):
    """An image that was opened."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ImagePage(_Shape):
    """A part of the list."""

    items: list[ImageItem]
    next: str | None


class Revision(_Shape):
    """Of a document that was saved."""

    revision: Count


class JobInfo(_Shape):
    """Long work."""

    id: str
    kind: str
    state: JobState
    progress: Annotated[float, Field(ge=0, le=1)]
    elapsed_ms: Millis
    median_ms: Millis | None
    error: dict[str, Any] | None


class Imported(_Shape):
    """Objects of a file, and classes that the project lacks."""

    objects: list[DocumentObject]
    classes: list[ObjectClass]


class MaskJson(_Shape):
    """The mask body as JSON; ``data`` of a section is base64."""

    v: Literal[1]
    rev: Count
    object: str
    kind: Literal["preview", "final"]
    refine: bool
    size: tuple[int, int]
    bbox: tuple[Count, Count, Count, Count]
    area: Count
    marks: list[Literal["ok", "forced", "conflict"]]
    est_iou: float | None
    next: dict[str, float] | None
    model: str
    ms: dict[str, Millis]
    sections: list[dict[str, Any]]
    coco_rle: dict[str, Any]


ALL: tuple[type[BaseModel], ...] = (
    Problem,
    Health,
    Metrics,
    ImageItem,
    OpenImage,
    ImagePage,
    Revision,
    JobInfo,
    Imported,
    MaskJson,
)
