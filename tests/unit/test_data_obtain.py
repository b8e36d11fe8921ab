"""From an address to a set in its place: whole, or not at all."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from archive_scenes import TINY_FILES, tar_of, tiny_set, tree_of, zip_of
from archive_server import IMPATIENT, Hosted
from gpcis_backend.data.archives.catalogue import Archive, PublicSet
from gpcis_backend.data.archives.download import Downloader, Watch
from gpcis_backend.data.archives.obtain import Source, obtain
from gpcis_backend.errors import DataNotFound, InvalidInput
from web_stub import WebStub

ZIP = zip_of(TINY_FILES)
IN_PLACE = {"eval/Tiny/img/a.png": b"picture", "eval/Tiny/gt/a.png": b"mask"}
MD5 = f"md5:{hashlib.md5(ZIP, usedforsecurity=False).hexdigest()}"


def test_a_set_ends_where_its_reader_looks_and_leaves_nothing_else(
    tmp_path: Path,
) -> None:
    place = _get(tiny_set(MD5, len(ZIP)), Hosted(ZIP), tmp_path)

    assert place == tmp_path / "eval" / "Tiny"
    assert tree_of(tmp_path) == IN_PLACE
    assert {path.name for path in tmp_path.iterdir()} == {"eval"}
    assert [path.name for path in (tmp_path / "eval").iterdir()] == ["Tiny"]


def test_a_set_without_a_folder_around_it_is_found_too(tmp_path: Path) -> None:
    flat = {name.removeprefix("Tiny/"): data for name, data in TINY_FILES.items()}

    _get(tiny_set(), Hosted(zip_of({"README": b"", **flat})), tmp_path)

    assert tree_of(tmp_path) == IN_PLACE


def test_an_archive_is_kept_if_asked(tmp_path: Path) -> None:
    _get(tiny_set(), Hosted(ZIP), tmp_path, is_kept=True)

    assert tree_of(tmp_path) == {**IN_PLACE, ".download-tiny/Tiny.zip": ZIP}


def test_a_set_that_is_there_is_left_alone(tmp_path: Path) -> None:
    hosted = Hosted(ZIP)
    (tmp_path / "eval/Tiny/img").mkdir(parents=True)
    (tmp_path / "eval/Tiny/gt").mkdir()

    _get(tiny_set(), hosted, tmp_path)

    assert hosted.asked == []
    assert tree_of(tmp_path) == {}


def test_a_folder_with_other_things_is_refused_before_the_download(
    tmp_path: Path,
) -> None:
    hosted = Hosted(ZIP)
    (tmp_path / "eval/Tiny").mkdir(parents=True)
    (tmp_path / "eval/Tiny/mine.txt").write_text("mine")

    with pytest.raises(InvalidInput, match="holds something else than tiny"):
        _get(tiny_set(), hosted, tmp_path)

    assert hosted.asked == []
    assert tree_of(tmp_path) == {"eval/Tiny/mine.txt": b"mine"}


def test_a_set_may_lie_on_another_disk_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk" / "Tiny").mkdir(parents=True)
    (tmp_path / "data" / "eval").mkdir(parents=True)
    (tmp_path / "data/eval/Tiny").symlink_to(tmp_path / "disk" / "Tiny")

    _get(tiny_set(), Hosted(ZIP), tmp_path / "data")

    assert (tmp_path / "data/eval/Tiny").is_symlink()
    assert sorted(tree_of(tmp_path / "disk")) == ["Tiny/gt/a.png", "Tiny/img/a.png"]


@pytest.mark.parametrize(
    ("chosen", "content", "complaint"),
    [
        pytest.param(tiny_set(MD5), ZIP + b"x", f"expected {MD5[4:]}", id="checksum"),
        pytest.param(tiny_set(), zip_of({"../up": b""}), "lead out", id="climbs out"),
        pytest.param(tiny_set(), ZIP[:-30], "is damaged", id="damaged"),
        pytest.param(tiny_set(), b"<html>", "a web page", id="a page without type"),
        pytest.param(
            tiny_set(), zip_of({"img/a.png": b""}), "does not hold img, gt", id="other"
        ),
    ],
)
def test_a_bad_archive_is_moved_aside_and_nothing_of_it_unpacked(
    tmp_path: Path, chosen: PublicSet, content: bytes, complaint: str
) -> None:
    hosted = Hosted(content)
    with pytest.raises(DataNotFound) as problem:
        _get(chosen, hosted, tmp_path)
    hosted.content = ZIP

    _get(chosen, hosted, tmp_path)

    aside = str(tmp_path / ".download-tiny/Tiny.zip.damaged")
    assert complaint in str(problem.value)
    assert aside in str(problem.value)
    assert "\n" not in str(problem.value)
    assert tree_of(tmp_path) == {**IN_PLACE, ".download-tiny/Tiny.zip.damaged": content}


def test_a_server_that_cuts_its_own_length_short_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match="is damaged"):
        _get(tiny_set(), Hosted(ZIP[:-7]), tmp_path)

    assert not (tmp_path / "eval" / "Tiny").exists()


def test_a_file_of_the_user_is_used_without_network_and_left_alone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "from elsewhere.zip"
    file.write_bytes(ZIP)

    _obtain(tiny_set(), tmp_path / "data", file=file)

    assert tree_of(tmp_path / "data") == IN_PLACE
    assert file.read_bytes() == ZIP


def test_a_bad_file_of_the_user_stays_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.zip"
    file.write_bytes(ZIP[:-30])

    with pytest.raises(DataNotFound, match=r"mine\.zip is damaged"):
        _obtain(tiny_set(), tmp_path / "data", file=file)

    assert file.read_bytes() == ZIP[:-30]


@pytest.mark.parametrize(
    "step", ["Tiny.zip", "checking Tiny.zip", "unpacking Tiny.zip"]
)
def test_an_interrupted_call_leaves_no_set_and_the_next_one_makes_it_whole(
    tmp_path: Path, step: str
) -> None:
    hosted, chosen = Hosted(ZIP), tiny_set(MD5)

    def stop(what: str, done: int, total: int | None) -> None:
        if what == step:
            raise KeyboardInterrupt

    with WebStub({"/Tiny.zip": hosted}) as stub:
        source = Source(chosen.archives[0], None, (f"{stub.url}/Tiny.zip",))
        with pytest.raises(KeyboardInterrupt):
            obtain(chosen, tmp_path, [source], Downloader(stop, IMPATIENT))
        has_set = (tmp_path / "eval" / "Tiny").exists()

        obtain(chosen, tmp_path, [source], _downloader())

    assert not has_set
    assert tree_of(tmp_path) == IN_PLACE
    assert hosted.ranges in ([""], ["", f"bytes={len(ZIP)}-"])


def test_what_a_killed_process_was_unpacking_is_cleared_away(tmp_path: Path) -> None:
    rest = tmp_path / "eval" / ".Tiny.unpacking" / "img"
    rest.mkdir(parents=True)
    (rest / "half.png").write_bytes(b"half")

    _get(tiny_set(), Hosted(ZIP), tmp_path)

    assert tree_of(tmp_path) == IN_PLACE


def test_a_second_call_for_the_same_set_is_turned_away(tmp_path: Path) -> None:
    hosted, problems = Hosted(ZIP), []

    def call_again(what: str, done: int, total: int | None) -> None:
        try:
            _obtain(tiny_set(), tmp_path)
        except DataNotFound as error:
            problems.append(str(error))

    _get(tiny_set(), hosted, tmp_path, watch=call_again)

    assert problems
    assert all("Another gpcis data get tiny" in problem for problem in problems)
    assert tree_of(tmp_path) == IN_PLACE


def test_the_next_address_is_asked_if_the_first_has_nothing(tmp_path: Path) -> None:
    with WebStub({"/new.zip": Hosted(ZIP)}) as stub:
        _obtain(tiny_set(), tmp_path, f"{stub.url}/old.zip", f"{stub.url}/new.zip")

    assert tree_of(tmp_path) == IN_PLACE


def test_if_no_address_has_it_the_first_is_named(tmp_path: Path) -> None:
    with WebStub({}) as stub, pytest.raises(DataNotFound, match=r"/old\.zip answered"):
        _obtain(tiny_set(), tmp_path, f"{stub.url}/old.zip", f"{stub.url}/new.zip")

    assert tree_of(tmp_path) == {}


def test_too_little_room_for_what_unpacks_is_noticed_before_the_download(
    tmp_path: Path,
) -> None:
    hosted = Hosted(ZIP)

    with pytest.raises(DataNotFound, match=r"about 0\.00 GB are needed"):
        _get(tiny_set(None, len(ZIP)), hosted, tmp_path, free=2 * len(ZIP) - 1)

    assert hosted.asked == []
    assert _get(tiny_set(None, len(ZIP)), hosted, tmp_path, free=2 * len(ZIP))


def test_parts_of_a_set_come_one_by_one_to_their_places(tmp_path: Path) -> None:
    notes = tar_of({"train/masks/a.pickle": b"mask", "train/list": b"a"})
    photographs = zip_of({"train2017/a.jpg": b"picture"})
    chosen = _set_of_parts()
    with WebStub({"/p": Hosted(photographs), "/n": Hosted(notes)}) as stub:
        first, second = (
            Source(archive, None, (f"{stub.url}{archive.urls[0]}",))
            for archive in chosen.archives
        )

        obtain(chosen, tmp_path, [second], _downloader())
        left = chosen.missing(tmp_path)
        obtain(chosen, tmp_path, [first, second], _downloader())

    assert [archive.part for archive in left] == ["annotations"]
    assert chosen.missing(tmp_path) == ()
    assert tree_of(tmp_path) == {
        "Parts/train/images/a.jpg": b"picture",
        "Parts/train/list": b"a",
        "Parts/train/masks/a.pickle": b"mask",
    }


def _set_of_parts() -> PublicSet:
    moves = (("train/masks", "train/masks"), ("train/list", "train/list"))
    photographs = (("train2017", "train/images"),)
    return replace(
        tiny_set(),
        folders=("Parts",),
        archives=(
            Archive("n.tar.gz", "annotations", ("/n",), moves),
            Archive("p.zip", "train", ("/p",), photographs),
        ),
    )


def _ignore(what: str, done: int, total: int | None) -> None:
    pass


def _downloader() -> Downloader:
    return Downloader(_ignore, IMPATIENT)


def _get(
    chosen: PublicSet,
    hosted: Hosted,
    root: Path,
    *,
    is_kept: bool = False,
    watch: Watch = _ignore,
    free: int = 10**12,
) -> Path:
    """The set from a server that has its archive."""
    downloader = Downloader(watch, IMPATIENT, free_bytes=lambda _: free)
    with WebStub({"/Tiny.zip": hosted}) as stub:
        stub_url = f"{stub.url}/Tiny.zip"
        source = Source(chosen.archives[0], None, (stub_url,))
        return obtain(chosen, root, [source], downloader, is_kept=is_kept)


def _obtain(
    chosen: PublicSet, root: Path, *urls: str, file: Path | None = None
) -> Path:
    source = Source(chosen.archives[0], file, urls)
    return obtain(chosen, root, [source], _downloader())
