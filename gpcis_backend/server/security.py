"""Who may call, and what every answer forbids the browser to do (ui.md section 7)."""

from flask import Flask, Response, current_app, request

from gpcis_backend.server.problems import BadHost, ForbiddenOrigin

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def guard(app: Flask, allowed_hosts: frozenset[str] | None) -> None:
    """Refuse foreign hosts and origins; add the security headers to every answer.

    Args:
        app: To be guarded.
        allowed_hosts: Names that a Host header may carry; None where any may.
    """
    app.config["GPCIS_ALLOWED_HOSTS"] = allowed_hosts
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_add_headers)


def _check_host() -> None:
    """A page elsewhere may point its own name at this address (DNS rebinding)."""
    allowed = current_app.config["GPCIS_ALLOWED_HOSTS"]
    if (
        allowed is not None
        and _host_name(request.headers.get("Host", "")) not in allowed
    ):
        raise BadHost(
            "Call this server by the name it was started for, such as localhost, "
            "or add the name to GPCIS_TRUSTED_HOSTS."
        )


def _check_origin() -> None:
    """Only our page and programs send the header; other sites may not."""
    if request.method in ("GET", "HEAD"):
        return
    if request.headers.get("X-GPCIS") != "1":
        raise ForbiddenOrigin("Calls that change something need the header X-GPCIS: 1.")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise ForbiddenOrigin("Calls from other web sites are not allowed.")


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _host_name(host: str) -> str:
    """The Host header without its port; IPv6 loses its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
