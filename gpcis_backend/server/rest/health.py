"""How the server is."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gpcis_backend import __version__
from gpcis_backend.clicks.click import MAX_CLICKS
from gpcis_backend.inference.predictor import has_latent, has_preview
from gpcis_backend.server.label_studio.screen import MAX_BYTES as MAX_PREDICT_BYTES
from gpcis_backend.server.project.document import MAX_BYTES as MAX_DOCUMENT_BYTES
from gpcis_backend.server.rest.services import model_state, services
from gpcis_backend.server.rle import MAX_RUNS

health_api = Blueprint("health", __name__)

_STATUS = {"ready": "ok", "loading": "loading", "failed": "no_model"}


@health_api.get("/health")
def health() -> ResponseReturnValue:
    """Whether the server can answer clicks, what it can do, and its limits."""
    found = services()
    settings = found.settings
    return {
        "status": _STATUS[found.model.state],
        "version": __version__,
        "model": model_state(),
        "limits": {
            "upload_bytes": settings.max_upload_bytes,
            "pixels": settings.max_pixels,
            "json_bytes": settings.max_json_bytes,
            "annotation_bytes": MAX_DOCUMENT_BYTES,
            "predict_bytes": MAX_PREDICT_BYTES,
            "clicks": MAX_CLICKS,
            "runs": MAX_RUNS,
        },
        "features": _features(),
        "storage": "disk" if settings.keeps_uploads else "memory",
    }


@health_api.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Caches, queues, and how long calls took lately."""
    found = services()
    stats = {"cache": {}, "queue": {"waiting": 0}}
    if found.model.state == "ready":
        stats = found.model.engine().to_stats()
    return {**stats, "jobs": found.jobs.to_stats(), "calls": found.timings.to_json()}


def _features() -> dict[str, bool]:
    slot = services().model
    model = slot.engine().predictor if slot.state == "ready" else None
    return {
        "preview": has_preview(model),
        "uncertainty": has_latent(model),
        "influence": False,
        "next_click": False,
        "calibrated": model is not None and model.calibration.is_trusted,
    }
