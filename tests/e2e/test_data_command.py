"""``gpcis data list | get | check`` as typed: one line of complaint, no traceback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_scenes import tar_member, tar_of, tree_of, zip_of, zipped_folder
from archive_server import Hanging, Hosted
from command_line import check_one_line, status_of
from gpcis_backend.data.archives import download
from gpcis_backend.data.archives.catalogue import PUBLIC_SETS
from public_layouts import write_coco_json, write_davis, write_sbd
from web_stub import HTML, Answer, WebStub

_ARRIVED = 90_000  # of 100 kB: the last piece is not whole
GPCIS = str(Path(sys.executable).with_name("gpcis"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between tries."""
    monkeypatch.setattr(download, "sleep", lambda _: None)


@pytest.fixture
def davis_zip(tmp_path: Path) -> bytes:
    """The archive of DAVIS, of three frames only."""
    write_davis(tmp_path / "made", ["a", "b", "c"])
    return zipped_folder(tmp_path / "made", "DAVIS/")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, which is not there yet."""
    monkeypatch.setenv("GPCIS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_set_is_fetched_found_listed_and_checked(
    data: Path, davis_zip: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with WebStub({"/DAVIS.zip": Hosted(davis_zip, breaks=(200,))}) as stub:
        assert status_of("data", "get", "davis", "--url", f"{stub.url}/DAVIS.zip") == 0
        fetched = capsys.readouterr()
        assert status_of("data", "get", "davis") == 0
        again = capsys.readouterr()

    assert status_of("data", "list") == 0
    listed = capsys.readouterr()
    assert status_of("data", "check", "davis") == 1
    checked = capsys.readouterr()
    assert sorted(path.name for path in data.iterdir()) == ["eval"]
    assert len(tree_of(data / "eval" / "DAVIS")) == 6
    assert (fetched.err, again.err, listed.err) == ("", "", "")
    assert "BSD" in fetched.out
    assert "there already: nothing to do" in again.out
    assert all(name in listed.out for name in PUBLIC_SETS)
    assert "md5:82b4d87ceb2ed10f6038a1cba92111cb" in listed.out
    assert "davis test: 3 of 345 images, 3 of 345 objects." in checked.out
    assert checked.err.count("\n") == 1
    assert "is not the whole davis set" in checked.err


@pytest.mark.parametrize(
    ("name", "answer", "complaint"),
    [
        pytest.param("davis", Answer(b"", 404), "answered 404", id="not found"),
        pytest.param(
            "davis", Answer(zip_of({"../../up": b"x"})), "lead out", id="climbs out"
        ),
        pytest.param(
            "davis",
            Answer(tar_of({}, tar_member("l", b"2", "/etc/passwd"))),
            "a link to",
            id="links out",
        ),
        pytest.param(
            "davis",
            Answer(HTML, headers={"Content-Type": "text/html"}),
            "a web page",
            id="page",
        ),
        pytest.param(
            "davis", Answer(b"", 302, {"Location": "/x"}), "in a circle", id="circle"
        ),
        pytest.param(
            "davis",
            Answer(b"PK\x03\x04", headers={"Content-Length": "9"}),
            "ended after 4 of 9 bytes",
            id="too short",
        ),
        pytest.param("sbd", Answer(b"x"), "offers 1 bytes, expected", id="too long"),
    ],
)
def test_a_bad_server_is_one_line_and_leaves_no_set(
    data: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    answer: Answer,
    complaint: str,
) -> None:
    with WebStub({"/x": answer}) as stub:
        status = status_of("data", "get", name, "--url", f"{stub.url}/x")

    check_one_line(status, complaint, capsys)
    assert [path for path in data.rglob("*.png")] == []
    assert {path.name for path in data.parent.iterdir()} <= {"data"}


def test_a_file_of_the_user_with_another_checksum_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "benchmark.tgz"
    with file.open("wb") as sparse:
        sparse.write(b"\x1f\x8b")
        sparse.truncate(1_419_539_633 + 1)

    status = status_of("data", "get", "sbd", "--archive", file)

    check_one_line(status, "has 1419539634 bytes, expected 1419539633", capsys)
    assert file.exists()
    assert tree_of(data) == {}


def test_a_file_of_the_user_needs_no_network(
    data: Path, tmp_path: Path, davis_zip: bytes
) -> None:
    file = tmp_path / "renamed.zip"
    file.write_bytes(davis_zip)

    assert status_of("data", "get", "davis", "--archive", file) == 0

    assert len(tree_of(data / "eval" / "DAVIS")) == 6


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["get", "imagenet"], "choose one of grabcut", id="unknown"),
        pytest.param(["check", "imagenet"], "choose one of grabcut", id="unknown too"),
        pytest.param(["check", "davis"], "expected img + gt there", id="not there"),
        pytest.param(["get", "davis", "--part", "x"], "has no part", id="part"),
        pytest.param(["get", "davis", "--url", "ftp://a"], "of the web", id="no web"),
        pytest.param(["get", "davis", "--archive", "a.zip"], "is not there", id="file"),
        pytest.param(
            ["get", "coco_lvis", "--url", "http://127.0.0.1:9/a.zip"],
            "say which one it is with --part",
            id="which part",
        ),
    ],
)
def test_a_wrong_word_is_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    status = status_of("data", *words)

    check_one_line(status, complaint, capsys)
    assert not data.exists()


def test_a_set_is_checked_wherever_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_coco_json(tmp_path / "data" / "coco", "val", ["a"])

    for folder in (tmp_path / "data", tmp_path / "data" / "coco"):
        assert status_of("data", "check", "coco_lvis", folder) == 0

    assert capsys.readouterr().out.count("coco_lvis val: 1 images, 2 objects.") == 2


def test_only_the_first_faults_are_printed_and_all_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"p{number}" for number in range(7)]
    write_sbd(tmp_path, train=names, val=["v"])
    for name in names:
        (tmp_path / "img" / f"{name}.jpg").unlink()

    assert status_of("data", "check", "sbd", tmp_path) == 1

    output = capsys.readouterr().out
    assert output.count("is missing") == 5
    assert "7 such files in all" in output
    assert "sbd train: 0 of 8,498 images, 0 of 20,172 objects." in output


@pytest.fixture
def hanging() -> Iterator[WebStub]:
    """A server that sends 100 of 500 kB."""
    head = b'HTTP/1.0 200 OK\r\nContent-Length: 500000\r\nETag: "a"\r\n\r\n'
    with WebStub({"/DAVIS.zip": Hanging(head + bytes(100_000))}) as stub:
        yield stub


def test_ctrl_c_is_one_line_and_keeps_what_has_come(
    tmp_path: Path, hanging: WebStub
) -> None:
    part = tmp_path / ".download-davis" / "DAVIS.zip.part"
    words = ["data", "get", "davis", "--root", str(tmp_path)]
    process = subprocess.Popen(
        [GPCIS, *words, "--url", f"{hanging.url}/DAVIS.zip"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    end = time.monotonic() + 20
    while _size(part) < _ARRIVED and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=20)

    assert process.returncode == 130
    assert complaint.count("\n") == 1
    assert "the same command goes on from there" in complaint
    assert _ARRIVED <= _size(part) <= 100_000


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
