"""Whatever stands in a task: bytes or an error of ours, and no way out of a folder."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpcis_backend.errors import FetchFailed, GpcisError
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules, ImageFetcher
from gpcis_backend.server.label_studio.fetching.tokens import Access, TokenSource
from gpcis_backend.server.label_studio.fetching.urls import WebUrl
from gpcis_backend.server.label_studio.fetching.wire import Wire

SECRET = b"outside"
STARTS = (
    "/ // /data/local-files/?d= /data/upload/ http:// https://[ http://h: "
    "data: data:;base64, s3:// gs:// azure-blob://"
)
PIECES = ".. / %2e %2f %00 @ : [ ] # ? d= & %5c secret in.png link 80 ::1 % ; ,"
starts = st.sampled_from(["", *STARTS.split()])
pieces = st.sampled_from([*PIECES.split(), "\0", "\r\n", "\\", "\ud800", " "])
texts = st.text() | st.lists(pieces | st.text(max_size=3)).map("".join)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an image in it, a secret beside it and a link to that."""
    above = tmp_path_factory.mktemp("above")
    (above / "secret").write_bytes(SECRET)
    (above / "in").mkdir()
    (above / "in" / "in.png").write_bytes(b"inside")
    (above / "in" / "link").symlink_to(above / "secret")
    return above / "in"


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=starts, text=texts, has_access=st.booleans(), has_root=st.booleans())
def test_any_text_brings_bytes_or_an_error_of_ours(
    root: Path, start: str, text: str, has_access: bool, has_root: bool
) -> None:
    rules = FetchRules(local_root=root if has_root else None)
    fetcher = ImageFetcher(rules, Wire(resolver=_nobody))
    access = Access("http://studio:8080", "token") if has_access else None

    outcome = _outcome(fetcher, start + text, access)

    assert outcome != SECRET
    if isinstance(outcome, str):
        assert outcome.isprintable()
        assert str(root) not in outcome


@settings(max_examples=300)
@given(text=starts.flatmap(lambda start: texts.map(lambda rest: start + rest)))
def test_a_web_address_means_the_same_when_it_is_read_again(text: str) -> None:
    try:
        url = WebUrl.parse(text)
    except FetchFailed:
        return

    assert WebUrl.parse(str(url)) == url
    assert str(url).isascii()
    assert str(url).isprintable()
    assert " " not in str(url)


@given(url=texts, token=texts)
def test_any_claim_is_an_access_or_none(url: str, token: str) -> None:
    access = Access.claimed(f"http://{url}", token)

    if access is not None:
        assert access.at("/data/upload/a.png").origin == access.origin
        assert (
            TokenSource(Access("http://h", access.token)).access.token == access.token
        )


def _outcome(fetcher: ImageFetcher, uri: str, access: Access | None) -> bytes | str:
    """The body, or the message of an error of ours."""
    try:
        return fetcher.fetch(uri, access, task_id=1)
    except GpcisError as error:
        return str(error)


def _nobody(host: str, port: int) -> Sequence[str]:
    return []
