"""F5, F7, D3: what goes out is exact, what comes in is the same and can be changed."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from pycocotools.coco import COCO

import brush_oracle
from format_scenes import HEIGHT, WIDTH, masks
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.inference.load import load_predictor
from gpcis_backend.server.rle import to_runs
from page.conftest import OpenPage
from page.masks import shown_mask
from page.pictures import png_of
from page.stored import (
    add_image,
    add_masks,
    exported,
    imported,
    open_stored,
    stored,
)
from page.visit import Visit

ALL = ("holes", "islands", "pixel", "full", "empty")
RIM = (465.5, 250.5)
APART = ("holes", "islands", "pixel")


@pytest.mark.parametrize("polygons", [False, True], ids=["runs", "polygons"])
def test_f5_pycocotools_loads_the_exported_coco(
    visit: Visit, tmp_path: Path, polygons: bool
) -> None:
    _open_scene(visit, *ALL)

    files = exported(visit, "coco", polygons=polygons)

    path = tmp_path / "annotations.json"
    path.write_bytes(files["annotations.json"])
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = COCO(str(path))
    annotations = loaded.loadAnns(loaded.getAnnIds())
    for annotation, name in zip(annotations, ALL, strict=True):
        np.testing.assert_array_equal(loaded.annToMask(annotation) == 1, masks()[name])


def test_f5_brush_masks_are_the_bytes_that_label_studio_writes(visit: Visit) -> None:
    _open_scene(visit, *ALL)

    (task,) = json.loads(exported(visit, "labelstudio")["tasks.json"])

    regions = task["annotations"][0]["result"]
    codes = [bytes(region["value"]["rle"]) for region in regions]
    assert codes == [brush_oracle.encode(masks()[name]) for name in ALL]


@pytest.mark.parametrize("names", [APART, ("full",), ("empty",)], ids="-".join)
def test_f5_pictures_of_masks_are_exact(visit: Visit, names: tuple[str, ...]) -> None:
    _open_scene(visit, *names)

    numbers = _picture(exported(visit, "png-instance")["a.png"])
    classes = _picture(exported(visit, "png-index")["a.png"])

    for number, name in enumerate(names, start=1):
        np.testing.assert_array_equal(numbers == number, masks()[name])
    covered = np.any([masks()[name] for name in names], axis=0)
    np.testing.assert_array_equal(classes, covered.astype(np.uint8))


@pytest.mark.parametrize(
    ("form", "polygons", "member", "back", "names", "least"),
    [
        ("coco", False, "annotations.json", "coco", ALL, 1),
        ("coco", True, "annotations.json", "coco", ALL, 0.98),
        ("labelstudio", False, "tasks.json", "labelstudio", ALL, 1),
        ("png-instance", False, "a.png", "png", APART, 1),
        ("png-instance", False, "a.png", "png", ("full",), 1),
        ("png-index", False, "a.png", "png", ("holes",), 1),
        ("voc", False, "SegmentationObject/a.png", "png", APART, 1),
        ("yolo-seg", False, "labels/a.txt", "yolo-seg", ALL[:-1], 0.98),
        ("labelme", False, "a.json", "labelme", ALL[:-1], 0.98),
    ],
)
def test_f7_an_export_comes_back_the_same(
    visit: Visit,
    form: str,
    polygons: bool,
    member: str,
    back: str,
    names: tuple[str, ...],
    least: float,
) -> None:
    _open_scene(visit, *names)
    files = exported(visit, form, polygons=polygons)

    imported(visit, back, Path(member).name, files[member])

    _check_twice(visit, names, least)


def test_f7_our_own_document_comes_back_with_its_clicks(visit: Visit) -> None:
    _open_scene(visit, *ALL)

    imported(visit, "gpcis", "a.png.gpcis.json", json.dumps(stored(visit)).encode())

    _check_twice(visit, ALL, 1)


def test_d3_an_imported_mask_takes_a_click_without_being_wiped(
    open_page: OpenPage,
) -> None:
    visit = open_page(load_predictor())
    visit.open_sample(2)
    height, width = 400, 600
    rows, cols = np.ogrid[:height, :width]
    dish = ((cols - 265) / 190) ** 2 + ((rows - 215) / 175) ** 2 <= 1  # lacks its rim
    imported(visit, "png", "dish.png", png_of(255 * dish.astype(np.uint8)))
    np.testing.assert_array_equal(shown_mask(visit, "o1"), dish)

    visit.by_id("object-o1").dblclick()
    visit.click(*RIM, wait=None)
    visit.wait_for_clicks(1)

    mask = shown_mask(visit, "o1")
    far = (cols - RIM[0]) ** 2 + (rows - RIM[1]) ** 2 > 40**2
    assert visit.sent[-1]["init"]["bbox"] == list(to_runs(dish).bbox)
    assert _iou(mask & far, dish & far) >= 0.8
    assert mask[int(RIM[1]), int(RIM[0])]


def _open_scene(visit: Visit, *names: str) -> None:
    """A stored image whose objects are those masks."""
    pixels = np.full((HEIGHT, WIDTH, 3), 120, dtype=np.uint8)
    add_masks(visit, add_image(visit, png_of(pixels)), (masks()[it] for it in names))
    open_stored(visit)


def _check_twice(visit: Visit, names: tuple[str, ...], least: float) -> None:
    """The objects are there a second time."""
    visit.until(
        "(count) => __gpcis.state.work.objects.length === count", 2 * len(names)
    )
    for number, name in enumerate(names, start=len(names) + 1):
        assert _iou(shown_mask(visit, f"o{number}"), masks()[name]) >= least


def _iou(one: BoolMask, other: BoolMask) -> float:
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def _picture(data: bytes) -> np.ndarray:
    pixels: np.ndarray = np.asarray(pillow.open(io.BytesIO(data)))
    return pixels
