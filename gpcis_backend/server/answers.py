"""An engine's answer as the header and sections of a mask body (ui.md section 6.1)."""

import zlib

import numpy as np
from PIL.Image import Resampling, fromarray

from gpcis_backend.clicks.click import Prob
from gpcis_backend.inference.answer import Answer
from gpcis_backend.server.codec import Header, Section
from gpcis_backend.server.rle import to_runs
from gpcis_backend.server.schemas import SegmentBody

_MAX_GRID = 512  # cells on the long side of a soft map


def describe(
    answer: Answer, body: SegmentBody, model: str
) -> tuple[Header, list[Section]]:
    """Header and sections that answer ``body``.

    Args:
        answer: Of the engine.
        body: The request, whose ``rev`` and ``object`` come back.
        model: Name of the model.
    """
    coded = to_runs(answer.mask)
    height, width = answer.mask.shape
    header = {
        "v": 1,
        "rev": body.rev,
        "object": body.object,
        "kind": answer.kind,
        "refine": False,
        "size": [width, height],
        "bbox": list(coded.bbox),
        "area": int(answer.mask.sum()),
        "marks": list(answer.marks),
        "est_iou": None if answer.est_iou is None else round(answer.est_iou, 4),
        "next": None,
        "model": model,
        "ms": {stage: round(ms, 2) for stage, ms in answer.ms.items()},
    }
    sections = [Section("runs", coded.runs)]
    if "prob" in body.want:
        sections.append(_soft_map(answer.prob))
    return header, sections


def _soft_map(prob: Prob) -> Section:
    """The probability in 8 bits on a grid that covers the whole image."""
    height, width = prob.shape
    scale = min(1.0, _MAX_GRID / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    grid = np.asarray(fromarray(prob).resize(size, Resampling.BOX))
    cells = np.rint(255 * grid.clip(0, 1)).astype(np.uint8)
    keys = {"size": list(size), "rect": [0, 0, width, height]}
    return Section("prob", zlib.compress(cells.tobytes(), level=6), keys)
