"""Who may call, and what every answer forbids the browser to do (ui.md section 7)."""

from dataclasses import dataclass, field

from flask import Flask, Response, current_app, request

from gpcis_backend.server.access import Door
from gpcis_backend.server.crowd import Crowd
from gpcis_backend.server.problems import BadHost, ForbiddenOrigin, Unauthorized

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors "
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_ALLOWED = "Authorization, Content-Type, If-Match, If-None-Match, X-GPCIS"
_EXPOSED = "Content-Disposition, ETag, Retry-After, X-GPCIS-SHA256, X-GPCIS-Size"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a server lets in.

    Args:
        allowed_hosts: Names that a Host header may carry; None where any may.
        door: What callers must know.
        cors_origins: Other sites whose pages may call, such as https://a.example.
        frame_ancestors: Other sites that may show the page in a frame.
        max_calls: At once, of one address.
    """

    allowed_hosts: frozenset[str] | None = None
    door: Door = field(default_factory=Door)
    cors_origins: frozenset[str] = frozenset()
    frame_ancestors: tuple[str, ...] = ()
    max_calls: int = 8

    @property
    def csp(self) -> str:
        """The Content-Security-Policy."""
        return _CSP + (" ".join(self.frame_ancestors) or "'none'")


def guard(app: Flask, rules: Rules) -> None:
    """Refuse foreign hosts, strangers and origins; add headers to every answer.

    Args:
        app: To be guarded.
        rules: Kept in its config.
    """
    app.config["GPCIS_RULES"] = rules
    app.before_request(_check_host)
    app.before_request(_answer_preflight)
    app.before_request(_check_door)
    app.before_request(_check_origin)
    Crowd(rules.max_calls).watch(app)
    app.after_request(_add_headers)


def _rules() -> Rules:
    rules: Rules = current_app.config["GPCIS_RULES"]
    return rules


def _check_host() -> None:
    """A page elsewhere may point its own name at this address (DNS rebinding)."""
    allowed = _rules().allowed_hosts
    if (
        allowed is not None
        and _host_name(request.headers.get("Host", "")) not in allowed
    ):
        raise BadHost(
            "Call this server by the name it was started for, such as localhost, "
            "or start it with --trusted-host NAME."
        )


def _answer_preflight() -> Response | None:
    """What a browser asks before it lets another site's page call."""
    is_preflight = (
        request.method == "OPTIONS"
        and "Access-Control-Request-Method" in request.headers
    )
    if not (is_preflight and _is_known_origin()):
        return None
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, DELETE"
    answer.headers["Access-Control-Allow-Headers"] = _ALLOWED
    answer.headers["Access-Control-Max-Age"] = "600"
    return answer


def _check_door() -> None:
    """HTTP Basic or a bearer token; with a token alone the page is for all.

    The page holds no data, and takes the token from its address.
    """
    door = _rules().door
    is_page = request.blueprint == "pages" and door.login is None
    if door.is_open or is_page or door.lets_in(request.authorization):
        return
    raise Unauthorized(
        "Log in with the user and password of this server."
        if door.login is not None
        else "Send the token that the server printed at its start."
    )


def _check_origin() -> None:
    """Only our page and programs send the header; other sites may not.

    Label Studio's server does not send it, but JSON, as no form of a web page can.
    """
    if request.method in ("GET", "HEAD"):
        return
    if request.path.startswith("/api/") and request.headers.get("X-GPCIS") != "1":
        raise ForbiddenOrigin("Calls that change something need the header X-GPCIS: 1.")
    is_foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if is_foreign and not _is_known_origin():
        raise ForbiddenOrigin("Calls from other web sites are not allowed.")


def _is_known_origin() -> bool:
    is_api = request.path.startswith("/api/")
    return is_api and request.headers.get("Origin") in _rules().cors_origins


def _add_headers(response: Response) -> Response:
    rules = _rules()
    response.headers.setdefault("Content-Security-Policy", rules.csp)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    is_api = request.path.startswith("/api/")
    if response.status_code == 401:
        scheme = "Bearer" if is_api and rules.door.login is None else "Basic"
        response.headers["WWW-Authenticate"] = f'{scheme} realm="GPCIS"'
    if is_api:
        response.headers.setdefault("Cache-Control", "no-store")
    if rules.cors_origins and is_api:
        response.vary.add("Origin")
        if _is_known_origin():
            origin = request.headers["Origin"]
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    return response


def _host_name(host: str) -> str:
    """The Host header without its port; IPv6 loses its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
