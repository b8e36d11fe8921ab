"""What the answer of a web server means for a download that is under way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import requests
import urllib3

from gpcis_backend.data.archives.partial import Origin, Partial
from gpcis_backend.errors import DataNotFound

_PASSING = {408, 425, 429, 500, 502, 503, 504}  # a later try may do better
_WHOLE, _PARTIAL, _NO_RANGE = 200, 206, 416
_MAX_DEPTH = 20  # of errors inside errors
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Broken(Exception):
    """The connection ended too early; another one may do better."""


@dataclass(frozen=True, slots=True)
class Body:
    """What follows the headers of an answer.

    Args:
        start: Byte of the file that comes first.
        origin: What the server says about the whole file.
    """

    start: int
    origin: Origin


def headers_for(url: str, partial: Partial) -> dict[str, str]:
    """What to ask with, so that only the missing bytes come."""
    headers = {"Accept-Encoding": "identity"}
    origin = partial.origin
    if partial.size and origin is not None and origin.url == url:
        headers["Range"] = f"bytes={partial.size}-"
        if origin.validator:
            headers["If-Range"] = origin.validator
    return headers


def read_head(answer: requests.Response, url: str, partial: Partial) -> Body | None:
    """What the body of an answer is; None if the file is whole already.

    Raises:
        Broken: The answer is of no use, the next one may be.
        DataNotFound: The file cannot be had from there.
    """
    status = answer.status_code
    if status in _PASSING:
        raise Broken(f"the server answered {status}")
    if status == _WHOLE:
        return _whole(answer, url)
    if status == _PARTIAL:
        return _rest(answer, url, partial)
    if status == _NO_RANGE:
        _check_end(answer, partial)
        return None
    raise DataNotFound(
        f"{url} answered {status} {answer.reason}; pass another address with --url, "
        "or the file itself with --archive FILE."
    )


def in_words(error: Exception) -> str:
    """What went wrong on the way, without the names of classes."""
    causes = list(_causes(error))
    for kind, words in _WORDS:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return "the connection broke off"


def _causes(error: object) -> Iterator[Exception]:
    """An error and those that led to it, also where they are only wrapped."""
    depth = 0
    while isinstance(error, Exception) and depth < _MAX_DEPTH:
        yield error
        wrapped = getattr(error, "reason", None) or next(iter(error.args), None)
        error = error.__cause__ or error.__context__ or wrapped
        depth += 1


def _whole(answer: requests.Response, url: str) -> Body:
    """The file from its first byte."""
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise DataNotFound(
            f"{url} answered with a web page instead of the archive; open it in a "
            "browser, and pass what you get with --archive FILE."
        )
    length = answer.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    return Body(0, Origin(url, _validator(answer), total))


def _rest(answer: requests.Response, url: str, partial: Partial) -> Body:
    """The bytes after those that are here."""
    said = _RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
    known = partial.origin.total if partial.origin else None
    total = int(said[2]) if said and said[2].isdigit() else known
    if said is None or int(said[1]) != partial.size or total != (known or total):
        partial.drop()
        raise Broken("the server went on with another piece than asked for")
    return Body(partial.size, Origin(url, _validator(answer), total))


def _check_end(answer: requests.Response, partial: Partial) -> None:
    """Nothing is left to send: the file is whole, or another one than begun."""
    said = answer.headers.get("Content-Range", "").rpartition("/")[2]
    if not said.isdigit() or int(said) != partial.size:
        partial.drop()
        raise Broken("the server has another file now")


def _validator(answer: requests.Response) -> str:
    """By what the server tells this version of the file from others."""
    etag = answer.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return answer.headers.get("Last-Modified", "")


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (ConnectionRefusedError, "nothing listens there"),
    (urllib3.exceptions.NameResolutionError, "there is no such host, or no network"),
    (urllib3.exceptions.ConnectTimeoutError, "there is no answer"),
    (urllib3.exceptions.ReadTimeoutError, "nothing came for too long"),
    (TimeoutError, "nothing came for too long"),
)
