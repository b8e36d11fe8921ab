"""All rooms of the API under one roof."""

from time import perf_counter

from flask import Blueprint, Response, g, request

from gpcis_backend.server.rest.annotation import annotation_api
from gpcis_backend.server.rest.health import health_api
from gpcis_backend.server.rest.images import images_api
from gpcis_backend.server.rest.jobs import jobs_api
from gpcis_backend.server.rest.openapi import openapi_api
from gpcis_backend.server.rest.segment import segment_api
from gpcis_backend.server.rest.services import services
from gpcis_backend.server.rest.transfer import transfer_api

_ROOMS = (
    health_api,
    images_api,
    segment_api,
    annotation_api,
    jobs_api,
    transfer_api,
    openapi_api,
)


def make_api() -> Blueprint:
    """REST API v1, under ``/api/v1``."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    for room in _ROOMS:
        api.register_blueprint(room)
    api.before_request(_begin)
    api.after_request(_note)
    return api


def _begin() -> None:
    g.gpcis_begun = perf_counter()


def _note(answer: Response) -> Response:
    kind = (request.endpoint or "").rpartition(".")[2]
    begun = g.get("gpcis_begun")
    if begun is not None:
        services().timings.note(kind, 1000 * (perf_counter() - begun))
    return answer
