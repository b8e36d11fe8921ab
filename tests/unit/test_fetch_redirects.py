from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gpcis_backend.errors import FetchFailed
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules, ImageFetcher
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.label_studio.fetching.wire import Limits, Wire
from web_stub import PICTURE, Answer, Internet, WebStub

LIMITS = Limits(connect_s=5, read_s=5, total_s=10, max_bytes=10_000)


@dataclass
class Net:
    """A Label Studio here and two hosts of the internet."""

    studio: WebStub
    public: WebStub
    other: WebStub
    internet: Internet

    def fetch(self, uri: str, *allowed: str) -> bytes:
        rules = FetchRules(allowed_hosts=frozenset(allowed), limits=LIMITS)
        fetcher = ImageFetcher(rules, Wire(resolver=self.internet.resolve))
        return fetcher.fetch(uri, Access(self.studio.url, "secret"))


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    with WebStub({}) as studio, WebStub({}) as public, WebStub({}) as other:
        internet = Internet({"public.example": public, "other.example": other})
        internet.answers["127.0.0.1"] = [["127.0.0.1"]] * 9
        monkeypatch.setattr("socket.create_connection", internet.connect)
        yield Net(studio, public, other, internet)


def test_a_public_image_is_fetched_without_a_token(net: Net) -> None:
    net.public.pages["/a.png"] = Answer()

    assert net.fetch("http://public.example/a.png") == PICTURE
    assert "authorization" not in net.public.seen[0].headers


def test_the_token_stays_on_a_redirect_within_label_studio(net: Net) -> None:
    net.studio.pages["/a.png"] = _to("/b.png")
    net.studio.pages["/b.png"] = Answer()

    assert net.fetch("/a.png") == PICTURE
    assert net.studio.seen[1].headers["authorization"] == "Token secret"


def test_the_token_is_dropped_on_a_redirect_elsewhere_for_good(net: Net) -> None:
    net.studio.pages["/a.png"] = _to("http://public.example/b.png")
    net.public.pages["/b.png"] = _to(f"{net.studio.url}/c.png")
    net.studio.pages["/c.png"] = Answer()

    assert net.fetch("/a.png") == PICTURE
    assert net.studio.seen[0].headers["authorization"] == "Token secret"
    assert "authorization" not in net.public.seen[0].headers
    assert "authorization" not in net.studio.seen[1].headers


def test_a_foreign_redirect_to_label_studio_does_not_borrow_the_token(
    net: Net,
) -> None:
    net.public.pages["/a.png"] = _to(f"{net.studio.url}/private.png")
    net.studio.pages["/private.png"] = Answer()

    net.fetch("http://public.example/a.png")

    assert "authorization" not in net.studio.seen[0].headers


def test_another_port_of_the_same_host_does_not_see_the_token(net: Net) -> None:
    net.studio.pages["/a.png"] = _to(f"{net.other.url}/b.png")
    net.other.pages["/b.png"] = Answer()
    net.internet.answers["127.0.0.1"] = [["127.0.0.1"]] * 9

    with pytest.raises(FetchFailed, match="only 80 and 443"):
        net.fetch("/a.png")
    assert net.fetch("/a.png", f"127.0.0.1:{net.other.port}") == PICTURE
    assert "authorization" not in net.other.seen[0].headers


def test_label_studio_that_moved_says_its_new_address(net: Net) -> None:
    moved = net.studio.url.replace("http:", "https:")
    net.studio.pages["/a.png"] = _to(f"{moved}/a.png", 301)

    with pytest.raises(FetchFailed, match=f"Set LABEL_STUDIO_URL to {moved}"):
        net.fetch("/a.png")


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/latest/meta-data/",
        "http://inner.example/",
        "http://127.0.0.1/",
        "http://[::1]/",
    ],
)
@pytest.mark.parametrize("start", ["/a.png", "http://public.example/a.png"])
def test_a_redirect_into_the_inner_network_is_refused(
    net: Net, start: str, target: str
) -> None:
    net.studio.pages["/a.png"] = net.public.pages["/a.png"] = _to(target)
    net.internet.answers["169.254.169.254"] = [["169.254.169.254"]]
    net.internet.answers["inner.example"] = [["10.0.0.1"]]
    net.internet.answers["::1"] = [["::1"]]

    with pytest.raises(FetchFailed, match="inner network"):
        net.fetch(start)

    assert len(net.internet.connected) == 1


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://public.example/a.png",
        "http://me:pw@public.example/",
        "data:,x",
        "http://[",
        "http://public.example:1x/",
    ],
)
def test_a_redirect_to_what_is_no_web_address_is_refused(net: Net, target: str) -> None:
    net.public.pages["/a.png"] = _to(target)

    with pytest.raises(FetchFailed):
        net.fetch("http://public.example/a.png")


def test_three_redirects_are_followed_and_no_more(net: Net) -> None:
    for number in range(5):
        net.public.pages[f"/{number}"] = _to(str(number + 1), 307)
    net.public.pages["/5"] = Answer()

    assert net.fetch("http://public.example/2") == PICTURE
    with pytest.raises(FetchFailed, match="more than 3 redirects"):
        net.fetch("http://public.example/1")


def test_a_redirect_loop_ends(net: Net) -> None:
    net.public.pages["/a"] = _to("/a")

    with pytest.raises(FetchFailed, match="more than 3 redirects"):
        net.fetch("http://public.example/a")

    assert len(net.public.seen) == 4


def test_redirects_may_lead_to_another_public_host(net: Net) -> None:
    net.public.pages["/a"] = _to("http://other.example/b c.png", 308)
    net.other.pages["/b%20c.png"] = Answer()

    assert net.fetch("http://public.example/a") == PICTURE
    assert net.other.seen[0].headers["host"] == "other.example"


def test_a_private_host_is_called_only_if_the_operator_named_it(net: Net) -> None:
    net.other.pages["/a.png"] = Answer()
    uri = f"http://minio:{net.other.port}/a.png"
    net.internet.answers["minio"] = [["127.0.0.1"]] * 2

    assert net.fetch(uri, "minio") == PICTURE
    assert net.fetch(uri, f"minio:{net.other.port}") == PICTURE
    for allowed in ("other", "minio:1", "127.0.0.1"):
        with pytest.raises(FetchFailed, match="--allow-host"):
            net.fetch(uri, allowed)


def test_foreign_refusals_name_the_task(net: Net) -> None:
    net.public.pages["/private.png"] = Answer(b"", 403)

    with pytest.raises(FetchFailed, match="storage connected to Label Studio"):
        net.fetch("http://public.example/private.png?sig=hidden")
    with pytest.raises(FetchFailed, match="address in the task's data") as caught:
        net.fetch("http://public.example/gone.png?sig=hidden")

    assert "hidden" not in str(caught.value)


def _to(location: str, status: int = 302) -> Answer:
    return Answer(b"", status, {"Location": location})
