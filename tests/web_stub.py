"""A web server here that answers as a test says, and a pretended internet."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
_LONGEST_S = 8  # so that a lost deadline fails a test instead of hanging it
HTML = b"\n<!DOCTYPE html><html><body>Log in</body></html>"


@dataclass(frozen=True)
class Answer:
    """What a stub sends; Content-Length unless the headers say otherwise."""

    body: bytes = PICTURE
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    has_length: bool = True


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Responder: TypeAlias = Callable[[Seen], Answer]


class WebStub:
    """Answers by path, remembers what was asked; a context manager.

    Args:
        pages: By path; others are 404.  A ``Raw`` one writes to the socket itself.
        certificate: File of a certificate and its key, to speak TLS.
    """

    def __init__(
        self,
        pages: Mapping[str, "Answer | Responder | Raw"],
        certificate: Path | None = None,
    ) -> None:
        self.pages = dict(pages)
        self.seen: list[Seen] = []
        self.is_closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.target.partition("?")[0] == path]

    def __enter__(self) -> "WebStub":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass(frozen=True)
class Raw:
    """Bytes written to the socket as they are.

    Args:
        start: Written first, all at once.
        drip: Written again and again until the other side gives up, or long after.
        pause_s: Between two drips.
    """

    start: bytes
    drip: bytes = b""
    pause_s: float = 0

    def write(self, handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(self.start)
            end = time.monotonic() + _LONGEST_S
            while self.drip and not closing.is_set() and time.monotonic() < end:
                handler.wfile.write(self.drip)
                time.sleep(self.pause_s)
        except OSError:
            return


class Internet:
    """Names with public addresses whose connections end at stubs.

    Args:
        hosts: Stub by name.
    """

    def __init__(self, hosts: Mapping[str, WebStub]) -> None:
        self.hosts = dict(hosts)
        self.answers: dict[str, list[Sequence[str]]] = {}
        self.connected: list[tuple[str, int]] = []
        self._connect = socket.create_connection

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """The next answer laid out for ``host``, else its one public address."""
        if self.answers.get(host):
            return self.answers[host].pop(0)
        names = list(self.hosts)
        return [f"93.184.216.{names.index(host)}"] if host in names else []

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """In place of ``socket.create_connection``."""
        self.connected.append(address)
        if not address[0].startswith("93.184.216."):
            return self._connect(address, timeout)
        stub = list(self.hosts.values())[int(address[0].rpartition(".")[2])]
        return self._connect(("127.0.0.1", stub.port), timeout)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the tests are about."""


def _handler(stub: WebStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, self.rfile.read(length))
            stub.seen.append(seen)
            page = stub.pages.get(self.path.partition("?")[0], Answer(b"", 404))
            if isinstance(page, Raw):
                page.write(self, stub.is_closing)
            else:
                self._send(page if isinstance(page, Answer) else page(seen))

        do_POST = do_PATCH = do_GET

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.has_length and "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler
