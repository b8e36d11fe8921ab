"""Downloads over servers that break off, lie, loop, stall and refuse."""

import errno
import io
from pathlib import Path

import pytest

from archive_server import IMPATIENT, Hanging, Hosted
from gpcis_backend.data.archives import partial
from gpcis_backend.data.archives.download import Downloader
from gpcis_backend.errors import DataNotFound, InvalidInput
from web_stub import HTML, Answer, Raw, Responder, Seen, WebStub

CONTENT = bytes(range(256)) * 2000
_HEAD = b"HTTP/1.0 200 OK\r\nContent-Length: 512000\r\n\r\n"


def test_a_broken_download_goes_on_from_where_it_was(tmp_path: Path) -> None:
    hosted = Hosted(CONTENT, breaks=(100_000, 250_000))

    _fetch(hosted, tmp_path)

    assert (tmp_path / "set.zip").read_bytes() == CONTENT
    assert hosted.ranges == ["", "bytes=100000-", "bytes=350000-"]
    assert [seen.headers.get("if-range") for seen in hosted.asked[1:]] == ['"one"'] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]


def test_a_server_without_ranges_sends_everything_again(tmp_path: Path) -> None:
    hosted = Hosted(CONTENT, breaks=(100_000,), has_range=False)

    _fetch(hosted, tmp_path)

    assert (tmp_path / "set.zip").read_bytes() == CONTENT
    assert hosted.ranges == ["", "bytes=100000-"]


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(
    tmp_path: Path,
) -> None:
    old, new = Hosted(CONTENT), Hosted(CONTENT[::-1], etag='"two"')
    with WebStub({"/set.zip": old}) as stub:
        _break_off(stub, old, tmp_path)
        stub.pages["/set.zip"] = new

        _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert new.ranges == ["bytes=3000-"]
    assert (tmp_path / "set.zip").read_bytes() == CONTENT[::-1]


def test_the_next_call_goes_on_from_what_was_kept(tmp_path: Path) -> None:
    hosted = Hosted(CONTENT)
    with WebStub({"/set.zip": hosted}) as stub:
        _break_off(stub, hosted, tmp_path)

        _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert hosted.ranges == ["bytes=3000-"]
    assert (tmp_path / "set.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("note", ["", "{", "[]", '{"url": 1}'])
def test_a_part_of_which_nothing_is_known_is_fetched_again(
    tmp_path: Path, note: str
) -> None:
    (tmp_path / "set.zip.part").write_bytes(b"something else")
    (tmp_path / "set.zip.part.json").write_text(note)
    hosted = Hosted(CONTENT)

    _fetch(hosted, tmp_path)

    assert hosted.ranges == [""]
    assert (tmp_path / "set.zip").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_dropped(tmp_path: Path) -> None:
    hosted = Hosted(CONTENT)
    with WebStub({"/set.zip": hosted}) as stub:
        _break_off(stub, hosted, tmp_path)
        hosted.content = CONTENT[:2000]

        _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert hosted.ranges == ["bytes=3000-", ""]
    assert (tmp_path / "set.zip").read_bytes() == CONTENT[:2000]


def test_a_part_that_is_whole_only_gets_its_name(tmp_path: Path) -> None:
    hosted = Hosted(CONTENT)
    with WebStub({"/set.zip": hosted}) as stub:
        _break_off(stub, hosted, tmp_path)
        hosted.content = CONTENT[:3000]

        _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert hosted.ranges == ["bytes=3000-"]
    assert (tmp_path / "set.zip").read_bytes() == CONTENT[:3000]


def test_a_length_that_never_comes_is_named_and_what_came_is_kept(
    tmp_path: Path,
) -> None:
    def promise(_: Seen) -> Answer:
        return Answer(CONTENT[:5000], headers={"Content-Length": "9000"})

    message = _refusal(promise, tmp_path)

    assert "ended after 5000 of 9000 bytes" in message
    assert "5000 bytes are kept" in message
    assert (tmp_path / "set.zip.part").read_bytes() == CONTENT[:5000]


def test_another_length_than_published_is_refused_before_a_byte(
    tmp_path: Path,
) -> None:
    message = _refusal(Hosted(CONTENT), tmp_path, num_bytes=7)

    assert f"offers {len(CONTENT)} bytes, expected 7" in message
    assert list(tmp_path.iterdir()) == []


def test_more_bytes_than_published_end_a_download_without_length(
    tmp_path: Path,
) -> None:
    endless = Raw(b"HTTP/1.0 200 OK\r\n\r\n", drip=bytes(1000))

    with WebStub({"/set.zip": endless}) as stub, pytest.raises(DataNotFound) as problem:
        _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip", 50_000)

    assert "more came than the 50000 bytes announced" in str(problem.value)
    assert list(tmp_path.iterdir()) == []


def test_a_passing_refusal_is_asked_again(tmp_path: Path) -> None:
    answers = [Answer(b"", 503), Answer(b"", 429), Answer(CONTENT)]

    _fetch(lambda _: answers.pop(0), tmp_path)

    assert (tmp_path / "set.zip").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        pytest.param(Answer(b"", 404), "answered 404", id="not found"),
        pytest.param(Answer(b"", 403), "answered 403", id="forbidden"),
        pytest.param(Answer(b"", 204), "answered 204", id="nothing"),
        pytest.param(
            Answer(HTML, headers={"Content-Type": "text/html; charset=utf-8"}),
            "a web page instead of the archive",
            id="page of a login",
        ),
        pytest.param(
            Answer(b"", 302, {"Location": "/set.zip"}), "in a circle", id="circle"
        ),
        pytest.param(
            Answer(b"", 302, {"Location": "file:///etc/passwd"}),
            "cannot be asked for",
            id="to a file",
        ),
    ],
)
def test_a_final_refusal_is_one_sentence_and_asked_once(
    tmp_path: Path, answer: Answer, complaint: str
) -> None:
    def respond(_: Seen) -> Answer:
        return answer

    message = _refusal(respond, tmp_path)

    assert complaint in message
    assert "--" in message  # what to do instead
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_followed(tmp_path: Path) -> None:
    hosted = Hosted(CONTENT)
    moved = Answer(b"", 301, {"Location": "/elsewhere/set.zip"})

    with WebStub({"/set.zip": moved, "/elsewhere/set.zip": hosted}) as stub:
        _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert (tmp_path / "set.zip").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(Hanging(b""), id="before the headers"),
        pytest.param(Hanging(_HEAD + CONTENT[:100]), id="in the middle"),
    ],
)
def test_a_server_that_falls_silent_is_given_up(tmp_path: Path, page: Raw) -> None:
    with WebStub({"/set.zip": page}) as stub, pytest.raises(DataNotFound) as problem:
        _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert "nothing came for too long" in str(problem.value)


def test_a_port_where_nothing_listens_is_named(tmp_path: Path) -> None:
    with WebStub({}) as stub:
        url = f"{stub.url}/set.zip"

    with pytest.raises(DataNotFound, match="nothing listens there"):
        _downloader().fetch(url, tmp_path / "set.zip")


@pytest.mark.parametrize("url", ["ftp://a/b.zip", "file:///b.zip", "b.zip", "http://"])
def test_only_addresses_of_the_web_are_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match="no address of the web"):
        _downloader().fetch(url, tmp_path / "set.zip")


def test_too_little_room_is_noticed_before_a_byte(tmp_path: Path) -> None:
    small = Downloader(_ignore, IMPATIENT, free_bytes=lambda _: 10**5)

    with (
        WebStub({"/set.zip": Hosted(CONTENT)}) as stub,
        pytest.raises(partial.NoRoom, match=r"0\.1 MB free"),
    ):
        small.fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_is_named_and_what_came_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial.Partial, "resume", lambda _: _FullDisk())
    hosted = Hosted(CONTENT)

    with WebStub({"/set.zip": hosted}) as stub:
        _break_off(stub, hosted, tmp_path)
        with pytest.raises(partial.NoRoom, match="No space left"):
            _downloader().fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert (tmp_path / "set.zip.part").stat().st_size == 3000


def test_progress_is_told_in_bytes_of_the_whole_file(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    watch = Downloader(lambda _, done, total: told.append((done, total)), IMPATIENT)

    with WebStub({"/set.zip": Hosted(CONTENT, breaks=(100_000,))}) as stub:
        watch.fetch(f"{stub.url}/set.zip", tmp_path / "set.zip")

    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


class _FullDisk(io.BytesIO):
    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def _ignore(what: str, done: int, total: int | None) -> None:
    pass


def _downloader() -> Downloader:
    return Downloader(_ignore, IMPATIENT)


def _fetch(respond: Responder, folder: Path) -> None:
    with WebStub({"/set.zip": respond}) as stub:
        _downloader().fetch(f"{stub.url}/set.zip", folder / "set.zip")


def _refusal(respond: Responder, folder: Path, num_bytes: int | None = None) -> str:
    """What the user reads about a file that cannot be had; always one line."""
    with WebStub({"/set.zip": respond}) as stub, pytest.raises(DataNotFound) as problem:
        _downloader().fetch(f"{stub.url}/set.zip", folder / "set.zip", num_bytes)
    message = str(problem.value)
    assert "\n" not in message
    assert f"{stub.url}/set.zip" in message
    return message


def _break_off(stub: WebStub, hosted: Hosted, folder: Path) -> None:
    """Leave 3000 bytes of a download behind, as a process that was stopped would."""
    hosted.breaks = (3000,)

    def stop(what: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Downloader(stop, IMPATIENT).fetch(f"{stub.url}/set.zip", folder / "set.zip")
    hosted.breaks = ()
    hosted.asked.clear()
