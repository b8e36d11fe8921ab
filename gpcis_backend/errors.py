"""Every error that this package raises on purpose, with the code that clients see.

GpcisError
├── InvalidInput      invalid             a value of the request makes no sense   -> 422
├── InvalidClick      click_outside       a click lies outside the image          -> 422
├── BadImage          bad_image           the file is damaged or not an image     -> 422
├── TooManyPixels     too_many_pixels     the image exceeds the pixel limit       -> 422
├── UnsupportedType   unsupported_type    an image of a kind that is not accepted -> 415
├── TooLarge          too_large           the upload exceeds the byte limit       -> 413
├── NotFound          not_found           nothing has this id or path             -> 404
├── DataNotFound      data_not_found      a data set is missing or incomplete     -> 404
├── FetchFailed       fetch_failed        an image cannot be had from its place   -> 502
├── ModelUnavailable  model_unavailable   config or checkpoint cannot be loaded   -> 503
├── Busy              busy                too many calls wait for the model       -> 429
├── TimedOut          timeout             the model did not get to it in time     -> 504
└── NumericalError    numerical           a click system stayed singular          -> 500
"""

from typing import ClassVar


class GpcisError(Exception):
    """An expected failure; the message says found, expected and what to do."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500


class InvalidInput(GpcisError):
    """A value of the request makes no sense."""

    code, title, status = "invalid", "The request is not valid", 422


class InvalidClick(GpcisError):
    """A click lies outside the image."""

    code, title, status = "click_outside", "The click is outside the image", 422


class BadImage(GpcisError):
    """The file is damaged or not an image."""

    code, title, status = "bad_image", "The image cannot be read", 422


class TooManyPixels(GpcisError):
    """The image is larger than the pixel limit, read from its header."""

    code, title, status = "too_many_pixels", "The image has too many pixels", 422


class UnsupportedType(GpcisError):
    """An image, but of a kind that is not accepted."""

    code, title, status = "unsupported_type", "This file type is not accepted", 415


class TooLarge(GpcisError):
    """The upload is larger than the byte limit."""

    code, title, status = "too_large", "The upload is too large", 413


class NotFound(GpcisError):
    """Nothing has this id or path."""

    code, title, status = "not_found", "Not found", 404


class DataNotFound(GpcisError):
    """A data set is missing or incomplete."""

    code, title, status = "data_not_found", "The data set is missing", 404


class FetchFailed(GpcisError):
    """An image that a labeling task names cannot be had.

    Args:
        reason: What happened, without tokens.
        hint: What the operator can do about it.
    """

    code, title, status = "fetch_failed", "The image cannot be fetched", 502

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(f"{reason} {hint}".strip())
        self.reason, self.hint = reason, hint


class ModelUnavailable(GpcisError):
    """Config or checkpoint could not be loaded."""

    code, title, status = "model_unavailable", "The model is not available", 503


class Busy(GpcisError):
    """More calls are waiting than can be answered soon."""

    code, title, status = "busy", "The server is busy", 429


class TimedOut(GpcisError):
    """The model did not get to a call in time."""

    code, title, status = "timeout", "The server took too long", 504


class NumericalError(GpcisError):
    """A click system stayed singular at the largest noise tried."""

    code, title, status = "numerical", "The click system could not be solved", 500
