import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gpcis_backend.errors import FetchFailed, InvalidInput
from gpcis_backend.server.label_studio.fetching.tokens import (
    Access,
    TokenSource,
    choose_access,
)
from gpcis_backend.server.label_studio.fetching.wire import Limits, Wire
from web_stub import HTML, Answer, Seen, WebStub

LEGACY = "0123456789abcdef0123456789abcdef01234567"
REFRESH = "/api/token/refresh"


def test_a_legacy_token_is_sent_as_it_is() -> None:
    source = TokenSource(Access("http://localhost:8080", LEGACY))

    assert source.authorization() == f"Token {LEGACY}"
    assert source.authorization(renew=True) == f"Token {LEGACY}"


def test_no_token_makes_no_header() -> None:
    assert TokenSource(Access("http://localhost:8080")).authorization() == ""


def test_a_personal_token_buys_an_access_token() -> None:
    personal = jwt(token_type="refresh")
    with WebStub({REFRESH: Shop()}) as stub:
        source = TokenSource(Access(stub.url, personal))

        first, again = source.authorization(), source.authorization()

    assert first == again == f"Bearer {jwt(number=1, iat=1000, exp=1300)}"
    assert [seen.method for seen in stub.seen] == ["POST"]
    assert json.loads(stub.seen[0].body) == {"refresh": personal}
    assert stub.seen[0].headers["content-type"] == "application/json"
    assert "authorization" not in stub.seen[0].headers


def test_an_access_token_is_renewed_before_it_ends_whatever_the_clocks_say() -> None:
    clock = Clock()
    with WebStub({REFRESH: Shop()}) as stub:
        source = TokenSource(Access(stub.url, jwt()), clock=clock)
        source.authorization()

        clock.now = 239
        early = source.authorization()
        clock.now = 240
        late = source.authorization()

    assert early == f"Bearer {jwt(number=1, iat=1000, exp=1300)}"
    assert late == f"Bearer {jwt(number=2, iat=1000, exp=1300)}"


def test_a_refused_access_token_is_renewed_on_demand() -> None:
    with WebStub({REFRESH: Shop()}) as stub:
        source = TokenSource(Access(stub.url, jwt()))
        first = source.authorization()

        assert source.authorization(renew=True) != first
        assert len(stub.seen) == 2


def test_eight_threads_share_one_renewal() -> None:
    shop = Shop()
    shop.open.clear()
    with WebStub({REFRESH: shop}) as stub, ThreadPoolExecutor(8) as pool:
        source = TokenSource(Access(stub.url, jwt()))
        bearers = [pool.submit(source.authorization) for _ in range(8)]
        assert shop.called.wait(5)
        shop.open.set()

        assert len({bearer.result(5) for bearer in bearers}) == 1
        assert len(stub.seen) == 1


def test_threads_that_wait_share_a_failure_but_the_next_call_tries_again() -> None:
    shop = Shop()
    shop.open.clear()
    shop.status = 500
    with WebStub({REFRESH: shop}) as stub, ThreadPoolExecutor(4) as pool:
        source = TokenSource(Access(stub.url, jwt()))
        calls = [pool.submit(source.authorization) for _ in range(4)]
        assert shop.called.wait(5)
        time.sleep(0.3)  # until the others wait, too
        shop.open.set()
        failures = [call.exception(5) for call in calls]
        num_asked = len(stub.seen)
        shop.status = 200

        assert all(isinstance(failure, FetchFailed) for failure in failures)
        assert num_asked < 4  # those that came late may ask for themselves
        assert source.authorization().startswith("Bearer ")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(b"{}", 401), "Create a new one", id="revoked"),
        pytest.param(Answer(HTML), "address of Label Studio itself", id="a page"),
        pytest.param(Answer(b'["access"]'), "Label Studio itself", id="a list"),
        pytest.param(Answer(b'{"access": "a\\nb"}'), "itself", id="a broken header"),
        pytest.param(Answer(b"[" * 100_000), "itself", id="deep nesting"),
        pytest.param(Answer(b"", 404), "itself", id="missing"),
    ],
)
def test_a_failed_renewal_says_what_to_do(answer: Answer, words: str) -> None:
    personal = jwt()
    with WebStub({REFRESH: answer}) as stub:
        source = TokenSource(Access(stub.url, personal))

        with pytest.raises(FetchFailed) as caught:
            source.authorization()

    assert words in caught.value.hint
    assert personal not in str(caught.value) + repr(caught.value)


def test_a_label_studio_that_hangs_ends_the_renewal() -> None:
    shop = Shop()
    shop.open.clear()
    wire = Wire(Limits(connect_s=0.2, read_s=0.2, total_s=0.2))
    with WebStub({REFRESH: shop}) as stub:
        source = TokenSource(Access(stub.url, jwt()), wire)

        with pytest.raises(FetchFailed, match="in time"):
            source.authorization()
        shop.open.set()


def test_a_token_is_never_shown() -> None:
    access = Access("http://localhost:8080", LEGACY)

    assert LEGACY not in repr(access) + str(access) + repr(TokenSource(access))


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8080", "ftp://host", "http://me:secret@host", "http://host/?a=b"],
)
def test_an_address_that_is_none_of_label_studio_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="must look like") as caught:
        Access(url, LEGACY)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", ["a b", "a\r\nX: y", "tök", "a\0"])
def test_a_token_that_would_break_a_header_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Access("http://localhost:8080", token)

    assert token not in str(caught.value)


def test_spaces_around_address_and_token_are_pasted_by_accident() -> None:
    assert Access(" http://host:8080/ls/ ", f"{LEGACY}\n") == Access(
        "http://host:8080/ls", LEGACY
    )


@pytest.mark.parametrize(
    ("hostname", "token"),
    [(None, None), ("", LEGACY), ({}, []), ("nonsense", LEGACY), ("http://h", "a b")],
)
def test_an_unusable_claim_is_no_access(hostname: object, token: object) -> None:
    assert Access.claimed(hostname, token) is None


def test_paths_stay_below_the_path_of_label_studio() -> None:
    plain, below = Access("http://host:8080"), Access("https://host/ls/")

    assert str(plain.at("/data/a b.png")) == "http://host:8080/data/a%20b.png"
    assert str(below.at("/data/a.png")) == "https://host/ls/data/a.png"
    assert str(below.at("/ls/data/a.png?x=1")) == "https://host/ls/data/a.png?x=1"


CONFIGURED = Access("http://studio:8080", "mine")
HERE = Access("http://localhost:8080", "theirs")


@pytest.mark.parametrize(
    ("configured", "claimed", "peer", "chosen"),
    [
        pytest.param(None, None, "127.0.0.1", None, id="nothing known"),
        pytest.param(CONFIGURED, None, None, CONFIGURED, id="no claim"),
        pytest.param(
            CONFIGURED,
            Access("http://studio:8080/", "theirs"),
            "10.0.0.9",
            CONFIGURED,
            id="same origin, the configured token wins",
        ),
        pytest.param(
            Access("http://studio:8080"),
            Access("http://STUDIO:8080", "theirs"),
            "10.0.0.9",
            Access("http://studio:8080", "theirs"),
            id="same origin, no configured token",
        ),
        pytest.param(
            Access("http://studio:8080"),
            Access("https://studio:8080", "theirs"),
            "127.0.0.1",
            Access("http://studio:8080"),
            id="another scheme is another origin",
        ),
        pytest.param(
            CONFIGURED, HERE, "127.0.0.1", CONFIGURED, id="another origin is ignored"
        ),
        pytest.param(None, HERE, "127.0.0.1", HERE, id="all on this machine"),
        pytest.param(None, HERE, "::1", HERE, id="IPv6 peer on this machine"),
        pytest.param(None, HERE, "::ffff:127.0.0.1", HERE, id="mapped loopback peer"),
        pytest.param(None, HERE, "10.0.0.9", None, id="a peer elsewhere"),
        pytest.param(None, HERE, None, None, id="an unknown peer"),
        pytest.param(None, HERE, "nonsense", None, id="a peer without address"),
        pytest.param(
            None, Access("http://evil.example", "x"), "127.0.0.1", None, id="host away"
        ),
        pytest.param(
            None,
            Access("http://localhost.evil.example", "x"),
            "127.0.0.1",
            None,
            id="a name that only starts like localhost",
        ),
        pytest.param(
            None,
            Access("http://169.254.169.254", "x"),
            "127.0.0.1",
            None,
            id="metadata",
        ),
    ],
)
def test_setup_may_claim_only_what_is_known_or_on_this_machine(
    configured: Access | None,
    claimed: Access | None,
    peer: str | None,
    chosen: Access | None,
) -> None:
    assert choose_access(configured, claimed, peer) == chosen


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Shop:
    """Sells numbered access tokens of five minutes, by a clock far off."""

    def __init__(self) -> None:
        self.open, self.called = threading.Event(), threading.Event()
        self.open.set()
        self.num_sold = 0
        self.status = 200

    def __call__(self, seen: Seen) -> Answer:
        self.called.set()
        self.open.wait(5)
        self.num_sold += 1
        bearer = jwt(number=self.num_sold, iat=1000, exp=1300)
        return Answer(json.dumps({"access": bearer}).encode(), self.status)


def jwt(**claims: object) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "HS256"}, claims))
    return ".".join(
        [*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2"]
    )
