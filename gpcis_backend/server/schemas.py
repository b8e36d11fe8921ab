"""The JSON bodies of the API, strict: a click is numbers, not words or truth values."""

import math
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gpcis_backend.clicks.click import MAX_CLICKS, Click, Prob
from gpcis_backend.errors import InvalidClick
from gpcis_backend.server.problems import InvalidFields, Malformed
from gpcis_backend.server.rle import MaskRuns, from_runs

_MAX_NAME = 64
_SLACK = 1.0  # pixels that a click may lie outside the image before it is refused


def _checked_sign(sign: int) -> int:
    if sign not in (1, -1):
        raise ValueError("a sign is 1 or -1")
    return sign


Number = Annotated[float, Field(allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=0)]
Sign = Annotated[int, AfterValidator(_checked_sign)]  # a Literal would take true for 1


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class InitBody(_Strict):
    """A mask that the user brings along: its box and base64 of its runs."""

    bbox: tuple[Pixels, Pixels, Pixels, Pixels]
    runs: str


class PostBody(_Strict):
    """Clean-up of the mask, which this server does not offer yet."""

    largest: Literal[False] = False
    fill_px: Literal[0] = 0


class SegmentBody(_Strict):
    """All clicks on one object, in order, and how its mask is wanted."""

    client: Annotated[str, Field(max_length=_MAX_NAME)] = ""
    object: Annotated[str, Field(max_length=_MAX_NAME)] = ""
    rev: Annotated[int, Field(ge=0, lt=2**53)] = 0
    mode: Literal["auto", "refine"] = "auto"
    clicks: list[tuple[Number, Number, Sign]]
    threshold: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.5
    post: PostBody = PostBody()
    init: InitBody | None = None
    want: list[Literal["prob"]] = Field(default_factory=list, max_length=1)

    @classmethod
    def parse(cls, data: bytes) -> "SegmentBody":
        """The body of a request.

        Raises:
            Malformed: Not JSON.
            InvalidFields: A field is missing, unknown or makes no sense.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise _refusal(error) from None

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
            InvalidInput: Its runs are damaged or do not fit the image.
        """
        if self.init is None:
            return None
        try:
            runs = b64decode(self.init.runs, validate=True)
        except (Base64Error, ValueError):
            message = "The runs are not base64."
            raise InvalidFields([{"field": "init.runs", "message": message}]) from None
        return from_runs(MaskRuns(self.init.bbox, runs), height, width).astype(
            np.float32
        )


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
