import os
from pathlib import Path
from urllib.parse import quote

import pytest

from gpcis_backend.errors import FetchFailed, InvalidInput, TooLarge
from gpcis_backend.server.label_studio.fetching.data_uris import from_data_uri
from gpcis_backend.server.label_studio.fetching.local_files import (
    checked_root,
    read_local_file,
)
from web_stub import PICTURE


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of local files with a secret beside it."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    root = tmp_path / "files"
    (root / "imgs").mkdir(parents=True)
    (root / "imgs" / "a b+c%20.png").write_bytes(PICTURE)
    return checked_root(root)


def test_a_local_file_is_read_by_its_name_decoded_once(files: Path) -> None:
    query = "d=" + quote("imgs/a b+c%20.png")

    assert read_local_file(files, query, 10**6) == PICTURE


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "imgs/../../secret.png",
        "..%2fsecret.png",
        "%2e%2e/secret.png",
        "%252e%252e/secret.png",
        "....//secret.png",
        "../../etc/passwd",
        "/etc/passwd",
        "//host/share/a.png",
        "%5c%5chost%5cshare%5ca.png",
        "..%5csecret.png",
        "C:/secret.png",
        "imgs/a.png%00.txt",
        "%00",
        "",
        ".",
        "imgs",
        "imgs/missing.png",
        "imgs/" + "a" * 300,
        "%ff%fe",
        "\ud800",
        "imgs/a.png&d=../secret.png",
    ],
)
def test_nothing_but_a_file_below_the_folder_is_read(files: Path, name: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        read_local_file(files, f"d={name}", 10**6)

    assert str(files) not in str(caught.value)


@pytest.mark.parametrize("query", ["", "e=a.png", "&" * 100])
def test_an_address_without_a_name_is_refused(files: Path, query: str) -> None:
    with pytest.raises(FetchFailed, match="does not name one file"):
        read_local_file(files, query, 10**6)


def test_a_link_out_of_the_folder_is_not_followed(files: Path) -> None:
    (files / "out.png").symlink_to(files.parent / "secret.png")
    (files / "up").symlink_to(files.parent)
    (files / "loop").symlink_to("loop")

    for name in ("out.png", "up/secret.png", "loop"):
        with pytest.raises(FetchFailed):
            read_local_file(files, f"d={name}", 10**6)


def test_a_link_within_the_folder_is_followed(files: Path) -> None:
    (files / "a.png").symlink_to(files / "imgs" / "a b+c%20.png")

    assert read_local_file(files, "d=a.png", 10**6) == PICTURE


def test_a_pipe_is_refused_at_once(files: Path) -> None:
    os.mkfifo(files / "pipe.png")

    with pytest.raises(FetchFailed, match="not a file"):
        read_local_file(files, "d=pipe.png", 10**6)


def test_a_large_local_file_is_refused(files: Path) -> None:
    (files / "large.png").write_bytes(bytes(1001))

    assert len(read_local_file(files, "d=large.png", 1001)) == 1001
    with pytest.raises(TooLarge, match=r"large\.png"):
        read_local_file(files, "d=large.png", 1000)


@pytest.mark.parametrize("root", ["/", "/proc/..", "/no/such/folder", __file__])
def test_the_folder_must_be_one_and_not_everything(root: str) -> None:
    with pytest.raises(InvalidInput, match="folder of local files"):
        checked_root(Path(root))


@pytest.mark.parametrize(
    ("uri", "data"),
    [
        ("data:image/png;base64,aGVsbG8=", b"hello"),
        ("data:image/png;base64,aGVsbG8", b"hello"),
        ("data:;BASE64,aGVsbG8%3D", b"hello"),
        ("data:,a%20b,c", b"a b,c"),
        ("data:,", b""),
    ],
)
def test_a_data_uri_holds_its_bytes(uri: str, data: bytes) -> None:
    assert from_data_uri(uri, 100) == data


@pytest.mark.parametrize(
    "uri", ["data:", "data:image/png;base64", "data:;base64,a*b", "data:;base64,ä"]
)
def test_a_damaged_data_uri_is_refused(uri: str) -> None:
    with pytest.raises(FetchFailed, match="damaged"):
        from_data_uri(uri, 100)


@pytest.mark.parametrize("head", ["data:;base64,", "data:,"])
def test_a_large_data_uri_is_refused_before_it_is_decoded(head: str) -> None:
    with pytest.raises(TooLarge):
        from_data_uri(head + "*" * 200, 100)


def test_the_limit_counts_decoded_bytes() -> None:
    assert len(from_data_uri("data:," + "%00" * 100, 100)) == 100
    assert len(from_data_uri("data:;base64," + "AAAA" * 33 + "AA==", 100)) == 100
