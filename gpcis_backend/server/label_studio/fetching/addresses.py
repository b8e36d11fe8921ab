"""Which network addresses may be called, so that no task can aim at the inner network.

A name is resolved once, every address is checked, and the connection goes to a checked
address: a name server that answers differently the second time gains nothing.
"""

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from gpcis_backend.errors import FetchFailed, InvalidInput
from gpcis_backend.server.label_studio.fetching.urls import (
    DEFAULT_PORTS,
    Origin,
    WebUrl,
)

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]  # host, port -> addresses

_UNICAST = IPv6Network("2000::/3")
_SPECIAL = tuple(  # that the standard library of some Python versions takes for public
    map(
        ip_network,
        ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20"),
    )
)
_ALLOW = "If it is meant, name the host with --allow-host."


def system_resolver(host: str, port: int) -> Sequence[str]:
    """All addresses that the system knows for ``host``, the preferred one first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def allowed_host(text: str) -> tuple[str, int | None]:
    """Host and port, None for any port, of a host that an operator allows.

    Raises:
        InvalidInput: It is neither ``host`` nor ``host:port``.
    """
    spelled = f"[{text}]" if text.count(":") > 1 and "[" not in text else text
    try:
        url = WebUrl.parse(f"http://{spelled.strip()}")
    except FetchFailed:
        url = None
    if url is None or url.target != "/" or "/" in text:
        raise InvalidInput(f'An allowed host is "host" or "host:port", not "{text}".')
    has_port = re.search(r":\d+$", spelled.strip())
    return url.origin.host, url.origin.port if has_port else None


def addresses_of(
    origin: Origin, resolver: Resolver, *, is_trusted: bool
) -> Sequence[str]:
    """The addresses that may be connected to for ``origin``.

    Args:
        origin: To be called.
        resolver: Asked once.
        is_trusted: The operator named this host: private addresses and odd ports
            are meant.

    Raises:
        FetchFailed: The name is unknown, or a stranger's host is not public.
    """
    if not is_trusted and origin.port not in DEFAULT_PORTS.values():
        raise FetchFailed(
            f"{origin} is on port {origin.port}; only 80 and 443 are called.", _ALLOW
        )
    try:
        found = resolver(origin.host, origin.port)
    except (OSError, ValueError):
        found = ()
    if not found:
        raise FetchFailed(
            f"The host name {origin.host} is not known here.",
            "Check its spelling and the name service of this machine or container.",
        )
    if not is_trusted and not all(map(is_public, found)):
        raise FetchFailed(
            f"{origin} is in an inner network, where no task or redirect may lead.",
            _ALLOW,
        )
    return found


def is_public(address: str) -> bool:
    """Whether ``address`` is an ordinary host of the internet.

    IPv6 addresses that wrap an IPv4 one (mapped, NAT64, 6to4, Teredo) never are.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        is_wrapped = parsed.sixtofour is not None or parsed.teredo is not None
        is_special = is_wrapped or parsed not in _UNICAST
    else:
        is_special = parsed.is_multicast or parsed.is_reserved
    is_special |= any(parsed in network for network in _SPECIAL)
    return parsed.is_global and not is_special
