"""What a run over one object measured, and how a line of a journal holds it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

ClickRecord: TypeAlias = tuple[int, int, int]
"""Row and column in pixels of the image, then +1 on the object or -1 beside it."""


@dataclass(frozen=True, slots=True)
class ObjectRun:
    """What a run over one object measured; the run never stops at an IoU.

    Args:
        name: Of the sample.
        ious: After click 1, 2, ...
        contradicted: Clicks so far that the mask contradicts, after click 1, 2, ...
        network_seconds: Inside the predictor, in total.
        seconds: Of the whole loop: reading, choosing clicks, predicting, scoring.
        steadiness: Of the soft mask after click 1, 2, ..., where it was measured.
        clicks: Where they were made, in order.
        mask: After the last click, as a PNG of one bit a pixel in base64; "" if there
            is none.
    """

    name: str
    ious: tuple[float, ...]
    contradicted: tuple[int, ...]
    network_seconds: float
    seconds: float
    steadiness: tuple[float, ...] = ()
    clicks: tuple[ClickRecord, ...] = ()
    mask: str = ""


def to_record(run: ObjectRun) -> dict[str, Any]:
    """The run as JSON holds it."""
    return asdict(run)


def from_record(record: Mapping[str, Any]) -> ObjectRun:
    """The inverse of ``to_record``.

    Raises:
        ValueError, TypeError, LookupError: It is no such record.
    """
    run = ObjectRun(
        str(record["name"]),
        tuple(float(value) for value in record["ious"]),
        tuple(int(value) for value in record["contradicted"]),
        float(record["network_seconds"]),
        float(record["seconds"]),
        tuple(float(value) for value in record["steadiness"]),
        tuple((int(r), int(c), int(sign)) for r, c, sign in record["clicks"]),
        str(record["mask"]),
    )
    if not run.ious or len(run.ious) != len(run.contradicted):
        raise ValueError("a run has one IoU and one count for each click")
    return run
