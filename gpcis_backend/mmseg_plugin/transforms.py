"""From an annotated picture to a training sample: target, crop, colours, clicks.

Every random number comes from ``results["rng"]``, which the dataset seeds with the
sample's index: a resumed run sees the samples that an unbroken one would have seen.
A transform returns None where the picture does not give a usable sample.
"""

from typing import Any

import cv2
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import PixelData
from mmseg.registry import TRANSFORMS
from mmseg.structures import SegDataSample
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from gpcis_backend.clicks.sampler import SamplerSettings, initial_clicks
from gpcis_backend.data.instance_folder import VOID_ID

Results = dict[str, Any]

_LEAST_FILL = 0.08  # area over box area below which an instance is too ragged
_LEAST_AREA, _MOST_SHARE = 80, 0.85  # pixels; share of the crop
_SMALL_PART = 900 / 256**2  # share of the crop below which a part is not the target


@TRANSFORMS.register_module()
class SampleObject(BaseTransform):
    """Chooses the instances that make up the target.

    Args:
        union: Probability of joining a second instance of the picture.
    """

    def __init__(self, union: float = 0.15) -> None:
        self.union = union

    def transform(self, results: Results) -> Results | None:
        """Adds ``target``, a list of ids; None if the picture has no good instance."""
        ids, rng = results["ids"], results["rng"]
        usable = _solid_instances(ids)
        if not usable:
            return None
        target = [int(rng.choice(usable))]
        merge = results.get("merge", "none")
        if merge == "all" and rng.random() < 0.5:
            target = [int(i) for i in usable]
        elif merge == "neighbours":
            for _ in range(rng.integers(0, 3)):
                target += _neighbour(ids, target, rng)
        elif len(usable) > 1 and rng.random() < self.union:
            others = [i for i in usable if i not in target]
            target.append(int(rng.choice(others)))
        return {**results, "target": target}


@TRANSFORMS.register_module()
class CropObject(BaseTransform):
    """Crops, mirrors, turns and resizes picture and ids to a square.

    Args:
        target_crop: Probability of a crop around the target, as the zoom makes it;
            otherwise FocalClick's crop of random size anywhere.
        expansion: Range of the target crop's side over the target's.
        turn: Probability of a rotation by up to 15 degrees.
        horizontal_flip: Probability.
        vertical_flip: Probability.
    """

    def __init__(
        self,
        target_crop: float = 0.0,
        expansion: tuple[float, float] = (1.15, 2.4),
        turn: float = 0.0,
        horizontal_flip: float = 0.3,
        vertical_flip: float = 0.3,
    ) -> None:
        self.target_crop, self.expansion, self.turn = target_crop, expansion, turn
        self.flips = (horizontal_flip, vertical_flip)

    def transform(self, results: Results) -> Results | None:
        """Replaces ``image`` and ``ids``; adds ``parts``, ``others`` and ``void``."""
        ids, rng, side = results["ids"], results["rng"], results["size"]
        is_target = np.isin(ids, results["target"])
        if rng.random() < self.target_crop:
            centre, span = _target_window(is_target, rng, self.expansion)
        else:
            centre, span = _free_window(ids.shape, rng)
        matrix = self._matrix(centre, span, side, rng)
        image = cv2.warpAffine(results["image"], matrix, (side, side))
        ids = cv2.warpAffine(ids, matrix, (side, side), flags=cv2.INTER_NEAREST)
        return _with_masks({**results, "image": image, "ids": ids})

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
        sample.set_metainfo(
            {
                "clicks": results["clicks"],
                "index": results["index"],
                "img_shape": size,
                "ori_shape": size,
                "pad_shape": size,
            }
        )
        image = np.ascontiguousarray(results["image"].transpose(2, 0, 1))
        return {"inputs": torch.from_numpy(image), "data_samples": sample}


def _solid_instances(ids: NDArray[np.uint8]) -> list[int]:
    """Instances that are large enough and fill their box, ascending."""
    parts = {
        instance: ids[box] == instance
        for instance, box in enumerate(find_objects(ids), start=1)
        if box is not None and instance != VOID_ID
    }
    return [
        instance
        for instance, part in parts.items()
        if (area := np.count_nonzero(part)) >= _LEAST_AREA
        and area >= _LEAST_FILL * part.size
    ]


def _neighbour(
    ids: NDArray[np.uint8], target: list[int], rng: np.random.Generator
) -> list[int]:
    """One instance that touches the target; none if it stands alone."""
    mask = np.isin(ids, target).astype(np.uint8)
    ring = cv2.dilate(mask, np.ones((5, 5), np.uint8)).astype(bool) & ~mask.astype(bool)
    found = [int(i) for i in np.unique(ids[ring]) if i not in (0, VOID_ID)]
    return [int(rng.choice(found))] if found else []


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
    slack = np.maximum(span - side, 0) / 2
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


def _with_masks(results: Results) -> Results | None:
    """Adds the masks of the target's parts, of other objects, and of no label."""
    ids, target = results["ids"], results["target"]
    truth = np.isin(ids, target)
    small = _small_parts(truth)
    void = (ids == VOID_ID) | small
    parts = [(ids == i) & ~small for i in target]
    parts = [part for part in parts if part.any()]
    area = np.count_nonzero(truth & ~small)
    if not _LEAST_AREA < area < _MOST_SHARE * truth.size:
        return None
    others = (ids > 0) & (ids != VOID_ID) & ~truth
    return {**results, "parts": parts, "others": others, "void": void}


def _small_parts(truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of connected components that are neither the largest nor large."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(truth.astype(np.uint8))
    if count <= 2:
        return np.zeros_like(truth)
    areas = stats[:, cv2.CC_STAT_AREA]
    least = min(areas[1:].max(), _SMALL_PART * truth.size)
    keep = areas >= least
    keep[0] = True
    small: NDArray[np.bool_] = ~keep[labels]
    return small
