"""One question to a web server and its answer, bounded in time and bytes.

``http.client`` on a socket of our own: the connection goes to an address that has been
checked, TLS verifies the name all the same, no redirect is followed, nothing is
unpacked, no proxy of the environment is used, and every single wait, for headers too,
ends at one deadline.
"""

import io
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from time import monotonic
from typing import Any, cast

from gpcis_backend.errors import FetchFailed, TooLarge
from gpcis_backend.server.label_studio.fetching.addresses import (
    Resolver,
    addresses_of,
    system_resolver,
)
from gpcis_backend.server.label_studio.fetching.urls import Origin, WebUrl

_PIECE = 2**16
_ERROR_BYTES = 2**12  # of an answer that is not 200: enough for its message


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much.

    Args:
        connect_s: Seconds to connect to one address.
        read_s: Seconds without a byte.
        total_s: Seconds for an image, redirects included.  Renewing a token may take
            ``read_s`` more.
        max_bytes: Of one body.
    """

    connect_s: float = 10
    read_s: float = 10
    total_s: float = 30
    max_bytes: int = 50 * 10**6


class Deadline:
    """A moment after which nothing is waited for.

    Args:
        seconds: From now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self, at_most: float) -> float:
        """Seconds that the next step may wait.

        Raises:
            TimeoutError: None is left.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, at_most)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Args:
        status: HTTP status.
        headers: By lower-case name.
        body: All of it for status 200, else its beginning.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Wire:
    """The way to the network.

    Args:
        limits: Of every question.
        resolver: From names to addresses.
        tls: Whom to trust; the system's certificates if None.
    """

    limits: Limits = field(default_factory=Limits)
    resolver: Resolver = system_resolver
    tls: ssl.SSLContext | None = None

    def ask(
        self,
        url: WebUrl,
        *,
        is_trusted: bool,
        deadline: Deadline,
        headers: Mapping[str, str],
        post: bytes | None = None,
    ) -> Reply:
        """Send GET, or POST with a body, and read the answer.

        Args:
            url: Where to.
            is_trusted: The operator named this host; see ``addresses_of``.
            deadline: Of the whole image.
            headers: Added to Host and Accept-Encoding.
            post: JSON to be posted.

        Raises:
            FetchFailed: No answer, a broken one, or the host may not be called.
            TooLarge: The body exceeds the limit.
        """
        addresses = addresses_of(url.origin, self.resolver, is_trusted=is_trusted)
        try:
            with closing(self._connect(url.origin, addresses, deadline)) as sock:
                channel = _Channel(sock, deadline, self.limits.read_s)
                return self._talk(channel, url, headers, post)
        except (OSError, HTTPException, ValueError) as error:
            raise _explained(error, url) from None

    def _connect(
        self, origin: Origin, addresses: Sequence[str], deadline: Deadline
    ) -> socket.socket:
        """A socket to the first address that answers, in TLS where asked for."""
        problem: OSError = OSError("no address")
        for address in addresses:
            wait = deadline.left(self.limits.connect_s)
            try:
                raw = socket.create_connection((address, origin.port), wait)
                break
            except OSError as error:
                problem = error
        else:
            raise problem
        if origin.scheme == "http":
            return raw
        tls = self.tls or _system_tls()
        with closing(raw):  # wrapping takes the connection away from it
            raw.settimeout(deadline.left(self.limits.connect_s))
            try:
                return tls.wrap_socket(raw, server_hostname=origin.host)
            except ConnectionError:  # so do some servers that speak plain HTTP
                raise ssl.SSLError("hung up") from None

    def _talk(
        self,
        channel: "_Channel",
        url: WebUrl,
        headers: Mapping[str, str],
        post: bytes | None,
    ) -> Reply:
        sent = {"Host": url.origin.authority, "Accept-Encoding": "identity", **headers}
        connection = HTTPConnection(url.origin.host, url.origin.port)
        connection.sock = cast(Any, channel)  # all of a socket that it uses
        method = "GET" if post is None else "POST"
        connection.request(method, url.target, post, {**sent, "Connection": "close"})
        with connection.getresponse() as response:
            got = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, got, self._body(response, got))

    def _body(self, response: HTTPResponse, headers: Mapping[str, str]) -> bytes:
        if response.status != 200:
            return response.read(_ERROR_BYTES)
        _check_plain(headers)
        expected = response.length  # None: until the connection ends, or in chunks
        if expected is not None and expected > self.limits.max_bytes:
            raise _too_large(self.limits.max_bytes)
        body = bytearray()
        while piece := response.read1(_PIECE):
            body += piece
            if len(body) > self.limits.max_bytes:
                raise _too_large(self.limits.max_bytes)
        if expected is not None and len(body) < expected:
            raise HTTPException("the body broke off")
        return bytes(body)


@cache
def _system_tls() -> ssl.SSLContext:
    """Reads some hundred certificates, hence once."""
    return ssl.create_default_context()


class _Channel(io.RawIOBase):
    """A socket as ``http.client`` uses it; each wait ends at the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline, read_s: float) -> None:
        self._sock, self._deadline, self._read_s = sock, deadline, read_s

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left(self._read_s))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # typeshed's own type is private
        self._sock.settimeout(self._deadline.left(self._read_s))
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        """Nothing: who connected the socket closes it, after the body."""


def _check_plain(headers: Mapping[str, str]) -> None:
    """Packed answers are not unpacked: a small one may hold any number of bytes."""
    content = headers.get("content-encoding", "identity").strip().lower()
    transfer = headers.get("transfer-encoding", "chunked").strip().lower()
    if content not in ("", "identity") or transfer not in ("chunked", "identity"):
        raise FetchFailed(
            "The server sent the image compressed, though asked for it as it is.",
            "Turn off compression of images in that server or its proxy.",
        )


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        f"The image has more than {max_bytes / 1e6:g} MB, the limit of one file; "
        "save it smaller or as JPEG."
    )


def _explained(error: Exception, url: WebUrl) -> FetchFailed:
    """What a failed connection means for the operator."""
    where = url.shown
    if isinstance(error, TimeoutError):
        return FetchFailed(
            f"{where} did not deliver in time.",
            "Check that the server is up, reachable from here and not overloaded.",
        )
    if isinstance(error, ssl.SSLError):
        return FetchFailed(
            f"The encrypted connection to {url.origin} failed: {_tls_reason(error)}.",
            "Check https against http and the port; for a certificate of your own "
            "authority, set SSL_CERT_FILE to its file.",
        )
    if isinstance(error, ConnectionRefusedError):
        return FetchFailed(f"Nothing listens at {url.origin}.", _refused_hint(url))
    if isinstance(error, OSError) and not isinstance(error, HTTPException):
        return FetchFailed(
            f"{url.origin} cannot be reached ({error.strerror or 'no connection'}).",
            "Check the address and the network between this machine and that host.",
        )
    return FetchFailed(
        f"{where} broke off or did not answer in HTTP.",
        "Check that the address and port belong to a web server, and try again.",
    )


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or "no TLS").lower().replace("_", " ")


def _refused_hint(url: WebUrl) -> str:
    if url.origin.is_loopback:
        return (
            "Start Label Studio there. Inside a container, localhost is the container "
            "itself: set LABEL_STUDIO_URL to an address that is reachable from here, "
            "such as http://label-studio:8080 or http://host.docker.internal:8080."
        )
    return "Check the port, and that the server runs and is reachable from here."
