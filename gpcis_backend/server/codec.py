"""The mask body ``application/vnd.gpcis.v1``: a JSON header and binary sections."""

import json
import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gpcis_backend.errors import InvalidInput

MASK_TYPE = "application/vnd.gpcis.v1"

_MAGIC = b"GPC1"
_MAX_HEADER = 65536

Header = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A named run of bytes and what its entry in the header says besides its place."""

    name: str
    data: bytes
    keys: Mapping[str, Any] = field(default_factory=dict)


def to_mask_body(header: Header, sections: Sequence[Section]) -> bytes:
    """The body: magic, header length, header, then the sections, padded to 4."""
    entries, offset = [], 0
    for section in sections:
        place = {"name": section.name, "offset": offset, "bytes": len(section.data)}
        entries.append({**place, **section.keys})
        offset += _padded(len(section.data))
    text = json.dumps({**header, "sections": entries}, separators=(",", ":")).encode()
    start = _MAGIC + struct.pack("<I", len(text)) + text
    return b"".join(map(_pad, [start, *(section.data for section in sections)]))


def from_mask_body(body: bytes) -> tuple[Header, dict[str, bytes]]:
    """Header and sections by name; the inverse of ``to_mask_body``.

    Raises:
        InvalidInput: Not a mask body of version 1, or cut short.
    """
    if body[:4] != _MAGIC or len(body) < 8:
        raise InvalidInput("The body does not start like a mask.")
    (length,) = struct.unpack("<I", body[4:8])
    if length > _MAX_HEADER or 8 + length > len(body):
        raise InvalidInput(f"A header of {length} bytes does not fit the mask body.")
    header = json.loads(body[8 : 8 + length])
    if header.get("v") != 1:
        raise InvalidInput(f"Version {header.get('v')} of the mask body is unknown.")
    start = _padded(8 + length)
    sections = {}
    for entry in header["sections"]:
        first = start + entry["offset"]
        if first + entry["bytes"] > len(body):
            raise InvalidInput(f'The mask body ends inside "{entry["name"]}".')
        sections[entry["name"]] = body[first : first + entry["bytes"]]
    return header, sections


def to_mask_json(header: Header, sections: Sequence[Section]) -> Header:
    """The same as plain JSON: each section carries its bytes as base64 ``data``."""
    entries = [
        {
            "name": section.name,
            "bytes": len(section.data),
            **section.keys,
            "data": b64encode(section.data).decode(),
        }
        for section in sections
    ]
    return {**header, "sections": entries}


def _padded(length: int) -> int:
    """The next multiple of 4."""
    return -(-length // 4) * 4


def _pad(data: bytes) -> bytes:
    return data.ljust(_padded(len(data)), b"\0")
