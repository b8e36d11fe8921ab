"""Finished annotations of Label Studio become instance folders, or say why not."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from gpcis_backend.data.instance_folder import open_instance_folder
from gpcis_backend.data.instance_writer import to_ids
from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.label_studio.learning.annotations import (
    LabelledPicture,
    Skipped,
    labelled_pictures,
    read_export,
)
from gpcis_backend.server.label_studio.learning.collect import write_instances
from label_studio_export import (
    address,
    bitmask,
    box,
    brush,
    task,
)


def test_masks_survive_the_way_through_an_export(tmp_path: Path) -> None:
    masks = [box(2, 3, 9, 12), box(6, 8, 20, 30), box(25, 30, 29, 39)]
    regions = [brush(masks[0]), bitmask(masks[1]), brush(masks[2])]
    export = json.dumps([task([regions])])

    _write(tmp_path / "d", export)

    folder = open_instance_folder(tmp_path / "d/train", "label_studio")
    found = [
        folder[number].ids == instance
        for number in range(len(folder))
        for instance in range(1, folder[number].ids.max() + 1)
    ]
    assert len(folder) == 2  # the first two overlap
    assert {mask.tobytes() for mask in found} == {mask.tobytes() for mask in masks}


def test_a_flat_export_gives_the_same_masks(tmp_path: Path) -> None:
    mask = box(2, 3, 9, 12)
    region = brush(mask)
    value = {k: region[k] for k in ("original_width", "original_height")}
    item = {
        "id": 7,
        "image": address(),
        "mask": [{**value, **region["value"]}],
        "annotator": 1,
        "created_at": "2026-11-22T10:00:00Z",
    }

    _write(tmp_path / "d", json.dumps([item]))

    folder = open_instance_folder(tmp_path / "d/train", "label_studio")
    np.testing.assert_array_equal(folder[0].ids == 1, mask)


def test_a_mask_that_a_click_asked_for_counts_once(tmp_path: Path) -> None:
    region = {**brush(box(2, 3, 9, 12)), "id": "39f311afb5"}
    code = {key: region["value"][key] for key in ("format", "rle")}
    of_tool = {**region, "type": "keypointlabels", "from_name": "click", "value": code}
    item = {"id": 7, "image": address(), "mask": [region["value"]], "click": [code]}

    for number, export in enumerate(([task([[region, of_tool]])], [item])):
        lines = _write(tmp_path / str(number), json.dumps(export))

        folder = open_instance_folder(tmp_path / f"{number}/train", "label_studio")
        assert len(folder) == 1
        assert folder[0].ids.max() == 1
        assert lines == []


def test_annotators_of_one_picture_have_files_of_their_own(tmp_path: Path) -> None:
    one, other = box(2, 3, 9, 12), box(2, 3, 10, 12)
    export = json.dumps([task([[brush(one)], [brush(other)]])])

    _write(tmp_path / "d", export)

    names = sorted(path.name for path in (tmp_path / "d").rglob("inst/*"))
    assert names == ["picture_7.1.png", "picture_7.png"]
    assert len(list((tmp_path / "d").rglob("img/*"))) == 1


def test_tasks_that_show_one_picture_share_its_name(tmp_path: Path) -> None:
    tasks = [task([[brush(box(2, 3, 9, 12))]], id=number) for number in (1, 2)]

    _write(tmp_path / "d", json.dumps(tasks))

    folder = open_instance_folder(tmp_path / "d/train", "label_studio")
    assert len({image for image, _ in folder.pairs}) == 1
    assert len(folder) == 2


def test_pictures_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    tasks = [
        task([[brush(box(2, 3, 9, 12))]], image=address(shade)) for shade in (1, 2)
    ]

    _write(tmp_path / "d", json.dumps(tasks))

    assert len(list((tmp_path / "d").rglob("img/*"))) == 2


def test_only_finished_annotations_count() -> None:
    done = {"result": [brush(box(2, 3, 9, 12))]}
    cancelled = {**done, "was_cancelled": True}
    task = {
        "id": 7,
        "data": {"image": address()},
        "annotations": [done, cancelled, {"result": []}, 12],
        "drafts": [done],
        "predictions": [done],
    }
    skipped = Skipped()

    (picture,) = labelled_pictures([task], skipped)

    assert len(picture.annotations) == 1
    assert skipped.lines() == [
        "1 annotation skipped: cancelled by its annotator",
        "1 annotation skipped: it has no brush, bitmask or polygon",
    ]


def test_other_shapes_are_counted_and_answers_about_a_mask_are_not() -> None:
    mask = {**brush(box(2, 3, 9, 12)), "id": "m"}
    about = {"type": "choices", "id": "m", "value": {"choices": ["blurred"]}}
    boxes = [{"type": "rectanglelabels", "id": name, "value": {}} for name in "ab"]
    skipped = Skipped()

    (picture,) = labelled_pictures([task([[about, mask, *boxes]])], skipped)

    assert picture.annotations == ((mask,),)
    assert skipped.lines() == ['2 regions skipped: "rectanglelabels" is no mask']


@pytest.mark.parametrize(
    ("data", "to_name", "keys", "expected"),
    [
        (
            {"pic": "/data/upload/1/a.png", "note": "hi"},
            "img",
            {},
            "/data/upload/1/a.png",
        ),
        ({"img": "s3://b/a", "other": "s3://b/o"}, "img", {}, "s3://b/a"),
        ({"a": "s3://b/a", "b": "s3://b/b"}, "img", {"img": "b"}, "s3://b/b"),
        ({"a": "s3://b/a", "b": "s3://b/b"}, "img", {}, None),
        ({"text": "nothing to see"}, "img", {}, None),
    ],
    ids=["only one", "named as its tag", "by labeling config", "ambiguous", "none"],
)
def test_the_picture_of_a_region_is_found_or_left_out(
    data: dict[str, str], to_name: str, keys: dict[str, str], expected: str | None
) -> None:
    region = {**brush(box(2, 3, 9, 12)), "to_name": to_name}
    task = {"id": 1, "data": data, "annotations": [{"result": [region]}]}
    skipped = Skipped()

    found = list(labelled_pictures([task], skipped, keys))

    assert [picture.address for picture in found] == ([expected] if expected else [])
    assert bool(skipped.lines()) == (expected is None)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("/data/upload/1/4d8c-my%20cat.v2.jpg", "4d8c-my_cat_v2_7"),
        ("/data/local-files/?d=dir/a.png", "a_7"),
        ("https://host/../../etc/passwd?x=.jpg", "passwd_7"),
        ("data:image/png;base64,AAAA", "picture_7"),
    ],
)
def test_names_are_fit_for_files(place: str, name: str) -> None:
    labelled = task([[brush(box(2, 3, 9, 12))]], image=place)

    (picture,) = labelled_pictures([labelled], Skipped())

    assert picture.name == name


@pytest.mark.parametrize("text", ["", "{}", "[1]", "null", "<html>"])
def test_what_is_no_export_says_what_to_export(text: str) -> None:
    with pytest.raises(InvalidInput, match="The export is no"):
        read_export(text)


def test_nothing_usable_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    turned = {**brush(box(2, 3, 9, 12)), "image_rotation": 90}
    export = json.dumps([task([[turned, turned]])])

    with pytest.raises(InvalidInput, match="2 regions skipped: drawn on a turned"):
        _write(tmp_path / "d", export)

    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    broken = "data:image/png;base64,AAAA"
    tasks = [
        task([[brush(box(2, 3, 9, 12))]], id=number, image=image)
        for number, image in enumerate((broken, address()))
    ]

    lines = _write(tmp_path / "d", json.dumps(tasks))

    assert len(lines) == 1
    assert lines[0].startswith("1 picture skipped: The file is not an image")
    assert len(list((tmp_path / "d").rglob("img/*"))) == 1


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(InvalidInput, match="already holds something else"):
        _write(tmp_path, json.dumps([task([[brush(box(2, 3, 9, 12))]])]))

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_later_export_replaces_the_earlier_one(tmp_path: Path) -> None:
    for number in (1, 2):
        labelled = task([[brush(box(2, 3, 9, 12))]], id=number)
        _write(tmp_path / "d", json.dumps([labelled]))

    assert [path.stem for path in (tmp_path / "d").rglob("inst/*")] == ["picture_2"]
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == [
        "label_studio.txt",
        "train",
    ]


def test_more_instances_than_ids_go_to_further_maps() -> None:
    masks = [np.arange(300) == number for number in range(300)]

    first, second = to_ids(mask[None] for mask in masks)

    assert first.max() == 254
    assert second.max() == 46
    assert [int(np.count_nonzero(ids)) for ids in (first, second)] == [254, 46]


def _decode(picture: LabelledPicture) -> bytes:
    return base64.b64decode(picture.address.partition(",")[2])


def _write(out: Path, export: str) -> list[str]:
    skipped = Skipped()
    pictures: list[LabelledPicture] = list(
        labelled_pictures(read_export(export), skipped)
    )
    write_instances(out, pictures, _decode, skipped, source="export.json")
    return skipped.lines()
