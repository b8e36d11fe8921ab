"""Answers of a web server that bring no image, and what the operator can do."""

from gpcis_backend.errors import FetchFailed
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.label_studio.fetching.urls import WebUrl, shortened
from gpcis_backend.server.label_studio.fetching.wire import Reply

_LEGACY_OFF = b"legacy token authentication has been disabled"
_LOCAL_FILES = "/data/local-files"
_LOCAL_OFF = b"local_files_serving_enabled"
_LOCAL_HINT = (
    "Start Label Studio with LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and add a "
    "Local Files storage that holds this folder in the project's Settings > Cloud "
    "Storage; without one every local file is 404."
)
_LOG_HINT = "Look into Label Studio's log, then open the task again."
_UPLOAD_HINT = (
    "Check that the upload still exists: Label Studio 1.23 answers 500 for one that "
    f"does not. {_LOG_HINT}"
)
_CLOUD_PATHS = ("/presign/", "/resolve/")
_SNIFFED = 512


def refusal(reply: Reply, url: WebUrl, access: Access | None) -> FetchFailed | None:
    """What is wrong with ``reply``; None if it may be an image.

    Args:
        reply: Not a redirect.
        url: Where it came from.
        access: Of the Label Studio at ``url``, None if that is another server.
    """
    if reply.status == 200:
        return _content_refusal(reply, url, access)
    if access is None:
        return _other_refusal(reply.status, url)
    shown = shortened(str(url)) if _LOCAL_FILES in url.path else url.shown
    reason = f"Label Studio answered {shown} with status {reply.status}"
    if reply.status in (401, 403):
        return FetchFailed(*_access_refusal(reply, reason, access))
    if reply.status == 404:
        return FetchFailed(f"{reason} (not found).", _missing_hint(url))
    return FetchFailed(
        f"{reason}.", _UPLOAD_HINT if "/data/upload/" in url.path else _LOG_HINT
    )


def _content_refusal(
    reply: Reply, url: WebUrl, access: Access | None
) -> FetchFailed | None:
    start = reply.body[:_SNIFFED].lstrip().lower()
    is_page = start.startswith((b"<!doctype html", b"<html"))
    if is_page or "text/html" in reply.headers.get("content-type", "").lower():
        who = "Label Studio" if access is not None else url.origin
        token = ": is the token right?" if access is not None else "."
        return FetchFailed(
            f"{who} answered with a web page instead of an image{token}",
            f"Open {url.shown} in a private browser window to see the page.",
        )
    if not reply.body:
        return FetchFailed(f"{url.shown} is empty.", "Upload the image again.")
    return None


def _access_refusal(reply: Reply, reason: str, access: Access) -> tuple[str, str]:
    if _LEGACY_OFF in reply.body.lower():
        return (
            f"{reason}: legacy token authentication has been disabled there.",
            "Put a personal access token into LABEL_STUDIO_API_KEY, or let an owner "
            "turn on Legacy Tokens under Organization > API Tokens Settings.",
        )
    if _LOCAL_OFF in reply.body.lower():
        return f"{reason}: it serves no local files.", _LOCAL_HINT
    if not access.token:
        return (
            f"{reason}: it needs a token.",
            "Set LABEL_STUDIO_API_KEY to a token from Label Studio's Account & "
            "Settings page.",
        )
    return (
        f"{reason}: the token is wrong, or its user may not see this image.",
        "Set LABEL_STUDIO_API_KEY to a token of a member of the project.",
    )


def _missing_hint(url: WebUrl) -> str:
    if _LOCAL_FILES in url.path:
        return _LOCAL_HINT
    if url.path.endswith(_CLOUD_PATHS):
        return (
            "Connect a source storage for this bucket in the project's Settings > "
            "Cloud Storage, and check its credentials."
        )
    return (
        "The file is gone, or LABEL_STUDIO_URL is another Label Studio than the one "
        "the task belongs to."
    )


def _other_refusal(status: int, url: WebUrl) -> FetchFailed:
    reason = f"{url.shown} answered with status {status}."
    if status in (401, 403):
        return FetchFailed(
            reason,
            "Only public images and those of LABEL_STUDIO_URL can be fetched; private "
            "buckets go through a storage connected to Label Studio.",
        )
    return FetchFailed(reason, "Check the image's address in the task's data.")
