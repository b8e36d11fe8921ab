"""The JSON bodies of the API, strict: a click is numbers, not words or truth values."""

import math
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from gpcis_backend.clicks.cleanup import Cleanup
from gpcis_backend.clicks.click import MAX_CLICKS, Click, Prob
from gpcis_backend.errors import InvalidClick, InvalidInput
from gpcis_backend.server.problems import InvalidFields, Malformed
from gpcis_backend.server.rle import MaskRuns, from_runs

_MAX_NAME = 64
_MAX_IMAGES = 5000  # named one by one; "all" means all of them
_SLACK = 1.0  # pixels that a click may lie outside the image before it is refused


def _checked_sign(sign: int) -> int:
    if sign not in (1, -1):
        raise ValueError("a sign is 1 or -1")
    return sign


ExportFormat = Literal[
    "png-index", "png-instance", "coco", "labelstudio", "yolo-seg", "voc", "labelme"
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=0)]
Sign = Annotated[  # a Literal would take true for 1
    int,
    AfterValidator(_checked_sign),
    WithJsonSchema({"type": "integer", "enum": [1, -1]}),
]


ImageId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=_MAX_NAME)]


class Strict(BaseModel):
    """A body that holds what its schema names and nothing else."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, validate_by_name=True
    )


Body = TypeVar("Body", bound=BaseModel)


def parse(kind: type[Body], data: bytes) -> Body:
    """The body of a request.

    Raises:
        Malformed: Not JSON.
        InvalidFields: A field is missing, unknown or makes no sense.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise _refusal(error) from None


class CodedMask(Strict):
    """A mask in JSON: its tight box and base64 of its runs."""

    bbox: tuple[Pixels, Pixels, Pixels, Pixels]
    runs: str

    @classmethod
    def of(cls, mask: MaskRuns) -> "CodedMask":
        """The same mask for JSON."""
        return cls(bbox=mask.bbox, runs=b64encode(mask.runs).decode())

    def to_runs(self) -> MaskRuns:
        """The runs, not checked yet.

        Raises:
            InvalidInput: They are not base64.
        """
        try:
            return MaskRuns(self.bbox, b64decode(self.runs, validate=True))
        except (Base64Error, ValueError):
            raise InvalidInput("The runs are not base64.") from None


class PostBody(Strict):
    """Clean-up of a mask: its largest part, and holes up to so many pixels filled."""

    largest: bool = False
    fill_px: Annotated[int, Field(ge=0, le=10**9)] = 0

    def to_cleanup(self) -> Cleanup:
        """What the engine does with the mask."""
        return Cleanup(self.largest, self.fill_px)


class EncodeBody(Strict):
    """Which image comes next: the one being opened, or perhaps a later one."""

    prefetch: bool = False


ImageIds = Annotated[list[ImageId], Field(max_length=_MAX_IMAGES)]


class ExportBody(Strict):
    """What is exported: a format, and which images."""

    format: ExportFormat
    images: Annotated[list[ImageId], Field(max_length=_MAX_IMAGES)] | Literal["all"] = (
        "all"
    )
    polygons: bool = False


Want = Literal["prob", "var", "mean"]


class SegmentBody(Strict):
    """All clicks on one object, in order, and how its mask is wanted."""

    client: Annotated[str, Field(max_length=_MAX_NAME)] = ""
    object: Annotated[str, Field(max_length=_MAX_NAME)] = ""
    rev: Annotated[int, Field(ge=0, lt=2**53)] = 0
    mode: Literal["auto", "refine"] = "auto"
    clicks: list[tuple[Number, Number, Sign]]
    threshold: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.5
    post: PostBody = PostBody()
    init: CodedMask | None = None
    want: list[Want] = Field(default_factory=list, max_length=8)

    def to_clicks(self, height: int, width: int) -> tuple[Click, ...]:
        """The clicks in (row, col): floored, and clamped if just outside the image.

        Raises:
            InvalidFields: Too many of them.
            InvalidClick: More than one pixel outside.
        """
        if len(self.clicks) > MAX_CLICKS:
            message = f"{len(self.clicks)} clicks were sent; at most {MAX_CLICKS} are"
            raise InvalidFields(
                [{"field": "clicks", "message": f"{message} accepted."}]
            )
        return tuple(
            Click(_pixel(y, height, number), _pixel(x, width, number), sign > 0)
            for number, (x, y, sign) in enumerate(self.clicks, start=1)
        )

    def to_init(self, height: int, width: int) -> Prob | None:
        """The mask to start from, as 0 and 1.  (height, width).

        Raises:
            InvalidFields: Its runs are damaged or do not fit the image.
        """
        if self.init is None:
            return None
        try:
            mask = from_runs(self.init.to_runs(), height, width)
        except InvalidInput as error:
            wrong = {"field": "init", "message": str(error)}
            raise InvalidFields([wrong]) from None
        return mask.astype(np.float32)


def _pixel(position: float, length: int, number: int) -> int:
    """The pixel that covers a position along one side of the image."""
    if not -_SLACK <= position <= length + _SLACK:
        raise InvalidClick(
            f"Click {number} is outside the image: {position:g} does not lie between "
            f"0 and {length}."
        )
    return min(max(math.floor(position), 0), length - 1)


def _refusal(error: ValidationError) -> Malformed | InvalidFields:
    """What was wrong, without the values sent, which may be long."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    if found[0]["type"] == "json_invalid":
        return Malformed("The body is not valid JSON.")
    return InvalidFields(
        [
            {"field": ".".join(map(str, item["loc"])), "message": item["msg"]}
            for item in found[:10]
        ]
    )
