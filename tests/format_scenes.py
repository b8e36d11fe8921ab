"""Masks that formats have trouble with, as a scene."""

import numpy as np

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.server.formats.scene import Scene, Thing
from gpcis_backend.server.project.classes import ClassList, preset_classes
from gpcis_backend.server.rle import to_runs

HEIGHT, WIDTH = 40, 50
CLASSES: ClassList = preset_classes(["cat", "dog", 'a "b" <c>'])


def masks() -> dict[str, BoolMask]:
    """By what is special about them; no two overlap but the full image."""
    found = {
        name: np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
        for name in ("holes", "islands", "pixel", "corners", "full", "empty")
    }
    found["holes"][2:18, 2:22] = True
    found["holes"][5:9, 5:9] = found["holes"][12:14, 10:19] = False
    found["holes"][6:8, 6:8] = True
    found["islands"][20:30, 1:9] = found["islands"][33:38, 3:30] = True
    found["pixel"][20, 40] = True
    found["corners"][2:10, 30:38] = np.eye(8, dtype=np.bool_)
    found["full"][...] = True
    return found


def scene(*names: str, name: str = "shots/a.png") -> Scene:
    """Some of the masks as objects of one image; all classes occur."""
    chosen = [masks()[each] for each in names]
    ids = [each.id for each in CLASSES.classes]
    things = [
        Thing(ids[num % len(ids)], to_runs(mask)) for num, mask in enumerate(chosen)
    ]
    return Scene(name, HEIGHT, WIDTH, things)
