"""From an annotated picture to a training sample: crop, colours, clicks.

Every random number comes from ``results["rng"]``, which the dataset seeds with the
sample's index: a resumed run sees the samples that an unbroken one would have seen.
A transform returns None where the picture does not give a usable sample.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import PixelData
from mmseg.registry import TRANSFORMS
from mmseg.structures import SegDataSample
from numpy.typing import NDArray

from gpcis_backend.clicks.sampler import SamplerSettings, initial_clicks
from gpcis_backend.data.pictures import VOID_ID

Results = dict[str, Any]

_PAIRS = 8  # of samples, in which corrections are shared out
_STREAM = 1


@TRANSFORMS.register_module()
class DrawCorrections(BaseTransform):
    """Says how often a sample is corrected before it is learned from.

    Every 16 samples in a row share the numbers out as the probabilities say, in pairs
    and in a random order: batches, and the parts of two processes, then cost the same.

    Args:
        probabilities: Of 0, 1, 2, .. corrections, rounded to eighths; they need not
            sum to 1.
    """

    def __init__(self, probabilities: Sequence[float]) -> None:
        bounds = np.cumsum(probabilities) / np.sum(probabilities)
        places = (np.arange(_PAIRS) + 0.5) / _PAIRS
        self.counts = np.searchsorted(bounds, places)  # (8,)

    def transform(self, results: Results) -> Results:
        """Adds ``corrections``."""
        group, place = divmod(results["index"] // 2, _PAIRS)
        key = [results["seed"], group, _STREAM]  # no sample's own, which has two parts
        order = np.random.default_rng(key).permutation(_PAIRS)
        return {**results, "corrections": int(self.counts[order[place]])}


@TRANSFORMS.register_module()
class CropObject(BaseTransform):
    """Crops, mirrors, turns and resizes picture and ids to a square.

    Args:
        target_crop: Probability of a crop around the target, as the zoom makes it,
            which must then be chosen before; otherwise FocalClick's crop of random
            size anywhere.
        corrected_crop: The same for samples that will be corrected
            (``DrawCorrections``): at test time the zoom begins with the second click.
            None for ``target_crop``.
        expansion: Range of the target crop's side over the target's.
        part_crop: Share of the target crops of samples that will be corrected which
            show a part of the target only, as the focus on a correction does.
        part_expansion: ``expansion`` of those.
        turn: Probability of a rotation by up to 15 degrees.
        horizontal_flip: Probability.
        vertical_flip: Probability.
    """

    def __init__(
        self,
        target_crop: float = 0.0,
        corrected_crop: float | None = None,
        expansion: tuple[float, float] = (1.15, 2.4),
        part_crop: float = 0.0,
        part_expansion: tuple[float, float] = (0.3, 0.9),
        turn: float = 0.0,
        horizontal_flip: float = 0.3,
        vertical_flip: float = 0.3,
    ) -> None:
        self.target_crop, self.expansion, self.turn = target_crop, expansion, turn
        self.corrected_crop = target_crop if corrected_crop is None else corrected_crop
        self.part_crop, self.part_expansion = part_crop, part_expansion
        self.flips = (horizontal_flip, vertical_flip)

    def transform(self, results: Results) -> Results:
        """Replaces ``image`` and ``ids``."""
        ids, rng, side = results["ids"], results["rng"], results["size"]
        is_corrected = results.get("corrections", 0) > 0
        if rng.random() < (self.corrected_crop if is_corrected else self.target_crop):
            is_target = np.isin(ids, results["target"])
            is_part = is_corrected and rng.random() < self.part_crop
            expansion = self.part_expansion if is_part else self.expansion
            centre, span = _target_window(is_target, rng, expansion)
        else:
            centre, span = _free_window(ids.shape, rng)
        matrix = self._matrix(centre, span, side, rng)
        image = cv2.warpAffine(results["image"], matrix, (side, side))
        ids = cv2.warpAffine(ids, matrix, (side, side), flags=cv2.INTER_NEAREST)
        return {**results, "image": image, "ids": ids}

    def _matrix(
        self,
        centre: NDArray[np.float64],
        span: NDArray[np.float64],
        side: int,
        rng: np.random.Generator,
    ) -> NDArray[np.float64]:
        """Affine map of (x, y) in the picture to (x, y) in the square.  (2, 3)."""
        angle = np.deg2rad(rng.uniform(-15, 15)) if rng.random() < self.turn else 0.0
        signs = [-1 if rng.random() < p else 1 for p in self.flips]
        turn = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        linear = np.diag(signs) @ np.diag((side - 1) / np.maximum(span - 1, 1)) @ turn
        return np.column_stack([linear, (side - 1) / 2 - linear @ centre])


@TRANSFORMS.register_module()
class JitterColours(BaseTransform):
    """FocalClick's colour changes: brightness and contrast, and a shift of RGB.

    Args:
        probability: Of each of the two.
    """

    def __init__(self, probability: float = 0.75) -> None:
        self.probability = probability

    def transform(self, results: Results) -> Results:
        """Replaces ``image``."""
        rng = results["rng"]
        table = np.repeat(np.arange(256.0)[:, None], 3, 1)  # (256, 3)
        if rng.random() < self.probability:
            table = table * (1 + rng.uniform(-0.15, 0.4)) + 255 * rng.uniform(
                -0.25, 0.25
            )
        if rng.random() < self.probability:
            table = table + rng.uniform(-10, 10, 3)
        lookup = np.clip(table, 0, 255).astype(np.uint8)[None]  # (1, 256, 3)
        return {**results, "image": cv2.LUT(results["image"], lookup)}


@TRANSFORMS.register_module()
class SampleClicks(BaseTransform):
    """Draws the initial clicks.

    Args:
        **settings: As ``clicks.sampler.SamplerSettings``.
    """

    def __init__(self, **settings: float) -> None:
        self.settings = SamplerSettings(**settings)

    def transform(self, results: Results) -> Results:
        """Adds ``clicks``, rows of (row, col, label)."""
        clicks = initial_clicks(
            results["parts"],
            results["others"],
            results["void"],
            results["rng"],
            self.settings,
        )
        rows = [(click.row, click.col, click.label) for click in clicks]
        return {**results, "clicks": rows}


@TRANSFORMS.register_module()
class PackClicks(BaseTransform):
    """Packs a sample the way mmseg's models take it."""

    def transform(self, results: Results) -> Results:
        """``inputs`` (3, H, W) and a ``SegDataSample`` with clicks in metainfo."""
        truth = np.logical_or.reduce(results["parts"])
        label = truth.astype(np.int64)
        label[results["void"]] = VOID_ID
        sample = SegDataSample(gt_sem_seg=PixelData(data=torch.from_numpy(label)[None]))
        size = truth.shape
        own = {key: results[key] for key in ("corrections",) if key in results}
        sample.set_metainfo(
            {
                **own,
                "clicks": results["clicks"],
                "index": results["index"],
                "img_shape": size,
                "ori_shape": size,
                "pad_shape": size,
            }
        )
        image = np.ascontiguousarray(results["image"].transpose(2, 0, 1))
        return {"inputs": torch.from_numpy(image), "data_samples": sample}


def _target_window(
    is_target: NDArray[np.bool_],
    rng: np.random.Generator,
    expansion: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre and sides (x, y) of a random box around the target, inside the picture."""
    rows, cols = np.nonzero(is_target)
    box = np.array([[cols.min(), rows.min()], [cols.max(), rows.max()]], dtype=float)
    side = np.maximum(np.ptp(box, axis=0) + 1, 10)
    span = side * np.exp(rng.uniform(np.log(expansion[0]), np.log(expansion[1]), 2))
    slack = np.abs(span - side) / 2  # a box smaller than the target cuts it
    centre = box.mean(0) + rng.uniform(-1, 1, 2) * slack
    low = np.maximum(centre - span / 2, 0)
    high = np.minimum(centre + span / 2, np.array(is_target.shape[::-1]) - 1.0)
    return (low + high) / 2, high - low + 1


def _free_window(
    shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sides of a truncated normal(.8, .4) in [.3, 1.3] of the picture, anywhere."""
    full = np.array(shape[1::-1], dtype=float)
    ratio = rng.normal(0.8, 0.4, 2)
    while ((ratio < 0.3) | (ratio > 1.3)).any():
        ratio = np.where((ratio < 0.3) | (ratio > 1.3), rng.normal(0.8, 0.4, 2), ratio)
    span = full * ratio
    return (full - 1) / 2 + rng.uniform(-0.5, 0.5, 2) * np.abs(full - span), span
