"""Images of labeling tasks, from wherever Label Studio says that they are.

A task's data come from people who may not be trusted: which files, hosts and amounts
an address can reach is decided here and beside, and a token goes to its own Label
Studio only.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic

from gpcis_backend.errors import FetchFailed
from gpcis_backend.server.label_studio.fetching.addresses import allowed_host
from gpcis_backend.server.label_studio.fetching.data_uris import from_data_uri
from gpcis_backend.server.label_studio.fetching.local_files import (
    checked_root,
    local_name,
    read_local_file,
)
from gpcis_backend.server.label_studio.fetching.refusals import refusal
from gpcis_backend.server.label_studio.fetching.shared import SharedBytes
from gpcis_backend.server.label_studio.fetching.tokens import Access, TokenSource
from gpcis_backend.server.label_studio.fetching.urls import (
    Origin,
    WebUrl,
    check_characters,
)
from gpcis_backend.server.label_studio.fetching.wire import (
    Deadline,
    Limits,
    Reply,
    Wire,
)

_REDIRECTS = (301, 302, 303, 307, 308)
_CLOUD = re.compile(r"(s3|gs|azure-blob)://", re.IGNORECASE)
_LOCAL_FILES = "/data/local-files"
_OWN_PATHS = re.compile(
    r"/data/(upload|local-files)/|/(tasks|projects)/\d+/(presign|resolve)/"
)
_MAX_SOURCES = 64  # Label Studios whose access tokens are remembered
_MAX_WAITING = 16  # calls that wait for a server of images


@dataclass(frozen=True, slots=True)
class FetchRules:
    """What the operator allows.

    Args:
        label_studio: LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY; used where a call
            brings no access of its own.
        allowed_hosts: ``host`` or ``host:port``; may be private.  Other hosts must be
            public.
        local_root: Folder of ``/data/local-files/``; None to ask Label Studio for them.
        limits: Of time and bytes.
        max_redirects: Of one image.
        cache_bytes: Of the images kept in memory.
        cache_s: Seconds until a kept image is fetched again.
    """

    label_studio: Access | None = None
    allowed_hosts: frozenset[str] = frozenset()
    local_root: Path | None = None
    limits: Limits = field(default_factory=Limits)
    max_redirects: int = 3
    cache_bytes: int = 2**28
    cache_s: float = 600


class ImageFetcher:
    """Brings the bytes of images; safe for threads.

    Args:
        rules: What the operator allows.
        wire: The way to the network, under the limits of ``rules``.
        clock: Seconds that only grow.

    Raises:
        InvalidInput: A rule makes no sense.
    """

    def __init__(
        self,
        rules: FetchRules,
        wire: Wire | None = None,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.rules = rules
        self._wire = replace(wire or Wire(), limits=rules.limits)
        self._root = checked_root(rules.local_root) if rules.local_root else None
        self._allowed = frozenset(map(allowed_host, rules.allowed_hosts))
        self._shared = SharedBytes(rules.cache_bytes, rules.cache_s, clock=clock)
        self._waiting = BoundedSemaphore(_MAX_WAITING)
        self._source = lru_cache(_MAX_SOURCES)(partial(TokenSource, wire=self._wire))

    def fetch(
        self, uri: str, access: Access | None, *, task_id: int | None = None
    ) -> bytes:
        """The file that a task names; nothing says yet that it is an image.

        Args:
            uri: As it stands in the task's data.
            access: From ``choose_access``; the configured one if None.
            task_id: Through which Label Studio finds the storage of cloud addresses.

        Raises:
            FetchFailed: It cannot be had; the hint says what to do.
            TooLarge: It exceeds the limit.
        """
        limits = self.rules.limits
        if uri[:5].lower() == "data:":
            return from_data_uri(uri, limits.max_bytes)
        path, _, query = uri.partition("#")[0].partition("?")
        if path.rstrip("/") == _LOCAL_FILES:
            if self._root is not None:
                return read_local_file(self._root, query, limits.max_bytes)
            local_name(query)  # Label Studio answers 500 to one that climbs
        access = access or self.rules.label_studio
        url = self._to_url(uri, access, task_id)
        whose = f"{access.origin} {access.token}" if access else ""
        key = sha256(f"{whose}\n{url}".encode()).digest()
        known = self._shared.known(key)
        if known is not None:
            return known
        if not self._waiting.acquire(blocking=False):
            raise FetchFailed(
                f"{_MAX_WAITING} images are being waited for already.",
                "Click again soon; if that stays so, a server of images hangs.",
            )
        try:
            return self._shared.get(key, lambda: self._download(url, access))
        finally:
            self._waiting.release()

    def _to_url(self, uri: str, access: Access | None, task_id: int | None) -> WebUrl:
        """The web address behind what a task says."""
        check_characters(uri)
        if _CLOUD.match(uri):
            if task_id is None:
                raise FetchFailed(
                    "A cloud address needs the id of its task.",
                    "Open the task in Label Studio, which sends the id along.",
                )
            name = base64.urlsafe_b64encode(uri.encode()).decode()
            return _known(access).at(f"/tasks/{task_id}/presign/?fileuri={name}")
        if uri.startswith("/") and not uri.startswith("//"):
            return _known(access).at(uri)
        url = WebUrl.parse(uri)
        is_here = url.origin.is_loopback and not self._is_trusted(url.origin, access)
        if is_here and _OWN_PATHS.match(url.target):
            return _known(access).at(url.target)  # Label Studio's own view of itself
        return url

    def _download(self, url: WebUrl, access: Access | None) -> bytes:
        """The body at ``url``, following redirects; the token stays at its origin."""
        deadline = Deadline(self.rules.limits.total_s)
        home = access if access is not None and url.origin == access.origin else None
        for _ in range(self.rules.max_redirects + 1):
            reply = self._ask(url, access, home, deadline)
            if reply.status not in _REDIRECTS:
                problem = refusal(reply, url, home)
                if problem is not None:
                    raise problem
                return reply.body
            url, before = _next_url(url, reply), url
            if home is not None and url.origin != home.origin:
                _check_not_moved(before, url)
                home = None  # for good, even if it leads back
        raise FetchFailed(
            f"{url.shown} comes after more than {self.rules.max_redirects} redirects.",
            "Put the final address into the task's data.",
        )

    def _ask(
        self,
        url: WebUrl,
        access: Access | None,
        home: Access | None,
        deadline: Deadline,
    ) -> Reply:
        """One answer, with the token only at ``home``; it is renewed once."""
        is_trusted = self._is_trusted(url.origin, access)
        ask = partial(self._wire.ask, url, is_trusted=is_trusted, deadline=deadline)
        if home is None or not home.token:
            return ask(headers={})
        source = self._source(home)
        reply = ask(headers={"Authorization": source.authorization()})
        if reply.status == 401 and source.is_personal:
            reply = ask(headers={"Authorization": source.authorization(renew=True)})
        return reply

    def _is_trusted(self, origin: Origin, access: Access | None) -> bool:
        """Whether the operator named this host."""
        if access is not None and origin == access.origin:
            return True
        return not self._allowed.isdisjoint(
            {(origin.host, origin.port), (origin.host, None)}
        )


def _known(access: Access | None) -> Access:
    if access is None:
        raise FetchFailed(
            "The image is in Label Studio, whose address is not known here.",
            "Set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY and start again.",
        )
    return access


def _next_url(url: WebUrl, reply: Reply) -> WebUrl:
    location = reply.headers.get("location", "").encode("latin-1", "replace")
    if not location:
        raise FetchFailed(
            f"{url.shown} redirects to nowhere.", "Check the web server's settings."
        )
    return url.join(location.decode("utf-8", "replace"))


def _check_not_moved(before: WebUrl, after: WebUrl) -> None:
    """Label Studio itself moved, say to https: its token has to be told so."""
    is_same_host = before.origin.host == after.origin.host
    if is_same_host and before.target == after.target:
        raise FetchFailed(
            f"Label Studio redirects from {before.origin} to {after.origin}.",
            f"Set LABEL_STUDIO_URL to {after.origin}.",
        )
