"""Archives that climb out, link out, explode or are damaged; and honest ones."""

import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_scenes import tar_member, tar_of, tree_of, zip_of
from gpcis_backend.data.archives.catalogue import Archive
from gpcis_backend.data.archives.unpack import unpack
from gpcis_backend.data.archives.verify import check_archive
from gpcis_backend.errors import DataNotFound

FILES = {"set/img/a.txt": b"a" * 5000, "set/gt/ä b.txt": b"", "set/list.txt": b"x"}
_LINK, _HARD = tarfile.SYMTYPE, tarfile.LNKTYPE
_MODE_LINK, _MODE_DEVICE, _MODE_PIPE = 0o120777, 0o020666, 0o010666


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(zip_of(FILES), id="zip"),
        pytest.param(tar_of(FILES), id="tar.gz"),
        pytest.param(tar_of(FILES, mode="w"), id="tar"),
        pytest.param(tar_of({f"./{name}": FILES[name] for name in FILES}), id="./"),
    ],
)
def test_files_come_out_as_they_went_in(tmp_path: Path, content: bytes) -> None:
    out = _unpacked(content, tmp_path)

    assert tree_of(out) == FILES


def test_an_old_tar_without_magic_is_known_by_its_sum(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.txt")
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[257:] = bytes(255)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)

    out = _unpacked(bytes(header) + bytes(1024), tmp_path)

    assert tree_of(out) == {"a.txt": b""}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(zip_of({"../evil": b"x"}), "'../evil'", id="zip up"),
        pytest.param(zip_of({"a/../../evil": b"x"}), "lead out", id="zip through"),
        pytest.param(zip_of({"/tmp/evil": b"x"}), "lead out", id="zip absolute"),
        pytest.param(zip_of({"..\\evil": b"x"}), "lead out", id="zip backslash"),
        pytest.param(zip_of({"C:/evil": b"x"}), "lead out", id="zip drive"),
        pytest.param(zip_of({"a\nb": b"x"}), "lead out", id="zip line break"),
        pytest.param(
            zip_of({"l": b"../../evil"}, {"l": _MODE_LINK}), "a link to", id="zip link"
        ),
        pytest.param(
            zip_of({"d/l": b"/etc/passwd"}, {"d/l": _MODE_LINK}),
            "'/etc/passwd'",
            id="zip absolute link",
        ),
        pytest.param(
            zip_of({"d": b""}, {"d": _MODE_DEVICE}), "device", id="zip device"
        ),
        pytest.param(zip_of({"d": b""}, {"d": _MODE_PIPE}), "device", id="zip pipe"),
        pytest.param(tar_of({"../evil": b"x"}), "'../evil'", id="tar up"),
        pytest.param(tar_of({"/tmp/evil": b"x"}), "lead out", id="tar absolute"),
        pytest.param(
            tar_of({}, tar_member("l", _LINK, "../x")), "a link to", id="tar link"
        ),
        pytest.param(
            tar_of({}, tar_member("d/l", _LINK, "/etc")),
            "a link to",
            id="absolute link",
        ),
        pytest.param(
            tar_of({}, tar_member("l", _HARD, "../x")), "a link to", id="hard link"
        ),
        pytest.param(
            tar_of({}, tar_member("d", tarfile.CHRTYPE)), "device", id="tar device"
        ),
        pytest.param(
            tar_of({}, tar_member("d", tarfile.FIFOTYPE)), "device", id="tar pipe"
        ),
    ],
)
def test_what_leads_out_of_the_folder_is_refused(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    with pytest.raises(DataNotFound) as problem:
        _unpacked(content, tmp_path)

    assert complaint in str(problem.value)
    assert "\n" not in str(problem.value)
    assert str(tmp_path / "archive") in str(problem.value)
    assert list((tmp_path / "out").rglob("*")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "out"}


def test_a_file_behind_a_link_lands_inside(tmp_path: Path) -> None:
    # a link, then a file through it: the classic way around a check of names
    content = zip_of({"d": b"img", "d/b": b"b"}, {"d": _MODE_LINK})

    out = _unpacked(content, tmp_path)

    assert tree_of(out) == {"d/b": b"b"}
    assert not any(path.is_symlink() for path in out.rglob("*"))


def test_links_that_stay_inside_and_notes_of_a_mac_are_left_out(tmp_path: Path) -> None:
    files = {"a.txt": b"a", "__MACOSX/._a.txt": b"note", "l": b"a.txt"}

    out = _unpacked(zip_of(files, {"l": _MODE_LINK}), tmp_path)

    assert tree_of(out) == {"a.txt": b"a"}


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "tar.gz"])
def test_a_bomb_is_refused_before_it_is_written(tmp_path: Path, is_zip: bool) -> None:
    files = {"zeros": bytes(2**26 + 1)}
    content = zip_of(files) if is_zip else tar_of(files)

    with pytest.raises(DataNotFound, match="would unpack to more than 67 MB"):
        _unpacked(content, tmp_path)

    assert tree_of(tmp_path / "out") == {}


def test_a_zip_that_lies_about_a_size_is_damaged(tmp_path: Path) -> None:
    honest = zip_of({"zeros": bytes(10**6)})
    liar = honest.replace((10**6).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    with pytest.raises(DataNotFound, match="is damaged"):
        _unpacked(liar, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(zip_of(FILES)[:-30], id="zip without its end"),
        pytest.param(tar_of(FILES)[:-20], id="gzip without its end"),
        pytest.param(tar_of({"a": bytes(9999)}, mode="w")[:4000], id="half a tar"),
        pytest.param(tar_of(FILES)[:-8] + bytes(8), id="wrong checksum of gzip"),
    ],
)
def test_half_an_archive_is_called_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataNotFound, match="is damaged"):
        _unpacked(content, tmp_path)


def test_an_encrypted_zip_is_called_so(tmp_path: Path) -> None:
    content = bytearray(zip_of({"a.txt": b"a"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(DataNotFound, match="encrypted"):
        _unpacked(bytes(content), tmp_path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"<!DOCTYPE html><html>", "a web page", id="page"),
        pytest.param(b"", "another file", id="empty"),
        pytest.param(b"\x89PNG" + bytes(600), "another file", id="picture"),
    ],
)
def test_what_is_no_archive_is_called_so(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    with pytest.raises(DataNotFound, match=complaint):
        _unpacked(content, tmp_path)


@given(
    is_zip=st.booleans(),
    where=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 255),
)
def test_a_flipped_byte_is_harmless_or_noticed(
    tmp_path_factory: pytest.TempPathFactory, is_zip: bool, where: float, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("flip")
    content = bytearray(zip_of(FILES) if is_zip else tar_of(FILES))
    content[int(where * len(content))] ^= flip

    try:
        out = _unpacked(bytes(content), folder)
    except DataNotFound:
        return

    found = tree_of(out)
    assert all(data in FILES.values() for data in found.values())


def _unpacked(content: bytes, folder: Path) -> Path:
    """Where the archive was unpacked, as ``gpcis data get`` does it."""
    path, out = folder / "archive", folder / "out"
    path.write_bytes(content)
    out.mkdir()
    kind = check_archive(path, Archive("archive", "all", (), ()), _ignore)
    unpack(path, kind, out, _ignore)
    return out


def _ignore(what: str, done: int, total: int | None) -> None:
    pass
