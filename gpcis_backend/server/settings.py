"""What the server is told at start, from the environment and the command line."""

import os
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.images import MAX_BYTES, MAX_PIXELS
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.security import Login

_WEB_DIR = Path(__file__).parent / "web" / "dist"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; ``from_env`` reads ``GPCIS_<NAME>``.

    Args:
        host: Address to listen on.
        port: 0 picks a free one.
        is_insecure: Allow an address beyond loopback, without any password.
        login: What callers must know, from ``BASIC_AUTH_USER`` and ``BASIC_AUTH_PASS``.
        trusted_hosts: Names besides loopback and ``host`` by which browsers may call.
        checkpoint: Weights to serve; the shipped ones if None.
        config: Config of a ``.pth`` checkpoint that does not carry its own.
        device: That runs the model, such as ``cpu`` or ``cuda``.
        max_upload_bytes: Of one image file.
        max_pixels: Of one image, read from its header.
        max_json_bytes: Of one JSON body.
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
    trusted_hosts: frozenset[str] = field(default_factory=frozenset)
    checkpoint: Path | None = None
    config: Path | None = None
    device: str = "cpu"
    max_upload_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS
    max_json_bytes: int = 256 * 2**10
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
            login=_login(),
            fetch=_fetch_rules(),
        )
        given = {name: value for name, value in chosen.items() if value is not None}
        return replace(settings, **given)

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
    def allowed_hosts(self) -> frozenset[str] | None:
        """Names that a Host header may carry; None where any may."""
        if self.host in ("", "0.0.0.0", "::") and not self.trusted_hosts:
            return None
        return _LOOPBACK | {self.host} | self.trusted_hosts


def _names(variable: str) -> frozenset[str]:
    """The words of a variable, separated by commas."""
    words = os.environ.get(variable, "").split(",")
    return frozenset(word.strip() for word in words if word.strip())


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
