"""Every format gives back the masks it was given."""

import contextlib
import io
import json
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from pycocotools.coco import COCO

from format_scenes import CLASSES, HEIGHT, WIDTH, masks, scene
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.errors import GpcisError, InvalidInput
from gpcis_backend.server.formats.archive import Archive
from gpcis_backend.server.formats.registry import (
    ImportFormat,
    read,
    writer,
)
from gpcis_backend.server.formats.scene import Found, Scene
from gpcis_backend.server.rle import from_runs
from gpcis_backend.server.schemas import ExportFormat

ALL = ("holes", "islands", "pixel", "corners", "full", "empty")
APART = ("holes", "islands", "pixel", "corners")


@pytest.mark.parametrize("polygons", [False, True], ids=["runs", "polygons"])
def test_coco_gives_back_every_mask(tmp_path: Path, polygons: bool) -> None:
    files = _written(tmp_path, "coco", scene(*ALL), polygons=polygons)

    found = _read("coco", files["annotations.json"])

    _check_same(found, ALL)
    assert [each.label for each in found][:3] == [c.name for c in CLASSES.classes]


@pytest.mark.parametrize("polygons", [False, True], ids=["runs", "polygons"])
def test_pycocotools_loads_our_coco(tmp_path: Path, polygons: bool) -> None:
    files = _written(tmp_path, "coco", scene(*ALL), polygons=polygons)
    path = tmp_path / "annotations.json"
    path.write_bytes(files["annotations.json"])

    with contextlib.redirect_stdout(io.StringIO()):
        loaded = COCO(str(path))

    for annotation, name in zip(loaded.loadAnns(loaded.getAnnIds()), ALL, strict=True):
        mask = masks()[name]
        np.testing.assert_array_equal(loaded.annToMask(annotation) == 1, mask)
        assert annotation["area"] == mask.sum()


def test_label_studio_gives_back_every_mask(tmp_path: Path) -> None:
    files = _written(tmp_path, "labelstudio", scene(*ALL))

    _check_same(_read("labelstudio", files["tasks.json"]), ALL)
    labels = xml.fromstring(files["labeling_config.xml"]).iter("Label")
    assert {each.get("value") for each in labels} == {c.name for c in CLASSES.classes}


def test_instances_give_back_masks_that_do_not_overlap(tmp_path: Path) -> None:
    files = _written(tmp_path, "png-instance", scene(*APART))

    _check_same(_read("png", files["shots/a.png"]), APART)
    legend = json.loads(files["objects.json"])["objects"]["shots/a.png"]
    assert legend["2"]["name"] == "dog"


def test_an_index_gives_back_what_each_class_covers(tmp_path: Path) -> None:
    files = _written(tmp_path, "png-index", scene(*APART[:3]))

    found = _read("png", files["shots/a.png"])

    _check_same(found, APART[:3])
    assert [each.label for each in found] == [c.name for c in CLASSES.classes]
    picture = pillow.open(io.BytesIO(files["shots/a.png"]))
    palette = picture.getpalette()
    assert picture.mode == "P"
    assert palette is not None
    assert bytes(palette[3:6]).hex() == CLASSES.classes[0].color[1:]


def test_the_full_image_and_many_objects_fit_an_instance_png(tmp_path: Path) -> None:
    files = _written(tmp_path, "png-instance", scene(*["pixel"] * 299, "full"))

    (full,) = _read("png", files["shots/a.png"])

    picture = pillow.open(io.BytesIO(files["shots/a.png"]))
    assert full.runs.bbox == (0, 0, WIDTH, HEIGHT)
    assert picture.mode == "I;16"
    assert np.asarray(picture).max() == 300


@pytest.mark.parametrize("name", ["yolo-seg", "labelme"])
def test_polygon_formats_give_back_all_but_empty_objects(
    tmp_path: Path, name: ImportFormat
) -> None:
    export: ExportFormat = "yolo-seg" if name == "yolo-seg" else "labelme"
    files = _written(tmp_path, export, scene(*ALL))
    file = "labels/shots/a.txt" if name == "yolo-seg" else "shots/a.json"

    found = _read(name, files[file])

    _check_same(found, ALL[:-1])
    assert [each.label for each in found][:3] == [c.name for c in CLASSES.classes]


def test_voc_holds_objects_classes_and_boxes(tmp_path: Path) -> None:
    files = _written(tmp_path, "voc", scene(*APART))

    objects = _read("png", files["SegmentationObject/shots/a.png"])
    root = xml.fromstring(files["Annotations/shots/a.xml"])

    _check_same(objects, APART)
    boxes = root.findall("object/bndbox")
    assert len(boxes) == len(APART)
    assert [each.text for each in boxes[0]] == ["3", "3", "22", "18"]
    assert root.findtext("filename") == "a.png"


def test_yolo_counts_classes_from_zero(tmp_path: Path) -> None:
    files = _written(tmp_path, "yolo-seg", scene("pixel", "holes"))

    lines = files["labels/shots/a.txt"].decode().splitlines()

    assert [line.split()[0] for line in lines] == ["0", "1"]
    assert '2: "a \\"b\\" <c>"' in files["data.yaml"].decode()


def test_images_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    scenes = [scene("pixel", name=name) for name in ("a.png", "A.jpg", "../a.bmp")]

    files = _written(tmp_path, "png-index", *scenes)

    assert {"a.png", "A-2.png", "a-3.png"} <= files.keys()


def test_a_label_studio_polygon_becomes_a_mask() -> None:
    value = {"points": [[0, 0], [50, 0], [50, 50], [0, 50]], "polygonlabels": ["cat"]}
    region = {"type": "polygonlabels", "value": value}
    task = {"data": {"image": "/x/a.png"}, "annotations": [{"result": [region]}]}

    (found,) = _read("labelstudio", json.dumps(task).encode())

    assert found.label == "cat"
    mask = _mask(found)
    assert mask[:20, :25].all()
    assert mask.sum() == 20 * 25


def test_coloured_and_transparent_pictures_are_masks_too() -> None:
    pixels = np.zeros((HEIGHT, WIDTH, 4), dtype=np.uint8)
    pixels[:5] = (255, 0, 0, 255)
    pixels[5:9] = (0, 0, 255, 255)
    pixels[9:12] = (9, 9, 9, 0)
    buffer = io.BytesIO()
    pillow.fromarray(pixels).save(buffer, "PNG")

    found = _read("png", buffer.getvalue())

    assert sorted(int(_mask(each).sum()) for each in found) == [4 * WIDTH, 5 * WIDTH]
    assert [each.label for each in found] == [None, None]


def test_a_photograph_is_no_mask() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    buffer = io.BytesIO()
    pillow.fromarray(noise).save(buffer, "PNG")

    with pytest.raises(InvalidInput, match="no mask"):
        _read("png", buffer.getvalue())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("coco", b"{", id="cut JSON"),
        pytest.param("coco", b"[]", id="a list"),
        pytest.param("coco", b'{"images": [], "annotations": []}', id="no image"),
        pytest.param(
            "coco",
            b'{"images": [{"id": 1, "file_name": "a.png", "height": 1, "width": 1}], '
            b'"annotations": []}',
            id="another size",
        ),
        pytest.param("coco", b"[" * 100_000, id="deep"),
        pytest.param("labelstudio", b"7", id="a number"),
        pytest.param("labelstudio", b'{"data": {"image": "a.png"}, '
                     b'"annotations": [{"result": [{"type": "brushlabels", '
                     b'"value": {"rle": [1, 2]}}]}]}', id="damaged brush"),
        pytest.param("labelme", b'{"imageHeight": 40, "imageWidth": 50, "shapes": '
                     b'[{"points": [[1, 2]]}]}', id="a point"),
        pytest.param("labelme", b'{"imageHeight": 40, "imageWidth": 50, "shapes": '
                     b'[{"points": [[1, 2], [NaN, 4], [5, 6]]}]}', id="NaN"),
        pytest.param("yolo-seg", b"0 0.1 0.2 x", id="words"),
        pytest.param("yolo-seg", b"0 0.1 0.2 0.3", id="odd"),
        pytest.param("yolo-seg", b"\xff\xfe", id="binary"),
        pytest.param("png", b"\x89PNG\r\n\x1a\n", id="cut PNG"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(name: ImportFormat, data: bytes) -> None:
    with pytest.raises(GpcisError) as error:
        _read(name, data)

    assert error.value.status in (400, 422)


def _written(
    folder: Path, name: ExportFormat, *scenes: Scene, polygons: bool = False
) -> dict[str, bytes]:
    path = folder / "out.zip"
    with Archive(path) as archive:
        writer(name, polygons=polygons)(iter(scenes), CLASSES.classes, archive)
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        return {member: packed.read(member) for member in packed.namelist()}


def _read(name: ImportFormat, data: bytes) -> list[Found]:
    return read(name, data, "shots/a.png", HEIGHT, WIDTH, CLASSES.classes)


def _check_same(found: list[Found], names: tuple[str, ...]) -> None:
    given: list[BoolMask] = [masks()[name] for name in names]
    assert len(found) == len(given)
    for each, mask in zip(found, given, strict=True):
        np.testing.assert_array_equal(_mask(each), mask)


def _mask(found: Found) -> BoolMask:
    return from_runs(found.runs, HEIGHT, WIDTH)
