"""The page: the files that ``frontend/build.py`` has put into ``web/dist``."""

import re
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory
from werkzeug.exceptions import NotFound

pages = Blueprint("pages", __name__)

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>GPCIS</title>
<h1>The page is not built yet</h1>
<p>Run <code>python frontend/build.py</code> in the checkout and load this page again.
The REST API under <code>/api/v1</code> works without it.</p></html>
"""
_HASHED = re.compile(r"assets/(?:.*/)?[^/]+-[\w-]{8,}\.[\w.]+")
_YEAR = "public, max-age=31536000, immutable"
_TYPES = {  # what the system says of these differs
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@pages.get("/")
def index() -> Response:
    """The page, or how to build it."""
    try:
        return page_file("index.html")
    except NotFound:
        return Response(_NOT_BUILT, mimetype="text/html")


@pages.get("/<path:name>")
def page_file(name: str) -> Response:
    """A file of the page, compressed where the caller takes that.

    One with a digest in its name is kept for good; others are asked for again at each
    load and sent only if they changed.
    """
    folder: Path = current_app.config["GPCIS_WEB_DIR"].resolve()
    has_packed = (folder / f"{name}.gz").is_file() and (folder / name).is_file()
    is_packed = has_packed and request.accept_encodings.quality("gzip") > 0
    answer = send_from_directory(
        folder,
        f"{name}.gz" if is_packed else name,
        mimetype=_TYPES.get(Path(name).suffix),
    )
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    if has_packed:
        answer.vary.add("Accept-Encoding")
    if _HASHED.fullmatch(name):
        answer.headers["Cache-Control"] = _YEAR
    return answer
