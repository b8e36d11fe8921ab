"""Tiny generated sets in the exact layouts of the public archives."""

import io
import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from scipy.io import savemat

Ids = NDArray[np.integer]
HEIGHT, WIDTH = 90, 120


def scene(seed: int, num_objects: int = 2) -> tuple[NDArray[np.uint8], Ids]:
    """A picture (90, 120, 3) and its ids 1, 2, ..: coloured boxes, one beside another.

    Each is large enough to train on.
    """
    rng = np.random.default_rng(seed)
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    step = WIDTH // num_objects
    for number in range(num_objects):
        top, left = rng.integers(5, 20), number * step + rng.integers(2, 6)
        ids[top : top + 60, left : left + step - 12] = number + 1
    colours = rng.integers(0, 256, (num_objects + 1, 3))
    noise = rng.integers(-9, 10, (HEIGHT, WIDTH, 1))
    return np.clip(colours[ids] + noise, 0, 255).astype(np.uint8), ids


def write_sbd(
    root: Path, train: Sequence[str] = (), val: Sequence[str] = (), objects: int = 2
) -> None:
    """img/NAME.jpg, inst/NAME.mat with GTinst, train.txt and val.txt, in ``root``."""
    names = [*train, *val]
    for number, name in enumerate(names):
        picture, ids = scene(number, objects)
        _save(picture, root / "img" / f"{name}.jpg")
        write_mat(root / "inst" / f"{name}.mat", ids)
    for part, chosen in (("train", train), ("val", val)):
        _write_split(root / f"{part}.txt", chosen)


def write_mat(path: Path, ids: Ids) -> None:
    """GTinst with Segmentation, Boundaries and Categories, compressed as in SBD."""
    numbers = np.unique(ids[ids > 0])
    boundaries = np.empty((len(numbers), 1), object)
    for row, number in enumerate(numbers):
        boundaries[row, 0] = (ids == number).astype(np.uint8)
    record = {
        "Segmentation": ids,
        "Boundaries": boundaries,
        "Categories": np.ones((len(numbers), 1), np.uint8),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"GTinst": record}, do_compression=True)


def write_voc(root: Path, train: Sequence[str] = (), val: Sequence[str] = ()) -> None:
    """JPEGImages, SegmentationObject (palette, 255 at borders) and ImageSets."""
    for number, name in enumerate([*train, *val, "not_in_any_split"]):
        picture, ids = scene(number)
        _save(picture, root / "JPEGImages" / f"{name}.jpg")
        if name == "not_in_any_split":
            continue  # most pictures of VOC have no mask
        ids = ids.copy()
        ids[4] = 255
        mask = pillow.fromarray(ids.astype(np.uint8)).convert("P")
        mask.putdata(ids.astype(np.uint8).ravel().tolist())
        mask.putpalette([(37 * n) % 256 for n in range(768)])
        _save(mask, root / "SegmentationObject" / f"{name}.png")
    for part, chosen in (("train", train), ("val", val)):
        _write_split(root / "ImageSets" / "Segmentation" / f"{part}.txt", chosen)


def write_davis(root: Path, names: Sequence[str]) -> None:
    """img/NAME.jpg + gt/NAME.png in colours, as the 345 frames."""
    for number, name in enumerate(names):
        picture, ids = scene(number)
        _save(picture, root / "img" / f"{name}.jpg")
        _save(np.stack([ids * 100, ids * 0, ids * 0], -1), root / "gt" / f"{name}.png")


def write_ritm_coco_lvis(root: Path, part: str, names: Sequence[str]) -> None:
    """PART/images/NAME.jpg, PART/masks/NAME.pickle and PART/hannotation.pickle.

    Objects 0 and 1 lie in layer 0, object 2 is a part of 0 in layer 1, and a fourth
    mask, beyond ``num_instance_masks``, is stuff.
    """
    records = {}
    for number, name in enumerate(names):
        picture, ids = scene(number)
        part_of = np.where((ids == 1) & (np.arange(WIDTH) < 30), 7, 0)
        part_of[-5:] = 9
        _save(picture, root / part / "images" / f"{name}.jpg")
        layers = [_png(ids), _png(part_of)]
        mapping = [(0, 1), (0, 2), (1, 7), (1, 9)]
        _dump((layers, mapping), root / part / "masks" / f"{name}.pickle")
        child = {"children": [], "parent": 0, "node_level": 1}
        parent = {"children": [2], "parent": None, "node_level": 0}
        records[name] = {
            "num_instance_masks": 3,
            "hierarchy": {0: parent, 1: None, 2: child},
        }
    _dump(records, root / part / "hannotation.pickle")


def write_coco_json(
    root: Path, part: str, names: Sequence[str], *, as_lvis: bool = False
) -> None:
    """annotations/FILE.json beside PART2017/NAME.jpg: a polygon, run lengths, a crowd.

    The polygon is object 1, the uncompressed run lengths are object 2.
    """
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, name in enumerate(names, start=1):
        picture, ids = scene(number - 1)
        _save(picture, root / f"{part}2017" / f"{name}.jpg")
        image = {"id": number, "height": HEIGHT, "width": WIDTH}
        if as_lvis:
            address = f"http://images.example/{part}2017/{name}.jpg"
            images.append({**image, "coco_url": address})
        else:
            images.append({**image, "file_name": f"{name}.jpg"})
        crowd = np.zeros_like(ids)
        crowd[-5:] = 1
        shapes = [(_box(ids == 1), 0), (_runs(ids == 2), 0)]
        for shape, is_crowd in shapes if as_lvis else [*shapes, (_runs(crowd == 1), 1)]:
            one = {"id": len(annotations) + 1, "image_id": number, "category_id": 1}
            annotations.append({**one, "segmentation": shape, "iscrowd": is_crowd})
    file = f"lvis_v1_{part}.json" if as_lvis else f"instances_{part}2017.json"
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1}]}
    (root / "annotations" / file).write_text(json.dumps(content))


def _box(mask: NDArray[np.bool_]) -> list[list[float]]:
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom = float(rows[0]), float(rows[-1] + 1)
    left, right = float(cols[0]), float(cols[-1] + 1)
    return [[left, top, right, top, right, bottom, left, bottom]]


def _runs(mask: NDArray[np.bool_]) -> dict[str, list[int]]:
    """COCO's uncompressed run lengths, column by column, background first."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    edges = np.flatnonzero(np.diff(flat.astype(np.int8)))
    lengths = np.diff(np.concatenate([[0], edges, [mask.size]]))
    return {"size": list(mask.shape), "counts": [int(n) for n in lengths]}


def _png(ids: Ids) -> NDArray[np.uint8]:
    """As cv2.imencode gives it: the bytes of the file in an array."""
    buffer = io.BytesIO()
    pillow.fromarray(ids.astype(np.uint8)).save(buffer, "PNG")
    return np.frombuffer(buffer.getvalue(), np.uint8)


def _dump(value: object, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value))


def _save(picture: NDArray[np.uint8] | Ids | pillow.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(picture, pillow.Image):
        picture = pillow.fromarray(picture.astype(np.uint8))
    picture.save(path)


def _write_split(path: Path, names: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in names))
