"""One file from a web server, in as many connections as it takes.

What has come stays on disk and is asked for only once (Range, RFC 9110 section 14), as
long as the server says that the file is the same (If-Range).  Bytes are kept as they
come: some servers call a .tgz a compressed .tar.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Protocol

import requests
import urllib3

from gpcis_backend.data.archives.answers import (
    Body,
    Broken,
    headers_for,
    in_words,
    read_head,
)
from gpcis_backend.data.archives.partial import NoRoom, Partial, cannot_write
from gpcis_backend.errors import DataNotFound, InvalidInput

_PIECE = 2**15  # a connection that breaks loses one of them at most


class Watch(Protocol):
    """Is told how far the work has come."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """``done`` bytes of ``total``, None if unknown, of the step ``what``."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often.

    Args:
        connect_s: Seconds to connect.
        read_s: Seconds without a byte.
        tries: In a row that bring nothing new.
        pause_s: After the first of them; doubles with each further one.
        max_redirects: Of one request.
    """

    connect_s: float = 10
    read_s: float = 30
    tries: int = 5
    pause_s: float = 1
    max_redirects: int = 5


def free_bytes(folder: Path) -> int:
    """Room on the disk of ``folder``."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches files, one after the other.

    Args:
        watch: Is told how far it is.
        patience: With servers.
        free_bytes: Room at a place of the disk.
    """

    watch: Watch
    patience: Patience = Patience()
    free_bytes: Callable[[Path], int] = free_bytes

    def fetch(self, url: str, target: Path, num_bytes: int | None = None) -> None:
        """Bring the file at ``url`` to ``target``, from where an earlier call got to.

        Args:
            url: http or https.
            target: Missing; its folder is there.
            num_bytes: That the file has; None if unknown.

        Raises:
            InvalidInput: The address is none of the web.
            DataNotFound: The file cannot be had; what has come is kept where the next
                call may use it.
        """
        check_url(url)
        partial = Partial(target)
        most, failures = partial.size, 0
        with requests.Session() as session:
            session.max_redirects = self.patience.max_redirects
            while partial.size != num_bytes:
                try:
                    self._connect(session, url, partial, num_bytes)
                    break
                except Broken as problem:
                    failures = 0 if partial.size > most else failures + 1
                    most = max(most, partial.size)
                    if failures >= self.patience.tries:
                        raise _gave_up(url, partial, problem) from None
                sleep(self.patience.pause_s * 2 ** max(0, failures - 1))
        partial.finish()

    def _connect(
        self,
        session: requests.Session,
        url: str,
        partial: Partial,
        num_bytes: int | None,
    ) -> None:
        """Ask for what is missing and append it."""
        limits = (self.patience.connect_s, self.patience.read_s)
        headers = headers_for(url, partial)
        try:
            with session.get(url, headers=headers, stream=True, timeout=limits) as got:
                body = read_head(got, url, partial)
                if body is not None:
                    self._check_size(body, partial.target, num_bytes)
                    self._append(got, body, partial, num_bytes)
        except requests.TooManyRedirects:
            raise DataNotFound(
                f"{url} leads in a circle, or through more than "
                f"{session.max_redirects} redirects; pass another one with --url."
            ) from None
        except requests.exceptions.SSLError:
            raise DataNotFound(
                f"{url} has no certificate that this machine trusts; check its clock "
                "and certificates, or pass another address with --url."
            ) from None
        except (
            requests.ConnectionError,
            requests.Timeout,
            urllib3.exceptions.HTTPError,
        ) as error:
            raise Broken(in_words(error)) from None
        except requests.RequestException as error:
            raise DataNotFound(
                f"{url} cannot be asked for ({error}); pass another one with --url."
            ) from None

    def _check_size(self, body: Body, target: Path, num_bytes: int | None) -> None:
        """Compare the size with what it should be, and with the room there is."""
        total, url = body.origin.total, body.origin.url
        if total is not None and num_bytes is not None and total != num_bytes:
            raise DataNotFound(
                f"{url} offers {total} bytes, expected {num_bytes}: it is another file "
                f"than the published {target.name}; pass another address with --url."
            )
        missing = (total or num_bytes or 0) - body.start
        free = self.free_bytes(target.parent)
        if missing > free:
            raise NoRoom(
                f"{target.parent} has {free / 1e6:.1f} MB free, {target.name} needs "
                f"{missing / 1e6:.1f} MB more; make room or pass another --root."
            )

    def _append(
        self,
        answer: requests.Response,
        body: Body,
        partial: Partial,
        num_bytes: int | None,
    ) -> None:
        """Write what comes behind what is here, or from the first byte."""
        done, total = body.start, body.origin.total or num_bytes
        try:
            with partial.resume() if done else partial.begin(body.origin) as file:
                for piece in answer.raw.stream(_PIECE, decode_content=False):
                    file.write(piece)
                    done += len(piece)
                    self.watch(partial.target.name, done, total)
                    if total is not None and done > total:
                        break
        except urllib3.exceptions.ProtocolError:
            if total is None:
                raise
        except OSError as error:
            raise cannot_write(partial.path, error) from None
        if total is not None and done > total:
            partial.drop()
            raise Broken(f"more came than the {total} bytes announced")
        if total is not None and done < total:
            raise Broken(f"the connection ended after {done} of {total} bytes")


def check_url(url: str) -> None:
    """Refuse what is no address of the web.

    Raises:
        InvalidInput: It is not.
    """
    if not re.match(r"https?://[^/\s]+", url, re.IGNORECASE):
        raise InvalidInput(f'"{url}" is no address of the web: http:// or https:// ...')


def _gave_up(url: str, partial: Partial, problem: Broken) -> DataNotFound:
    if not partial.size:
        hint = "Try later, pass another address with --url, or --archive FILE."
    else:
        hint = f"{partial.size} bytes are kept in {partial.path}: call again to go on."
    return DataNotFound(f"{url} cannot be fetched: {problem}. {hint}")
