"""A file on a web server that keeps or breaks every promise a server can make."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event

from gpcis_backend.data.archives.download import Patience
from web_stub import Answer, Raw, Seen

IMPATIENT = Patience(connect_s=2, read_s=0.3, tries=3, pause_s=0.001)
_HUNG_S = 8  # so that a lost time limit fails a test instead of hanging it


@dataclass
class Hosted:
    """Answers for one file; a responder of ``WebStub``.

    Args:
        content: The file.
        breaks: After so many bytes the 1st, 2nd, .. answer ends too early.
        has_range: Whether parts can be asked for.
        etag: Of the file; empty for none.
    """

    content: bytes
    breaks: Sequence[int] = ()
    has_range: bool = True
    etag: str = '"one"'
    asked: list[Seen] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Answer:
        self.asked.append(seen)
        start = self._start(seen)
        total = len(self.content)
        body = self.content[start:]
        headers = {"Content-Length": str(len(body)), "ETag": self.etag}
        status = 200
        if start:
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
            status = 206
        if start >= total:
            return Answer(b"", 416, {"Content-Range": f"bytes */{total}"})
        number = len(self.asked) - 1
        if number < len(self.breaks):
            body = body[: self.breaks[number]]
        return Answer(body, status, headers)

    @property
    def ranges(self) -> list[str]:
        """What was asked for, "" for all of it."""
        return [seen.headers.get("range", "") for seen in self.asked]

    def _start(self, seen: Seen) -> int:
        wanted = seen.headers.get("range", "")
        if not (wanted and self.has_range):
            return 0
        if seen.headers.get("if-range", self.etag) != self.etag:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))


@dataclass(frozen=True)
class Hanging(Raw):
    """Writes its start, then nothing more, and does not hang up either."""

    def write(self, handler: BaseHTTPRequestHandler, closing: Event) -> None:
        handler.close_connection = True
        handler.wfile.write(self.start)
        closing.wait(_HUNG_S)
