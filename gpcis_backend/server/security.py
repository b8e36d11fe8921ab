"""Who may call, and what every answer forbids the browser to do (ui.md section 7)."""

import hmac
from dataclasses import dataclass, field

from flask import Flask, Response, current_app, request

from gpcis_backend.server.problems import BadHost, ForbiddenOrigin, Unauthorized

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


@dataclass(frozen=True, slots=True)
class Login:
    """User and password of HTTP Basic."""

    user: str
    password: str = field(repr=False)


def guard(
    app: Flask, allowed_hosts: frozenset[str] | None, login: Login | None = None
) -> None:
    """Refuse foreign hosts, strangers and origins; add headers to every answer.

    Args:
        app: To be guarded.
        allowed_hosts: Names that a Host header may carry; None where any may.
        login: What callers must know; None where nothing is asked.
    """
    app.config["GPCIS_ALLOWED_HOSTS"] = allowed_hosts
    app.config["GPCIS_LOGIN"] = login
    app.before_request(_check_host)
    app.before_request(_check_login)
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


def _check_login() -> None:
    """HTTP Basic, which browsers and Label Studio both speak."""
    login: Login | None = current_app.config["GPCIS_LOGIN"]
    if login is None:
        return
    given = request.authorization
    user = given.username if given and given.username else ""
    password = given.password if given and given.password else ""
    is_user = hmac.compare_digest(user.encode(), login.user.encode())
    is_password = hmac.compare_digest(password.encode(), login.password.encode())
    if not (is_user and is_password):
        raise Unauthorized("Log in with the user and password of this server.")


def _check_origin() -> None:
    """Only our page and programs send the header; other sites may not.

    Label Studio's server does not send it, but JSON, as no form of a web page can.
    """
    if request.method in ("GET", "HEAD"):
        return
    if request.path.startswith("/api/") and request.headers.get("X-GPCIS") != "1":
        raise ForbiddenOrigin("Calls that change something need the header X-GPCIS: 1.")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise ForbiddenOrigin("Calls from other web sites are not allowed.")


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="GPCIS"'
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _host_name(host: str) -> str:
    """The Host header without its port; IPv6 loses its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
