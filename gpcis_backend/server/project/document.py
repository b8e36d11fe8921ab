"""The annotation document, schema ``gpcis/1`` (ui.md section 3.8), strict."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from gpcis_backend.clicks.click import MAX_CLICKS
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.problems import InvalidFields
from gpcis_backend.server.rle import check_runs
from gpcis_backend.server.schemas import (
    CodedMask,
    Name,
    Number,
    PostBody,
    Sign,
    Strict,
    parse,
)

MAX_BYTES = 16 * 2**20

_MAX_OBJECTS = 10_000

Text = Annotated[str, StringConstraints(max_length=1024)]
Digest = Annotated[str, StringConstraints(pattern="^([0-9a-f]{64})?$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Status = Literal["new", "progress", "done", "flagged"]


class DocumentClick(Strict):
    """A click, in pixels of the upright original."""

    id: Name
    x: Number
    y: Number
    sign: Sign
    muted: bool = False


class DocumentObject(CodedMask):
    """An object: what made its mask, and the mask."""

    id: Name
    class_: Annotated[Name, Field(alias="class")]
    clicks: Annotated[list[DocumentClick], Field(max_length=10 * MAX_CLICKS)]
    threshold: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.5
    post: PostBody = PostBody()
    init: CodedMask | None = None
    est_iou: Share | None = None
    state: Literal["open", "finished"] = "finished"
    visible: bool = True
    locked: bool = False
    strokes: Annotated[list[Any], Field(max_length=0)] = []  # noqa: RUF012


class DocumentImage(Strict):
    """The image a document belongs to."""

    id: Name
    name: Text
    sha256: Digest = ""
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]


class AnnotationDocument(Strict):
    """Everything that was annotated on one image."""

    schema_: Annotated[Literal["gpcis/1"], Field(alias="schema")]
    image: DocumentImage
    status: Status = "new"
    objects: Annotated[list[DocumentObject], Field(max_length=_MAX_OBJECTS)]
    model: Text | None = None
    revision: Annotated[int, Field(ge=0, lt=2**53)] = 0

    @classmethod
    def read(cls, data: bytes) -> "AnnotationDocument":
        """The document, every mask checked against the image's size.

        Raises:
            Malformed: Not JSON.
            InvalidFields: Not a document, or a damaged mask.
        """
        document = parse(cls, data)
        document._check()
        return document

    def to_json(self) -> bytes:
        """As it is stored and sent."""
        return self.model_dump_json(by_alias=True).encode()

    def _check(self) -> None:
        ids = [each.id for each in self.objects]
        if len(set(ids)) < len(ids):
            raise InvalidFields([{"field": "objects", "message": "An id comes twice."}])
        size = self.image.height, self.image.width
        for num, each in enumerate(self.objects):
            for name, mask in (("runs", each), ("init", each.init)):
                if mask is None:
                    continue
                try:
                    check_runs(mask.to_runs(), *size)
                except InvalidInput as error:
                    field = f"objects.{num}.{name}"
                    wrong = [{"field": field, "message": str(error)}]
                    raise InvalidFields(wrong) from None
