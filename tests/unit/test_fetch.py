import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gpcis_backend.errors import FetchFailed, TooLarge
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules, ImageFetcher
from gpcis_backend.server.label_studio.fetching.tokens import Access
from gpcis_backend.server.label_studio.fetching.wire import Limits
from web_stub import HTML, PICTURE, Answer, Seen, WebStub

LEGACY = "0123456789abcdef0123456789abcdef01234567"
PERSONAL = "eyJhbGciOiAiSFMyNTYifQ.eyJ0b2tlbl90eXBlIjogInJlZnJlc2gifQ.c2ln"
UPLOAD = "/data/upload/1/4d8c-shapes.png"
LIMITS = Limits(connect_s=5, read_s=5, total_s=10, max_bytes=10_000)
HURRIED = Limits(connect_s=1, read_s=1, total_s=1.5)
LEGACY_OFF = Answer(
    b'{"detail": "Authentication token no longer valid: legacy token authentication '
    b'has been disabled for this organization"}',
    401,
)


def test_an_upload_is_fetched_with_the_legacy_token() -> None:
    with WebStub({UPLOAD: Answer()}) as stub:
        body = _fetcher().fetch(UPLOAD, Access(stub.url, LEGACY))

        assert body == PICTURE
        assert stub.seen[0].headers["authorization"] == f"Token {LEGACY}"


def test_the_configured_access_is_used_where_a_call_brings_none() -> None:
    with WebStub({UPLOAD: Answer()}) as stub:
        fetcher = _fetcher(label_studio=Access(stub.url, LEGACY))

        assert fetcher.fetch(UPLOAD, None) == PICTURE


def test_a_personal_token_is_renewed_once_when_it_is_refused() -> None:
    studio = Studio()
    with WebStub(studio.pages) as stub:
        access = Access(stub.url, PERSONAL)
        fetcher = _fetcher(cache_bytes=0)
        first = fetcher.fetch(UPLOAD, access)
        studio.good = "Bearer 2"  # the first one is revoked early

        second = fetcher.fetch(UPLOAD, access)
        studio.good = "Bearer never"

        assert first == second == PICTURE
        assert [seen.headers["authorization"] for seen in stub.asked(UPLOAD)] == [
            "Bearer 1",
            "Bearer 1",
            "Bearer 2",
        ]
        with pytest.raises(FetchFailed, match="the token is wrong"):
            fetcher.fetch(UPLOAD, access)
        assert len(stub.asked(UPLOAD)) == 5


@pytest.mark.parametrize(
    ("answer", "token", "words"),
    [
        pytest.param(LEGACY_OFF, LEGACY, "personal access token", id="legacy off"),
        pytest.param(Answer(b"", 401), LEGACY, "member of the project", id="401"),
        pytest.param(Answer(b"", 403), LEGACY, "member", id="403"),
        pytest.param(Answer(b"", 401), "", "Set LABEL_STUDIO_API_KEY", id="no token"),
        pytest.param(
            Answer(b"enable it with LOCAL_FILES_SERVING_ENABLED", 403),
            LEGACY,
            "Local Files storage",
            id="local files off",
        ),
        pytest.param(Answer(b"", 404), LEGACY, "another Label Studio", id="404"),
        pytest.param(Answer(b"", 500), LEGACY, "upload still exists", id="500"),
        pytest.param(Answer(HTML), LEGACY, "private browser window", id="a page"),
        pytest.param(Answer(b""), LEGACY, "Upload the image again", id="empty"),
        pytest.param(Answer(b"", 302), LEGACY, "settings", id="redirect to nowhere"),
    ],
)
def test_a_refusal_says_what_to_do_and_no_token(
    answer: Answer, token: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with WebStub({UPLOAD: answer}) as stub, pytest.raises(FetchFailed) as caught:
        _fetcher().fetch(UPLOAD, Access(stub.url, token))

    assert words in caught.value.hint
    assert LEGACY not in f"{caught.value!r} {caught.value} {caplog.text}"


def test_a_login_page_asks_for_the_token() -> None:
    with WebStub({UPLOAD: Answer(HTML)}) as stub:
        access = Access(stub.url, LEGACY)

        with pytest.raises(FetchFailed, match=r"web page .*: is the token right\?"):
            _fetcher().fetch(UPLOAD, access)


def test_a_page_by_its_content_type_is_no_image_either() -> None:
    page = Answer(b"<svg>", headers={"Content-Type": "text/html; charset=utf-8"})
    with WebStub({UPLOAD: page}) as stub, pytest.raises(FetchFailed, match="web page"):
        _fetcher().fetch(UPLOAD, Access(stub.url, LEGACY))


def test_a_path_without_a_known_label_studio_names_the_settings() -> None:
    for uri in (UPLOAD, "/data/local-files/?d=a.png", "s3://bucket/a.png"):
        with pytest.raises(FetchFailed, match="LABEL_STUDIO_URL and LABEL_STUDIO_API"):
            _fetcher().fetch(uri, None, task_id=1)


def test_one_image_is_fetched_once_for_eight_threads() -> None:
    slow = Slow()
    with WebStub({UPLOAD: slow}) as stub, ThreadPoolExecutor(8) as pool:
        fetcher, access = _fetcher(), Access(stub.url, LEGACY)
        bodies = [pool.submit(fetcher.fetch, UPLOAD, access) for _ in range(8)]
        assert slow.called.wait(5)
        slow.go.set()

        assert {body.result(5) for body in bodies} == {PICTURE}
        assert len(stub.seen) == 1
        assert fetcher.fetch(UPLOAD, access) == PICTURE
        assert len(stub.seen) == 1


def test_one_users_images_are_not_handed_to_another_token() -> None:
    def only_mine(seen: Seen) -> Answer:
        mine = seen.headers.get("authorization") == f"Token {LEGACY}"
        return Answer() if mine else Answer(b"", 403)

    with WebStub({UPLOAD: only_mine}) as stub:
        fetcher = _fetcher()
        fetcher.fetch(UPLOAD, Access(stub.url, LEGACY))

        for token in ("", LEGACY[::-1]):
            with pytest.raises(FetchFailed):
                fetcher.fetch(UPLOAD, Access(stub.url, token))


def test_a_failure_is_not_remembered() -> None:
    with WebStub({UPLOAD: Answer(b"", 500)}) as stub:
        fetcher, access = _fetcher(), Access(stub.url, LEGACY)
        with pytest.raises(FetchFailed):
            fetcher.fetch(UPLOAD, access)
        stub.pages[UPLOAD] = Answer()

        assert fetcher.fetch(UPLOAD, access) == PICTURE


def test_a_large_image_is_refused() -> None:
    with WebStub({UPLOAD: Answer(bytes(10_001))}) as stub, pytest.raises(TooLarge):
        _fetcher().fetch(UPLOAD, Access(stub.url, LEGACY))


def test_the_deadline_spans_all_redirects() -> None:
    loop = Slow(0.7, Answer(b"", 302, {"Location": "/hop"}))
    with WebStub({"/hop": loop}) as stub:
        fetcher = ImageFetcher(FetchRules(limits=HURRIED, max_redirects=20))
        start = time.monotonic()

        with pytest.raises(FetchFailed, match="in time"):
            fetcher.fetch("/hop", Access(stub.url))

        assert time.monotonic() - start < 6


class Studio:
    """Sells numbered access tokens and takes the good one only."""

    def __init__(self) -> None:
        self.good = "Bearer 1"
        self.num_sold = 0
        self.pages = {UPLOAD: self._show, "/api/token/refresh": self._sell}

    def _show(self, seen: Seen) -> Answer:
        is_good = seen.headers.get("authorization") == self.good
        return Answer() if is_good else Answer(b"", 401)

    def _sell(self, seen: Seen) -> Answer:
        assert json.loads(seen.body) == {"refresh": PERSONAL}
        self.num_sold += 1
        return Answer(json.dumps({"access": str(self.num_sold)}).encode())


class Slow:
    """Answers once it may, or after a pause."""

    def __init__(self, pause_s: float = 5, answer: Answer | None = None) -> None:
        self.go, self.called = threading.Event(), threading.Event()
        self._pause_s, self._answer = pause_s, answer or Answer()

    def __call__(self, seen: Seen) -> Answer:
        self.called.set()
        self.go.wait(self._pause_s)
        return self._answer


def _fetcher(
    label_studio: Access | None = None, cache_bytes: int = 10**6
) -> ImageFetcher:
    rules = FetchRules(label_studio, limits=LIMITS, cache_bytes=cache_bytes)
    return ImageFetcher(rules)
