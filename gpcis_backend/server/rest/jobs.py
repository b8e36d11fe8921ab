"""Long work: its state, its end, its result."""

from typing import Any

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from gpcis_backend.errors import NotFound
from gpcis_backend.server.jobs import Job
from gpcis_backend.server.rest.services import services

jobs_api = Blueprint("jobs", __name__)


@jobs_api.get("/jobs/<job_id>")
def read_job(job_id: str) -> ResponseReturnValue:
    """How far the work is; 404."""
    return show_job(services().jobs.get(job_id))


@jobs_api.delete("/jobs/<job_id>")
def cancel_job(job_id: str) -> ResponseReturnValue:
    """Stop the work; what has ended is forgotten with its result; 404."""
    return show_job(services().jobs.cancel(job_id))


@jobs_api.get("/jobs/<job_id>/result")
def job_result(job_id: str) -> ResponseReturnValue:
    """The file that the work made; 404 until then."""
    job = services().jobs.get(job_id)
    if job.state != "done" or job.result is None or not job.result.is_file():
        raise NotFound("This job has no result, or not yet.")
    name = job.result.name
    return send_file(
        job.result, "application/zip", as_attachment=True, download_name=name
    )


def show_job(job: Job) -> dict[str, Any]:
    """The job for JSON."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": round(job.progress, 4),
        "elapsed_ms": round(1000 * job.elapsed, 1),
        "median_ms": services().jobs.median_ms(job.kind),
        "error": job.error,
    }
