import gzip
import shutil
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from gpcis_backend.errors import FetchFailed, GpcisError, TooLarge
from gpcis_backend.server.label_studio.fetching.urls import WebUrl
from gpcis_backend.server.label_studio.fetching.wire import (
    Deadline,
    Limits,
    Reply,
    Wire,
)
from web_stub import PICTURE, Answer, Internet, Raw, WebStub

PATIENT = Limits(connect_s=5, read_s=5, total_s=10, max_bytes=1000)
HURRIED = Limits(connect_s=1, read_s=0.3, total_s=0.6, max_bytes=1000)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def test_an_answer_arrives_with_status_headers_and_body() -> None:
    reply = _ask(Answer(PICTURE, headers={"Content-Type": "image/png"}))

    assert (reply.status, reply.body) == (200, PICTURE)
    assert reply.headers["content-type"] == "image/png"


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    assert _ask(Answer(PICTURE, has_length=False)).body == PICTURE


def test_chunks_are_put_together() -> None:
    assert _ask(Raw(CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).body == b"abcde"


def test_nothing_is_read_of_an_announced_body_that_is_too_large() -> None:
    with pytest.raises(TooLarge, match=r"0\.001 MB"):
        _ask(Raw(OK + b"Content-Length: 99999999999\r\n\r\n"))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(Raw(OK + b"\r\n", b"x" * 500), id="without a length"),
        pytest.param(Raw(CHUNKED, b"1f4\r\n" + b"x" * 500 + b"\r\n"), id="in chunks"),
    ],
)
def test_an_endless_stream_ends_at_the_byte_limit(raw: Raw) -> None:
    with pytest.raises(TooLarge):
        _ask(raw)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(Raw(b"", b"H", 0.05), id="status line"),
        pytest.param(Raw(OK + b"X: ", b"x", 0.05), id="header"),
        pytest.param(Raw(OK + b"Content-Length: 900\r\n\r\n", b"x", 0.05), id="body"),
        pytest.param(Raw(CHUNKED, b"1\r\nx\r\n", 0.05), id="chunks"),
        pytest.param(
            Raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05), id="empty promises"
        ),
        pytest.param(Raw(b"HTTP/1.1 404 No\r\n\r\n", b"x", 0.05), id="error text"),
    ],
)
def test_a_trickle_ends_at_the_deadline_wherever_it_is(raw: Raw) -> None:
    start = time.monotonic()

    with pytest.raises(FetchFailed, match="in time"):
        _ask(raw, HURRIED)

    assert time.monotonic() - start < 6


def test_silence_ends_at_the_read_limit() -> None:
    with pytest.raises(FetchFailed, match="in time"):
        _ask(Raw(OK, b" ", 2), HURRIED)


def test_a_body_that_breaks_off_is_not_taken_for_whole() -> None:
    for raw in (
        Raw(OK + b"Content-Length: 100\r\n\r\nabc"),
        Raw(CHUNKED + b"64\r\nabc"),
        Raw(CHUNKED + b"3\r\nabc\r\n"),
    ):
        with pytest.raises(FetchFailed, match="broke off"):
            _ask(raw)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        CHUNKED + b"zz\r\n",
    ],
)
def test_what_is_not_http_says_so(start: bytes) -> None:
    with pytest.raises(FetchFailed, match="did not answer in HTTP"):
        _ask(Raw(start))


def test_packed_bodies_are_refused_and_not_asked_for() -> None:
    bomb = gzip.compress(bytes(10**6))[:900]
    with WebStub({"/": Answer(bomb, headers={"Content-Encoding": "gzip"})}) as stub:
        with pytest.raises(FetchFailed, match="compressed"):
            _get(Wire(PATIENT), stub.url)

        assert stub.seen[0].headers["accept-encoding"] == "identity"


def test_a_packed_transfer_is_refused() -> None:
    with pytest.raises(FetchFailed, match="compressed"):
        _ask(Raw(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"))


def test_only_the_beginning_of_an_error_is_read() -> None:
    reply = _ask(Answer(b"x" * 10**6, status=404))

    assert (reply.status, len(reply.body)) == (404, 4096)


def test_a_closed_port_on_this_machine_reminds_of_containers() -> None:
    with WebStub({}) as stub:
        url = stub.url

    with pytest.raises(FetchFailed, match="Nothing listens") as caught:
        _get(Wire(PATIENT), url)

    assert "LABEL_STUDIO_URL" in caught.value.hint


def test_the_next_address_is_tried_if_the_first_does_not_answer() -> None:
    with WebStub({"/": Answer()}) as stub:
        wire = Wire(PATIENT, lambda *_: ["::1", "127.0.0.1"])

        assert _get(wire, f"http://two.example:{stub.port}").body == PICTURE
        assert stub.seen[0].headers["host"] == f"two.example:{stub.port}"


def test_the_connection_goes_to_the_checked_address_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with WebStub({"/": Answer()}) as stub:
        internet = Internet({"rebound.example": stub})
        internet.answers["rebound.example"] = [["93.184.216.0"], ["127.0.0.1"]]
        monkeypatch.setattr("socket.create_connection", internet.connect)
        wire = Wire(PATIENT, internet.resolve)

        reply = _get(wire, "http://rebound.example", is_trusted=False)

        assert reply.body == PICTURE
        assert internet.connected == [("93.184.216.0", 80)]
        with pytest.raises(FetchFailed, match="inner network"):
            _get(wire, "http://rebound.example", is_trusted=False)
        assert len(internet.connected) == 1


def test_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert _ask(Answer()).body == PICTURE


def test_tls_verifies_the_name_though_an_address_is_called(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path, "good.example")
    trusting = ssl.create_default_context(cafile=str(certificate))
    with WebStub({"/": Answer()}, certificate) as stub:
        wire = Wire(PATIENT, lambda *_: ["127.0.0.1"], trusting)

        good = _get(wire, f"https://good.example:{stub.port}")

        assert good.body == PICTURE
        with pytest.raises(FetchFailed, match="Hostname mismatch") as caught:
            _get(wire, f"https://evil.example:{stub.port}")
        assert "SSL_CERT_FILE" in caught.value.hint


def test_an_unknown_certificate_is_refused(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path, "good.example")
    with WebStub({"/": Answer()}, certificate) as stub:
        wire = Wire(PATIENT, lambda *_: ["127.0.0.1"])

        with pytest.raises(FetchFailed, match=r"encrypted connection.*self-signed"):
            _get(wire, f"https://good.example:{stub.port}")


def test_https_to_a_plain_port_says_so() -> None:
    with WebStub({}) as stub, pytest.raises(FetchFailed, match="encrypted connection"):
        _get(Wire(PATIENT), stub.url.replace("http:", "https:"))


def test_a_trickle_within_tls_ends_at_the_deadline(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path, "good.example")
    trusting = ssl.create_default_context(cafile=str(certificate))
    with WebStub({"/": Raw(OK + b"\r\n", b"x", 0.05)}, certificate) as stub:
        wire = Wire(HURRIED, lambda *_: ["127.0.0.1"], trusting)

        with pytest.raises(FetchFailed, match="in time"):
            _get(wire, f"https://good.example:{stub.port}")


def test_a_deadline_that_has_passed_starts_nothing() -> None:
    with WebStub({"/": Answer()}) as stub:
        with pytest.raises(GpcisError, match="in time"):
            Wire(PATIENT).ask(
                WebUrl.parse(stub.url),
                is_trusted=True,
                deadline=Deadline(0),
                headers={},
            )

        assert stub.seen == []


def _ask(page: Answer | Raw, limits: Limits = PATIENT) -> Reply:
    with WebStub({"/": page}) as stub:
        return _get(Wire(limits), stub.url)


def _get(wire: Wire, url: str, *, is_trusted: bool = True) -> Reply:
    return wire.ask(
        WebUrl.parse(url),
        is_trusted=is_trusted,
        deadline=Deadline(wire.limits.total_s),
        headers={},
    )


def _certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate and its key in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes certificates with the openssl command, which is missing")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    options = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    options += ["-addext", f"subjectAltName=DNS:{name}"]
    options += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, *options], check=True, capture_output=True)
    certificate.write_bytes(certificate.read_bytes() + key.read_bytes())
    return certificate
