"""Training transforms that choose the target among the instances of a picture."""

from typing import Any, Literal

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.pictures import VOID_ID, Ids

Results = dict[str, Any]
SmallParts = Literal["background", "void"]

_LEAST_AREA, _MOST_SHARE = 80, 0.85  # pixels; share of the crop
_SMALL_PART = 900 / 256**2  # share of the crop below which a part is not the target


@TRANSFORMS.register_module()
class DropRagged(BaseTransform):
    """Removes instances that hardly fill their box: mostly faulty outlines.

    Args:
        least_fill: Area over box area below which an instance is dropped.
    """

    def __init__(self, least_fill: float = 0.08) -> None:
        self.least_fill = least_fill

    def transform(self, results: Results) -> Results:
        """Replaces ``ids``, in which such instances become background."""
        ids = results["ids"]
        ragged = [
            instance
            for instance, part in _instances(ids).items()
            if np.count_nonzero(part) < self.least_fill * part.size
        ]
        if not ragged:
            return results
        return {**results, "ids": np.where(np.isin(ids, ragged), 0, ids)}


@TRANSFORMS.register_module()
class SampleObject(BaseTransform):
    """Chooses the instances that make up the target.

    Args:
        union: Probability of joining a second instance of the picture.
        least_fill: As for ``DropRagged``, but such instances stay what they are.
    """

    def __init__(self, union: float = 0.15, least_fill: float = 0.0) -> None:
        self.union, self.least_fill = union, least_fill

    def transform(self, results: Results) -> Results | None:
        """Adds ``target``, a list of ids; None if the picture has no good instance."""
        ids, rng = results["ids"], results["rng"]
        usable = self._usable(ids)
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

    def _usable(self, ids: Ids) -> list[int]:
        """Instances that are large enough and fill their box, ascending."""
        return [
            instance
            for instance, part in _instances(ids).items()
            if (area := np.count_nonzero(part)) >= _LEAST_AREA
            and area >= self.least_fill * part.size
        ]


@TRANSFORMS.register_module()
class MaskTarget(BaseTransform):
    """Turns the chosen ids into the masks that clicks and losses are made from.

    Args:
        small_parts: What components of the target become that are under 900 pixels at
            256 x 256: ``background`` as in the released training, which knows no target
            without a larger one; or ``void``, which neither rewards nor punishes them,
            and then the largest always stays.
    """

    def __init__(self, small_parts: SmallParts = "background") -> None:
        self.small_parts = small_parts

    def transform(self, results: Results) -> Results | None:
        """Adds ``parts``, ``others`` and ``void``; None if the target is unsuitable."""
        ids, target = results["ids"], results["target"]
        truth = np.isin(ids, target)
        small = _small_parts(truth, keeps_largest=self.small_parts == "void")
        area = np.count_nonzero(truth & ~small)
        if not _LEAST_AREA < area < _MOST_SHARE * truth.size:
            return None
        parts = [(ids == i) & ~small for i in target]
        void = ids == VOID_ID
        others = (ids > 0) & ~void & ~truth
        if self.small_parts == "void":
            void |= small
        return {
            **results,
            "parts": [part for part in parts if part.any()],
            "others": others,
            "void": void,
        }


def _instances(ids: Ids) -> dict[int, BoolMask]:
    """Mask of each instance inside its box, ascending."""
    return {
        instance: ids[box] == instance
        for instance, box in enumerate(find_objects(ids), start=1)
        if box is not None and instance != VOID_ID
    }


def _neighbour(ids: Ids, target: list[int], rng: np.random.Generator) -> list[int]:
    """One instance that touches the target; none if it stands alone."""
    mask = np.isin(ids, target).astype(np.uint8)
    ring = cv2.dilate(mask, np.ones((5, 5), np.uint8)).astype(bool) & ~mask.astype(bool)
    found = [int(i) for i in np.unique(ids[ring]) if i not in (0, VOID_ID)]
    return [int(rng.choice(found))] if found else []


def _small_parts(truth: BoolMask, *, keeps_largest: bool) -> NDArray[np.bool_]:
    """Pixels of connected components (side by side, not at corners) that are small."""
    connectivity = 8 if keeps_largest else 4
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        truth.astype(np.uint8), connectivity=connectivity
    )
    areas = stats[:, cv2.CC_STAT_AREA]
    least = _SMALL_PART * truth.size
    if keeps_largest and count > 1:
        least = min(least, areas[1:].max())
    is_small = areas < least
    is_small[0] = False
    small: NDArray[np.bool_] = is_small[labels]
    return small
