"""Errors as clients see them: RFC 9457 problem bodies, never a traceback or a path."""

import json
import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from gpcis_backend.errors import GpcisError, InvalidInput, ModelUnavailable

_log = logging.getLogger("gpcis")
_RETRY_AFTER = {"loading": "2", "busy": "1"}  # seconds
_HTTP_CODES = {
    400: ("malformed", "The request cannot be understood"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "This address does not take this method"),
    413: ("too_large", "The upload is too large"),
    415: ("unsupported_type", "This type is not accepted"),
}


class Malformed(GpcisError):
    """The body is not JSON or not what its type says."""

    code, title, status = "malformed", "The request cannot be understood", 400


class BadHost(GpcisError):
    """The Host header names somebody else."""

    code, title, status = "bad_host", "This host name is not known here", 400


class Unauthorized(GpcisError):
    """The caller has not said the server's password, or a wrong one."""

    code, title, status = "unauthorized", "A login is needed", 401


class ForbiddenOrigin(GpcisError):
    """The call may come from another site."""

    code, title, status = "forbidden_origin", "The call is not allowed", 403


class Superseded(GpcisError):
    """A newer call about the same object has arrived."""

    code, title, status = "superseded", "A newer call has taken over", 409


class UnsupportedBody(GpcisError):
    """The body has a content type that this call does not take."""

    code, title, status = "unsupported_type", "This type is not accepted", 415


class InvalidFields(InvalidInput):
    """Values of a JSON body make no sense.

    Args:
        fields: Field and message of each.
    """

    def __init__(self, fields: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{f['field']}: {f['message']}" for f in fields[:3]))
        self.extra = {"fields": fields}


class NoModel(ModelUnavailable):
    """There is no model to answer with.

    Args:
        reason: In words.
        extra: ``path`` tried and ``fix``; empty where strangers may listen.
    """

    def __init__(self, reason: str, extra: Mapping[str, str]) -> None:
        super().__init__(reason)
        self.extra = extra


def register_problems(app: Flask) -> None:
    """Answer every error of ``app`` with a problem body."""
    app.register_error_handler(GpcisError, _of_ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_a_bug)


def _of_ours(error: GpcisError) -> Response:
    """A deliberate error; its message is fit for the user."""
    extra = getattr(error, "extra", {})
    answer = _answer(error.status, error.code, error.title, str(error), extra)
    if error.code in _RETRY_AFTER:
        answer.headers["Retry-After"] = _RETRY_AFTER[error.code]
    return answer


def _of_http(error: HTTPException) -> Response:
    """What Flask refuses by itself."""
    status = error.code or 500
    code, title = _HTTP_CODES.get(status, ("malformed", error.name))
    detail, extra = f"{title}.", {}
    limit = request.max_content_length
    if status == 413 and limit:
        detail, extra = f"At most {limit / 2**20:g} MB are accepted.", {"limit": limit}
    answer = _answer(status, code, title, detail, extra)
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(error.valid_methods or ())
    return answer


def _of_a_bug(error: Exception) -> Response:
    """Anything else: the log gets the traceback, the client a number to quote."""
    number = uuid4().hex[:12]
    _log.error("internal error %s", number, exc_info=error)
    detail = f"The server failed; its log has the details under {number}."
    return _answer(500, "internal", "Something went wrong", detail, {"id": number})


def _answer(
    status: int, code: str, title: str, detail: str, extra: Mapping[str, Any]
) -> Response:
    body = {
        "type": f"urn:gpcis:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request.path,
        **extra,
    }
    return Response(json.dumps(body), status, mimetype="application/problem+json")
