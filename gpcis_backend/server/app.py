"""The Flask application: page, REST API and Label Studio's protocol in one process."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from pydantic_core import from_json

from gpcis_backend.server.label_studio.routes import protocol
from gpcis_backend.server.label_studio.service import Service
from gpcis_backend.server.library.folder import FolderImages
from gpcis_backend.server.library.library import Library, Uploads
from gpcis_backend.server.library.memory import ImageStore
from gpcis_backend.server.library.uploads import UploadFolder
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.problems import register_problems
from gpcis_backend.server.project.classes import Classes
from gpcis_backend.server.project.documents import Documents
from gpcis_backend.server.rest.api import make_api
from gpcis_backend.server.rest.services import Services
from gpcis_backend.server.security import guard
from gpcis_backend.server.settings import Settings
from gpcis_backend.server.static import pages


class _FastJson(DefaultJSONProvider):
    """Reads large bodies, such as Label Studio's drafts, in half the time."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401
        """The value of a JSON text; ``ValueError`` if it is none."""
        return from_json(s)


def create_app(
    settings: Settings, model: ModelSlot, uploads: Uploads | None = None
) -> Flask:
    """The application around a model.

    Args:
        settings: Limits, and where page, images and annotations lie.
        model: If there is none, the page and ``health`` say why.
        uploads: Keeps uploaded images; None for what the settings say.

    Raises:
        InvalidInput: A folder of the settings is none, or a class name is impossible.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_bytes
    app.config["GPCIS_WEB_DIR"] = settings.web_dir
    app.json = _FastJson(app)
    app.extensions["gpcis"] = Services(
        settings,
        model,
        _library(settings, uploads or _uploads(settings)),
        Documents(),
        Classes(settings.classes_path, settings.class_names),
    )
    app.extensions["gpcis_label_studio"] = Service(settings, model)
    guard(app, settings.rules)
    register_problems(app)
    app.register_blueprint(make_api())
    app.register_blueprint(protocol)
    app.register_blueprint(pages)
    return app


def _uploads(settings: Settings) -> Uploads:
    if settings.data_dir is None:
        return ImageStore(settings.store_bytes)
    return UploadFolder(settings.data_dir / "uploads", settings.annotations_dir)


def _library(settings: Settings, uploads: Uploads) -> Library:
    folder = None
    if settings.images_dir is not None:
        folder = FolderImages(
            settings.images_dir,
            settings.annotations_dir,
            settings.max_upload_bytes,
            settings.max_pixels,
        )
    return Library(uploads, folder, settings.annotations_dir)
