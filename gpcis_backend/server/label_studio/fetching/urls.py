"""Web addresses that may be asked for at all, taken apart strictly.

A lenient parser here and another one in the connection would let an address mean two
hosts; whatever is odd is refused instead of interpreted.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, urljoin, urlsplit

from gpcis_backend.errors import FetchFailed

DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_LENGTH = 8192
_MAX_SHOWN = 200
_KEPT = "%/?:@!$&'()*+,;=-._~[]"  # the rest is percent-encoded, as a browser does
_BAD = re.compile(r"[\x00-\x1f\x7f\\]")
_USER = re.compile(r"//[^/]*@")  # may hold a password
_NAME = re.compile(
    r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a token belongs to.

    Args:
        scheme: ``http`` or ``https``.
        host: Lower-case name or address, IPv6 without brackets.
        port: The default one where the address has none.
    """

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port as the Host header shows them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == DEFAULT_PORTS[self.scheme]
        return host if is_default else f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine by its very spelling."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class WebUrl:
    """An http(s) address.

    Args:
        origin: Where it is.
        target: Path and query, percent-encoded; starts with a slash.
    """

    origin: Origin
    target: str

    @classmethod
    def parse(cls, text: str) -> "WebUrl":
        """The address in ``text``.

        Raises:
            FetchFailed: It is not one that this program would ask for.
        """
        check_characters(text)
        try:
            parts = urlsplit(text)
            port = parts.port
            host = _to_host(parts.hostname or "")
        except ValueError:
            raise _not_an_address(text) from None
        if parts.scheme not in DEFAULT_PORTS or port == 0:
            raise _not_an_address(text)
        if "@" in parts.netloc:
            raise FetchFailed(
                "The image's address carries a user name or password.",
                "Remove them: tokens go into LABEL_STUDIO_API_KEY.",
            )
        origin = Origin(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme])
        query = f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
        return cls(origin, (quote(parts.path, safe=_KEPT) or "/") + query)

    def join(self, location: str) -> "WebUrl":
        """Where a redirect from here to ``location`` leads.

        Raises:
            FetchFailed: Nowhere that this program would go.
        """
        check_characters(location)
        try:
            return WebUrl.parse(urljoin(str(self), location))
        except ValueError:
            raise _not_an_address(location) from None

    @property
    def path(self) -> str:
        """Without the query."""
        return self.target.partition("?")[0]

    @property
    def shown(self) -> str:
        """For messages: without the query, which may hold a signature."""
        return shortened(f"{self.origin}{self.path}")

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


def check_characters(text: str) -> None:
    """Refuse what has no place in an address.

    Raises:
        FetchFailed: Control characters, backslashes, half characters, or too long.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _not_an_address(text) from None
    if _BAD.search(text) or len(text) > _MAX_LENGTH:
        raise _not_an_address(text)


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine by its very spelling."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def shortened(text: str) -> str:
    """``text`` fit for one line of a log."""
    line = "".join(char if char.isprintable() else "?" for char in text)
    return line if len(line) <= _MAX_SHOWN else line[:_MAX_SHOWN] + "..."


def _to_host(host: str) -> str:
    """The canonical spelling; ValueError if it is none."""
    if ":" in host:
        if "%" in host:
            raise ValueError("an address with a zone")
        return IPv6Address(host).compressed
    name = host.rstrip(".").encode("idna").decode().lower()
    if not _NAME.fullmatch(name):
        raise ValueError("not a host name")
    return name


def _not_an_address(text: str) -> FetchFailed:
    known = _USER.sub("//", text.partition("?")[0])
    return FetchFailed(
        f'"{shortened(known)}" is no address of an image.',
        "Tasks may name images by http(s) addresses, /data/... paths of Label Studio, "
        "s3://, gs:// or azure-blob:// with a storage connected, or data: URIs.",
    )
