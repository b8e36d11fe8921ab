"""An engine's answer as the header and sections of a mask body (ui.md section 6.1)."""

import zlib

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Resampling, fromarray

from gpcis_backend.clicks.click import Prob
from gpcis_backend.clicks.geometry import Crop, whole_image
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
    est_iou = answer.est_iou  # looks at the whole map
    header = {
        "v": 1,
        "rev": body.rev,
        "object": body.object,
        "kind": answer.kind,
        "refine": answer.kind == "preview",
        "size": [width, height],
        "bbox": list(coded.bbox),
        "area": int(np.count_nonzero(answer.mask)),
        "marks": list(answer.marks),
        "est_iou": None if est_iou is None else round(est_iou, 4),
        "next": None,
        "model": model,
        "ms": {stage: round(ms, 2) for stage, ms in answer.ms.items()},
    }
    return header, [Section("runs", coded.runs), *_soft_maps(answer, body)]


def _soft_maps(answer: Answer, body: SegmentBody) -> list[Section]:
    sections = []
    if "prob" in body.want:
        crop = whole_image(*answer.prob.shape)
        cells = np.rint(255 * _grid(answer.prob).clip(0, 1)).astype(np.uint8)
        sections.append(_section("prob", cells, crop))
    if answer.latent is None:
        return sections
    latent, crop = answer.latent.latent, answer.latent.crop
    if "var" in body.want:
        grid = _grid(latent.variance)
        scale = float(grid.max()) or 1.0
        cells = np.rint(255 / scale * grid).clip(0, 255).astype(np.uint8)
        sections.append(_section("var", cells, crop, scale))
    if "mean" in body.want:
        grid = _grid(latent.mean)
        scale = float(np.abs(grid).max()) or 1.0
        signed = np.rint(127 / scale * grid).clip(-127, 127).astype(np.int8)
        sections.append(_section("mean", signed, crop, scale))
    return sections


def _grid(values: Prob) -> NDArray[np.float32]:
    """The values on a grid that may be sent, each cell a mean of what it covers."""
    height, width = values.shape
    scale = min(1.0, _MAX_GRID / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return values
    return np.asarray(fromarray(values).resize(size, Resampling.BOX))


def _section(
    name: str,
    cells: NDArray[np.uint8] | NDArray[np.int8],
    crop: Crop,
    scale: float | None = None,
) -> Section:
    height, width = cells.shape
    rect = [crop.left, crop.top, crop.width, crop.height]
    scales = {} if scale is None else {"scale": scale}
    keys = {"size": [width, height], "rect": rect, **scales}
    return Section(name, zlib.compress(cells.tobytes(), level=6), keys)
