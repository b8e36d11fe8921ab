"""Weight files from their public addresses, kept where torch.hub keeps its own."""

import re
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import torch

from gpcis_backend.errors import ModelUnavailable

_PATIENCE = 10.0  # seconds that a server may stay silent


def fetch(addresses: Sequence[str]) -> Path:
    """The file at any of ``addresses``, downloaded unless it is there already.

    Args:
        addresses: Of one and the same file.  Where its name ends like ``-1762acc0.pth``
            the digits must begin its SHA-256.

    Raises:
        ModelUnavailable: No address answered with the file; says where to put it.
    """
    target = cached(addresses[0])
    if target.is_file():
        return target
    failures = []
    for address in addresses:
        try:
            _download(address, target)
        except (OSError, RuntimeError, ValueError, HTTPException) as error:
            failures.append(f"{address} ({error})")
        else:
            return target
    raise ModelUnavailable(
        f"The weights cannot be downloaded from {' or '.join(failures)}; "
        f"get that file elsewhere and put it at {target}"
    )


def cached(address: str) -> Path:
    """Where the file of ``address`` lies, or would."""
    return Path(torch.hub.get_dir(), "checkpoints", address.rsplit("/", 1)[-1])


def _download(address: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = re.search(r"-([0-9a-f]{8})\.", target.name)
    with _impatient():
        torch.hub.download_url_to_file(
            address,
            str(target),
            hash_prefix=digest[1] if digest else None,
            progress=sys.stderr.isatty(),
        )


@contextmanager
def _impatient() -> Iterator[None]:
    """No wait for ever: torch's downloader sets no time limit."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
