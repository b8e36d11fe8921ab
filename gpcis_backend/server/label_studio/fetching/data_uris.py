"""Images that a task carries inside itself, as ``data:`` URIs (RFC 2397)."""

import base64
from urllib.parse import unquote_to_bytes

from gpcis_backend.errors import FetchFailed, TooLarge


def from_data_uri(uri: str, max_bytes: int) -> bytes:
    """The bytes in ``uri``, whose size is known before anything is decoded.

    Args:
        uri: Starts with ``data:``.
        max_bytes: Of the decoded bytes.

    Raises:
        FetchFailed: The URI is damaged.
        TooLarge: It holds more than ``max_bytes``.
    """
    head, comma, data = uri.partition(",")
    if not comma:
        raise _damaged("it has no comma")
    num_encoded = len(data) - 2 * data.count("%")  # each %41 is one byte
    is_base64 = head.strip().lower().endswith(";base64")
    if (num_encoded * 3 // 4 - 2 if is_base64 else num_encoded) > max_bytes:
        raise TooLarge(f"The data: URI holds more than {max_bytes / 1e6:g} MB.")
    try:
        plain = unquote_to_bytes(data)
        if not is_base64:
            return plain
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise _damaged("its data are not base64") from None


def _damaged(why: str) -> FetchFailed:
    return FetchFailed(
        f"The task's data: URI is damaged: {why}.",
        "It must look like data:image/png;base64,iVBORw0...",
    )
