"""Every public set, packed as its archive is, ends where its reader finds it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive_scenes import tar_of, tree_of, zip_of, zipped_folder
from gpcis_backend.data.archives.catalogue import PUBLIC_SETS, public_set
from gpcis_backend.data.archives.check import check_set
from gpcis_backend.data.archives.download import Downloader, check_url
from gpcis_backend.data.archives.obtain import Source, obtain
from gpcis_backend.data.benchmarks import open_dataset
from public_layouts import write_davis, write_ritm_coco_lvis, write_sbd, write_voc


def _grabcut(made: Path) -> dict[str, bytes]:
    write_davis(made, ["a", "b"])
    (made / "img").rename(made / "data_GT")
    (made / "gt").rename(made / "boundary_GT")
    return {"GrabCut.zip": zipped_folder(made)}


def _berkeley(made: Path) -> dict[str, bytes]:
    write_davis(made, ["1", "2"])
    (made / "img").rename(made / "images")
    (made / "gt").rename(made / "masks")
    return {"Berkeley.zip": zipped_folder(made, "Berkeley/")}


def _davis(made: Path) -> dict[str, bytes]:
    write_davis(made, ["a", "b"])
    return {"DAVIS.zip": zip_of({"DAVIS/list/val.txt": b"", **tree_of(made)})}


def _sbd(made: Path) -> dict[str, bytes]:
    release = made / "benchmark_RELEASE"
    write_sbd(release / "dataset", train=["t"], val=["a"])
    write_sbd(release / "benchmark_code_RELEASE/demo/datadir", train=[], val=["demo"])
    return {"benchmark.tgz": tar_of(tree_of(made))}


def _voc(made: Path) -> dict[str, bytes]:
    write_voc(made / "VOCdevkit/VOC2012", train=["t"], val=["a"])
    return {"VOCtrainval_11-May-2012.tar": tar_of(tree_of(made), mode="w")}


def _coco_lvis(made: Path) -> dict[str, bytes]:
    archives = {}
    for part in ("train", "val"):
        write_ritm_coco_lvis(made, part, ["a"])
        images = made / part / "images"
        archives[f"{part}2017.zip"] = zipped_folder(images, f"{part}2017/")
        shutil.rmtree(images)
    archives["cocolvis_annotation.tar.gz"] = tar_of(tree_of(made))
    return archives


@pytest.mark.parametrize(
    ("name", "pack", "num_objects"),
    [
        ("grabcut", _grabcut, 2),
        ("berkeley", _berkeley, 2),
        ("davis", _davis, 2),
        ("sbd", _sbd, 2),
        ("voc", _voc, 2),
        ("coco_lvis", _coco_lvis, 3),
    ],
)
def test_a_public_archive_is_read_after_get(
    tmp_path: Path,
    name: str,
    pack: Callable[[Path], dict[str, bytes]],
    num_objects: int,
) -> None:
    files, data = pack(tmp_path / "made"), tmp_path / "data"
    archives = tuple(
        replace(one, num_bytes=None, digest=None) for one in public_set(name).archives
    )
    chosen = replace(public_set(name), archives=archives)
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    sources = [Source(one, tmp_path / one.file, ()) for one in archives]

    place = obtain(chosen, data, sources, Downloader(_ignore))

    root = data / "eval" if place.parent.name == "eval" else data
    assert len(open_dataset(name, root)) == num_objects
    assert sum(t.found.objects for t in check_set(name, place, _ignore)) >= num_objects
    assert [fault for t in check_set(name, place, _ignore) for fault in t.faults] == []
    assert chosen.missing(data) == ()


@pytest.mark.parametrize("name", PUBLIC_SETS)
def test_a_public_set_names_addresses_and_terms(name: str) -> None:
    one = public_set(name)

    for url in (one.page, *(url for it in one.archives for url in it.urls)):
        check_url(url)
    for archive in one.archives:
        assert all(url.endswith(f"/{archive.file}") for url in archive.urls)
        kind, _, digest = (archive.digest or "md5:" + "0" * 32).partition(":")
        assert len(digest) == {"md5": 32, "sha256": 64}[kind]
    assert one.terms


def _ignore(what: str, done: int, total: int | None) -> None:
    pass
