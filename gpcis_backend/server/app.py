"""The Flask application: page, REST API and Label Studio's protocol in one process."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from pydantic_core import from_json

from gpcis_backend.server.label_studio.routes import protocol
from gpcis_backend.server.label_studio.service import Service
from gpcis_backend.server.mailbox import Mailbox
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.problems import register_problems
from gpcis_backend.server.routes import Services, api
from gpcis_backend.server.security import guard
from gpcis_backend.server.settings import Settings
from gpcis_backend.server.static import pages
from gpcis_backend.server.store import ImageStore


class _FastJson(DefaultJSONProvider):
    """Reads large bodies, such as Label Studio's drafts, in half the time."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401
        """The value of a JSON text; ``ValueError`` if it is none."""
        return from_json(s)


def create_app(settings: Settings, model: ModelSlot, store: ImageStore) -> Flask:
    """The application around a model.

    Args:
        settings: Limits and where the page lies.
        model: If there is none, the page and ``health`` say why.
        store: Keeps the uploads.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_bytes
    app.config["GPCIS_WEB_DIR"] = settings.web_dir
    app.extensions["gpcis"] = Services(settings, model, store, Mailbox())
    app.json = _FastJson(app)
    app.extensions["gpcis_label_studio"] = Service(settings, model)
    guard(app, settings.allowed_hosts, settings.login)
    register_problems(app)
    app.register_blueprint(api)
    app.register_blueprint(protocol)
    app.register_blueprint(pages)
    return app
