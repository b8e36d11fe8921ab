"""Label Studio's two kinds of tokens, and whose token may be used where.

A legacy token (40 hex digits) is sent as it is.  A personal access token is a JWT that
only buys access tokens, valid for five minutes, at ``/api/token/refresh``.
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gpcis_backend.errors import FetchFailed, GpcisError, InvalidInput
from gpcis_backend.server.label_studio.fetching.urls import Origin, WebUrl, is_loopback
from gpcis_backend.server.label_studio.fetching.wire import Deadline, Reply, Wire

_EARLY_S = 60  # renewed before it ends, so that a slow transfer does not outlive it
_UNKNOWN_LIFE_S = 120
_RENEW_PATH = "/api/token/refresh"


@dataclass(frozen=True)
class Access:
    """A Label Studio server and a token for it, which is never shown.

    Args:
        url: Base address, with a path where Label Studio has one.
        token: Legacy token or personal access token; empty if there is none.

    Raises:
        InvalidInput: The address is not http(s), or the token cannot be one.
    """

    url: str
    token: str = field(repr=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.url.strip().rstrip("/"))
        object.__setattr__(self, "token", self.token.strip())
        try:
            self._parsed()
        except FetchFailed:
            raise InvalidInput(
                "Label Studio's address must look like http://localhost:8080, "
                "without user name, password or query."
            ) from None
        if not (self.token.isascii() and self.token.isprintable()) or " " in self.token:
            raise InvalidInput("The Label Studio token holds characters of no token.")

    @classmethod
    def claimed(cls, hostname: object, token: object) -> "Access | None":
        """What the body of ``/setup`` claims; None if it is unusable."""
        try:
            return cls(str(hostname or ""), str(token or ""))
        except GpcisError:
            return None

    @property
    def origin(self) -> Origin:
        """The only one that may see the token."""
        return self._parsed().origin

    def at(self, target: str) -> WebUrl:
        """The address of a path of this Label Studio.

        Args:
            target: Starts with one slash, with or without Label Studio's own path.
        """
        base = self._parsed()
        prefix = base.path.rstrip("/")
        has_prefix = not prefix or target.startswith(f"{prefix}/")
        return WebUrl.parse(f"{base.origin}{'' if has_prefix else prefix}{target}")

    def _parsed(self) -> WebUrl:
        url = WebUrl.parse(self.url)
        if "?" in self.url or "#" in self.url:
            raise FetchFailed("It has a query.", "")
        return url


def choose_access(
    configured: Access | None, claimed: Access | None, peer: str | None
) -> Access | None:
    """The access to use after ``/setup``, which anybody may have called.

    Args:
        configured: LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.
        claimed: Hostname and token of ``/setup``.
        peer: Network address of its caller.

    Returns:
        The configured one, with the claimed token if it lacks one and the origins are
        the same; with none configured the claimed one, if all is on this machine.
    """
    if configured is not None:
        is_same = claimed is not None and claimed.origin == configured.origin
        if claimed is not None and is_same and not configured.token:
            return replace(configured, token=claimed.token)
        return configured
    if claimed is None or peer is None:
        return None
    return claimed if claimed.origin.is_loopback and is_loopback(peer) else None


class TokenSource:
    """Values of the Authorization header for one Label Studio; safe for threads.

    Args:
        access: Whose token.
        wire: The way to Label Studio.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        access: Access,
        wire: Wire | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.access = access
        self.is_personal = _claims(access.token) is not None
        self._wire = wire or Wire()
        self._clock = clock
        self._lock = threading.Lock()
        self._bearer = ""
        self._failure: GpcisError | None = None
        self._num_asked = 0
        self._renew_at = float("-inf")

    def authorization(self, *, renew: bool = False) -> str:
        """``Token ...`` or ``Bearer ...``; empty without a token.

        Args:
            renew: The last one was refused.  Threads that ask at the same time share
                one renewal and its failure; a legacy token stays what it is.

        Raises:
            FetchFailed: Label Studio does not renew the personal access token.
        """
        if not self.is_personal:
            return f"Token {self.access.token}" if self.access.token else ""
        seen = self._num_asked
        with self._lock:
            is_asked = self._num_asked != seen  # by another thread, since we came
            if not is_asked and (renew or self._clock() >= self._renew_at):
                self._renew()
            if self._failure is not None:
                raise self._failure
            return f"Bearer {self._bearer}"

    def _renew(self) -> None:
        """Ask once; the outcome is for every thread that waits."""
        self._num_asked += 1
        self._renew_at, self._failure = float("-inf"), None
        try:
            self._bearer = self._bought()
        except GpcisError as failure:
            self._failure = failure
            return
        self._renew_at = self._clock() + _life_s(_claims(self._bearer) or {})

    def _bought(self) -> str:
        """A fresh access token."""
        reply = self._wire.ask(
            self.access.at(_RENEW_PATH),
            is_trusted=True,
            deadline=Deadline(self._wire.limits.read_s),
            headers={"Content-Type": "application/json"},
            post=json.dumps({"refresh": self.access.token}).encode(),
        )
        bearer = _bearer_in(reply)
        if bearer is None:
            raise _not_renewed(reply, self.access)
        return bearer


def _bearer_in(reply: Reply) -> str | None:
    if reply.status != 200:
        return None
    try:
        bearer = json.loads(reply.body)["access"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    is_usable = isinstance(bearer, str) and bearer.isascii() and bearer.isprintable()
    return bearer if is_usable else None


def _not_renewed(reply: Reply, access: Access) -> FetchFailed:
    reason = (
        f"Label Studio at {access.origin} does not accept the personal access token"
    )
    if reply.status in (400, 401, 403):
        return FetchFailed(
            f"{reason} (status {reply.status}).",
            "Create a new one under Account & Settings > Personal Access Token and "
            "put it into LABEL_STUDIO_API_KEY.",
        )
    return FetchFailed(
        f"{reason}: {_RENEW_PATH} answered with status {reply.status}.",
        "Check that LABEL_STUDIO_URL is the address of Label Studio itself.",
    )


def _life_s(claims: Mapping[str, Any]) -> float:
    """Seconds until a fresh token is renewed; its own two times know no clock skew."""
    end, start = claims.get("exp"), claims.get("iat", time.time())
    if not isinstance(end, int | float) or not isinstance(start, int | float):
        return _UNKNOWN_LIFE_S
    return max(end - start - _EARLY_S, (end - start) / 2)


def _claims(token: str) -> Mapping[str, Any] | None:
    """What a JWT says about itself, unverified; None if it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        head, body = (json.loads(_from_base64url(part)) for part in parts[:2])
    except (ValueError, RecursionError):
        return None
    if not isinstance(head, dict) or not isinstance(body, dict) or "alg" not in head:
        return None
    return body


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
