from collections.abc import Sequence

import pytest

from gpcis_backend.errors import FetchFailed, InvalidInput
from gpcis_backend.server.label_studio.fetching.addresses import (
    addresses_of,
    allowed_host,
    is_public,
    system_resolver,
)
from gpcis_backend.server.label_studio.fetching.urls import WebUrl

INNER = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "nonsense",
    "",
]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_or_special_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111"]
)
def test_an_ordinary_host_is_public(address: str) -> None:
    assert is_public(address)


def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(FetchFailed, match="inner network"):
        _resolved("http://mixed.example", ["93.184.216.34", "10.0.0.1"])


def test_a_strangers_odd_port_is_refused_before_the_name_is_looked_up() -> None:
    def resolver(host: str, port: int) -> Sequence[str]:
        raise AssertionError(host)

    with pytest.raises(FetchFailed, match="port 22"):
        addresses_of(
            WebUrl.parse("http://a.example:22").origin, resolver, is_trusted=False
        )


def test_a_trusted_host_may_be_private_and_on_any_port() -> None:
    found = _resolved("http://minio:9000", ["10.0.0.1"], is_trusted=True)

    assert found == ["10.0.0.1"]


@pytest.mark.parametrize("error", [OSError("gone"), UnicodeError("label too long")])
def test_an_unknown_name_says_so(error: Exception) -> None:
    def resolver(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(FetchFailed, match="not known here"):
        addresses_of(
            WebUrl.parse("http://a.example").origin, resolver, is_trusted=False
        )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/x",
        "http://2130706433/x",
        "http://0x7f000001/x",
        "http://0177.0.0.1/x",
        "http://[::ffff:7f00:1]/x",
        "http://localhost/x",
        "http://localhost./x",
        "http://ⓛocalhost/x",
        "http://127。0。0。1/x",
    ],
)
def test_no_spelling_of_loopback_gets_through_the_systems_own_resolver(
    url: str,
) -> None:
    with pytest.raises(FetchFailed):
        addresses_of(WebUrl.parse(url).origin, system_resolver, is_trusted=False)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("minio", ("minio", None)),
        ("MinIO.local:9000", ("minio.local", 9000)),
        ("minio:80", ("minio", 80)),
        ("10.0.0.1", ("10.0.0.1", None)),
        ("::1", ("::1", None)),
        ("[::1]:9000", ("::1", 9000)),
    ],
)
def test_an_allowed_host_has_a_port_or_means_all(
    text: str, host: tuple[str, int | None]
) -> None:
    assert allowed_host(text) == host


@pytest.mark.parametrize(
    "text", ["", "http://minio", "minio/x", "minio:port", "a@b", "*", "a b", "minio?x"]
)
def test_an_allowed_host_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match='"host" or "host:port"'):
        allowed_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.png",
        "//evil.example/a.png",
        "ftp://a.example/a.png",
        "file:///etc/passwd",
        "gopher://a.example/",
        "javascript:alert(1)",
        "http://",
        "http:///a.png",
        "http://a.example:99999/",
        "http://a.example:0/",
        "http://a.example:-1/",
        "http://a..example/",
        "http://-a.example/",
        "http://%31%32%37.0.0.1/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://a.example\\@b.example/",
        "http://a.example/\r\nX-Y: z",
        "http://a.example/\0",
        "http://a.example/\ud800",
        "http://a.example/" + "a" * 9000,
        "http://" + "a" * 64 + ".example/",
    ],
)
def test_an_odd_address_is_refused(text: str) -> None:
    with pytest.raises(FetchFailed, match="is no address of an image"):
        WebUrl.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://me:secret@a.example/",
        "http://secret@a.example/",
        "ftp://me:secret@a.example/a",
        "http://me:secret@a.example:99999/?token=secret",
    ],
)
def test_a_user_name_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        WebUrl.parse(text)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("HTTP://A.Example", "http://a.example/"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example.:8080/x#part", "http://a.example:8080/x"),
        ("http://a.example/ä b.png?q=ü", "http://a.example/%C3%A4%20b.png?q=%C3%BC"),
        ("http://a.example/x?s=a%2Fb+c%3D&t=~", "http://a.example/x?s=a%2Fb+c%3D&t=~"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://[2606:4700:0::1]:80/", "http://[2606:4700::1]/"),
        ("http://my_bucket.a.example/x", "http://my_bucket.a.example/x"),
    ],
)
def test_an_address_has_one_spelling(text: str, url: str) -> None:
    assert str(WebUrl.parse(text)) == url


def test_messages_show_neither_queries_nor_control_characters() -> None:
    url = WebUrl.parse("http://a.example/x?X-Amz-Signature=secret")

    assert url.shown == "http://a.example/x"


def _resolved(
    text: str, answer: Sequence[str], *, is_trusted: bool = False
) -> Sequence[str]:
    return addresses_of(
        WebUrl.parse(text).origin, lambda *_: answer, is_trusted=is_trusted
    )
