"""Entry for label-studio-ml's own servers, 1.0.9 and 2.x; ``gpcis serve`` needs it not.

    gunicorn --workers 1 --threads 16 gpcis_backend.server._wsgi:app

Both servers take the prediction class as it is.  What they would answer with a
traceback is put right before they see a call: JSON that is none, fields that are null,
a labeling config that cannot be read; and in 1.0.9 a prediction before the first setup,
and a webhook, which would start a process.
"""

import os
from typing import Any

from flask import Flask, Response, jsonify, request

from gpcis_backend.errors import GpcisError
from gpcis_backend.server.label_studio.backend import GpcisBackend
from gpcis_backend.server.label_studio.labeling import check_config
from gpcis_backend.server.label_studio.screen import MAX_BYTES, call_body

from label_studio_ml import api, model  # isort: skip  # after ``backend``, which says where it may write

_manager: Any = getattr(model, "LabelStudioMLManager", None)  # of 1.0.9 only
_CONFIG = {"/setup": "schema", "/predict": "label_config"}


def _screen() -> Response | None:
    """Answer what the host cannot; else leave a body that it can take."""
    if request.path == "/versions":
        return jsonify(versions=[GpcisBackend.shared().model_version])
    if request.method != "POST":
        return None
    if request.path == "/webhook":
        return jsonify(status="ignored")
    if request.path not in _CONFIG:
        answer = jsonify(error="There is nothing here.", code="not_found", hint="")
        answer.status_code = 404
        return answer
    try:
        body = call_body()
    except GpcisError as error:
        trouble = GpcisBackend.shared().journal.note(request.path.strip("/"), error)
        answer = jsonify(error=trouble.error, code=trouble.code, hint=trouble.hint)
        answer.status_code = error.status
        return answer
    _make_sound(body)
    return None


def _make_sound(body: dict[str, Any]) -> None:
    """Remember what ``/setup`` tells; leave nothing on which a host fails."""
    project = body["project"] = str(body.get("project") or "")
    if request.path == "/setup":
        place = body.get("hostname"), body.get("access_token")
        GpcisBackend.shared().remember(project, *place, request.remote_addr)
    field = _CONFIG[request.path]
    try:
        check_config(body.get(field))
    except GpcisError as error:
        GpcisBackend.shared().journal.note(request.path.strip("/"), error)
        body[field] = None
    has_none = _manager is not None and not _manager._current_model
    if request.path == "/predict" and has_none:
        _manager.fetch(project)


def _make_app() -> Flask:
    options = {} if _manager is None else {"model_dir": os.environ["MODEL_DIR"]}
    made: Flask = api.init_app(model_class=GpcisBackend, **options)
    made.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    made.before_request_funcs.setdefault(None, []).insert(0, _screen)  # before theirs
    return made


app = _make_app()
GpcisBackend.shared()  # so that the weights are loaded before the first click
