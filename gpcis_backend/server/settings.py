"""What the server is told at start, from the environment and the command line."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.images import MAX_BYTES, MAX_PIXELS
from gpcis_backend.inference.load import RUNTIMES, Runtime
from gpcis_backend.server.access import Door, Login
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.security import Rules

_WEB_DIR = Path(__file__).parent / "web" / "dist"
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; ``from_env`` reads ``GPCIS_<NAME>``.

    Args:
        host: Address to listen on.
        port: 0 picks a free one.
        is_insecure: Allow an address beyond loopback, without any password.
        login: What callers must know, from ``BASIC_AUTH_USER`` and ``BASIC_AUTH_PASS``.
        token: Instead, or besides, a secret that the page sends (``GPCIS_TOKEN``).
        trusted_hosts: Names besides loopback and ``host`` by which browsers may call.
        cors_origins: Sites whose pages may call the API.
        frame_ancestors: Sites that may show the page in a frame.
        max_calls: To the API at once, of one address.
        images_dir: Images of this machine to annotate.
        data_dir: Where uploads and classes are kept; None for memory.
        annotations_dir: Where documents are kept; None for beside the images.
        class_names: Of the project while nobody has saved others.
        checkpoint: Weights to serve; the shipped ones if None.
        config: Config of a ``.pth`` checkpoint that does not carry its own.
        device: That runs the model, such as ``cpu`` or ``cuda``.
        runtime: Of the network; see ``load_predictor``.
        max_upload_bytes: Of one image file.
        max_pixels: Of one image, read from its header.
        max_json_bytes: Of one JSON body.
        preview_seconds: How long a call for a preview may wait for the model.
        refine_seconds: The same, for a final mask.
        encode_seconds: The same, for preparing an image.
        store_bytes: Of all uploaded files together; the oldest leave first.
        fetch: Which Label Studio is ours (``LABEL_STUDIO_URL``,
            ``LABEL_STUDIO_API_KEY``), which other hosts may be private
            (``GPCIS_IMAGE_HOSTS``) and where its local files lie
            (``GPCIS_LOCAL_FILES``).
        web_dir: Where ``frontend/build.py`` has put the page.
    """

    host: str = "127.0.0.1"
    port: int = 9090
    is_insecure: bool = False
    login: Login | None = None
    token: str = field(default="", repr=False)
    trusted_hosts: frozenset[str] = field(default_factory=frozenset)
    cors_origins: frozenset[str] = frozenset()
    frame_ancestors: tuple[str, ...] = ()
    max_calls: int = 8
    images_dir: Path | None = None
    data_dir: Path | None = None
    annotations_dir: Path | None = None
    class_names: tuple[str, ...] = ("object",)
    checkpoint: Path | None = None
    config: Path | None = None
    device: str = "cpu"
    runtime: Runtime = "auto"
    max_upload_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS
    max_json_bytes: int = 256 * 2**10
    preview_seconds: float = 5.0
    refine_seconds: float = 60.0
    encode_seconds: float = 120.0
    store_bytes: int = 2**30
    fetch: FetchRules = field(default_factory=FetchRules)
    web_dir: Path = _WEB_DIR

    @classmethod
    def from_env(cls, **chosen: Any) -> "Settings":
        """Settings of the environment; what is ``chosen`` and not None goes first.

        Raises:
            InvalidInput: A variable holds something impossible.
        """
        checkpoint = os.environ.get("GPCIS_CHECKPOINT")
        settings = cls(
            trusted_hosts=_names("GPCIS_TRUSTED_HOSTS"),
            checkpoint=Path(checkpoint) if checkpoint else None,
            device=os.environ.get("GPCIS_DEVICE") or "cpu",
            runtime=_runtime(),
            login=_login(),
            token=os.environ.get("GPCIS_TOKEN", ""),
            fetch=_fetch_rules(),
        )
        given = {name: value for name, value in chosen.items() if value is not None}
        settings = replace(settings, **given)
        for origin in (*settings.cors_origins, *settings.frame_ancestors):
            _check_origin(origin)
        return settings

    def with_images_from(
        self,
        label_studio: str | None,
        allowed_hosts: frozenset[str],
        local_root: Path | None,
    ) -> "Settings":
        """What the command line adds to the places that images may come from.

        Args:
            label_studio: Address of Label Studio; None for that of the environment.
            allowed_hosts: Inner hosts, besides those of the environment.
            local_root: Of local files; None for that of the environment.

        Raises:
            InvalidInput: The address is none.
        """
        known = self.fetch.label_studio
        token = os.environ.get("LABEL_STUDIO_API_KEY", "")
        fetch = replace(
            self.fetch,
            label_studio=Access(label_studio, token) if label_studio else known,
            allowed_hosts=self.fetch.allowed_hosts | allowed_hosts,
            local_root=local_root or self.fetch.local_root,
        )
        return replace(self, fetch=fetch)

    def with_names(self, trusted_hosts: Iterable[str]) -> "Settings":
        """These and the names by which browsers may call besides."""
        return replace(self, trusted_hosts=self.trusted_hosts | set(trusted_hosts))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_protected(self) -> bool:
        """Whether callers must know something."""
        return bool(self.login or self.token)

    @property
    def keeps_uploads(self) -> bool:
        """Whether uploads and what is drawn on them outlive the process."""
        return self.data_dir is not None

    @property
    def classes_path(self) -> Path | None:
        """Where the classes lie; None for memory."""
        folder = self.data_dir or self.annotations_dir or self.images_dir
        return None if folder is None else folder / "classes.json"

    @property
    def rules(self) -> Rules:
        """Who may call."""
        return Rules(
            self.allowed_hosts,
            Door(self.login, self.token),
            self.cors_origins,
            self.frame_ancestors,
            self.max_calls,
        )

    @property
    def allowed_hosts(self) -> frozenset[str] | None:
        """Names that a Host header may carry; None where any may."""
        if self.host in ("", "0.0.0.0", "::") and not self.trusted_hosts:
            return None
        return _LOOPBACK | {self.host} | self.trusted_hosts


def _names(variable: str) -> frozenset[str]:
    """The words of a variable, separated by commas."""
    words = os.environ.get(variable, "").split(",")
    return frozenset(word.strip() for word in words if word.strip())


def _check_origin(origin: str) -> None:
    """Raise unless it is one, as browsers write them: without path, never ``*``."""
    if not _ORIGIN.fullmatch(origin):
        raise InvalidInput(
            f'"{origin}" is no origin; expected one such as https://example.org:8443.'
        )


def _runtime() -> Runtime:
    """The runtime of ``GPCIS_RUNTIME``; without it what answers soonest."""
    found = os.environ.get("GPCIS_RUNTIME") or "auto"
    for runtime in RUNTIMES:
        if found == runtime:
            return runtime
    raise InvalidInput(
        f'GPCIS_RUNTIME is "{found}"; expected one of {", ".join(RUNTIMES)}.'
    )


def _login() -> Login | None:
    user = os.environ.get("BASIC_AUTH_USER", "")
    password = os.environ.get("BASIC_AUTH_PASS", "")
    if bool(user) != bool(password):
        raise InvalidInput("Set both BASIC_AUTH_USER and BASIC_AUTH_PASS, or neither.")
    return Login(user, password) if user else None


def _fetch_rules() -> FetchRules:
    url = os.environ.get("LABEL_STUDIO_URL", "")
    root = os.environ.get("GPCIS_LOCAL_FILES", "")
    return FetchRules(
        label_studio=Access(url, os.environ.get("LABEL_STUDIO_API_KEY", ""))
        if url
        else None,
        allowed_hosts=_names("GPCIS_IMAGE_HOSTS"),
        local_root=Path(root) if root else None,
    )
