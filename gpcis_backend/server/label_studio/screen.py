"""What every host checks of a call before anything else sees it."""

from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from gpcis_backend.errors import InvalidInput, TooLarge
from gpcis_backend.server.problems import Malformed, UnsupportedBody

_PARAMS = ("context", "login", "password")
MAX_BYTES = 64 * 2**20  # of a request: it brings along all masks of the task


def call_body() -> dict[str, Any]:
    """The JSON object of the current call, with ``tasks`` and ``params`` made sound.

    Flask remembers the object, so that the host reads the same one.

    Raises:
        UnsupportedBody: Not sent as JSON: a page elsewhere may have sent it.
        TooLarge: More bytes than ``MAX_BYTES``.
        Malformed: Not a JSON object.
        InvalidInput: ``tasks`` is no list of objects.
    """
    if not request.is_json:
        raise UnsupportedBody("Send application/json.")
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    except RequestEntityTooLarge:
        raise TooLarge(
            f"The request has more than {MAX_BYTES // 2**20} MB; delete drafts, or "
            "spread the masks over several tasks."
        ) from None
    if not isinstance(body, dict):
        raise Malformed("The body is not a JSON object.")
    if request.path.endswith("/predict"):
        _make_sound(body)
    return body


def _make_sound(body: dict[str, Any]) -> None:
    tasks = body.get("tasks")
    if tasks is None:
        tasks = body["tasks"] = []
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InvalidInput('"tasks" must be a list of Label Studio tasks.')
    params = body.get("params")
    given = params if isinstance(params, dict) else {}
    body["params"] = {key: given[key] for key in _PARAMS if key in given}
