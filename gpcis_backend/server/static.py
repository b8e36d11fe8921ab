"""The page: the files that ``frontend/build.py`` has put into ``web/dist``."""

from pathlib import Path

from flask import Blueprint, Response, current_app, send_from_directory
from werkzeug.exceptions import NotFound

pages = Blueprint("pages", __name__)

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>GPCIS</title>
<h1>The page is not built yet</h1>
<p>Run <code>python frontend/build.py</code> in the checkout and load this page again.
The REST API under <code>/api/v1</code> works without it.</p></html>
"""


@pages.get("/")
def index() -> Response:
    """The page, or how to build it."""
    try:
        return page_file("index.html")
    except NotFound:
        return Response(_NOT_BUILT, mimetype="text/html")


@pages.get("/<path:name>")
def page_file(name: str) -> Response:
    """A file of the page; asked for again at each load, sent only if it changed."""
    folder: Path = current_app.config["GPCIS_WEB_DIR"]
    return send_from_directory(folder.resolve(), name)
