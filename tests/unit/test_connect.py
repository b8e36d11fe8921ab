"""Connecting a project with a backend, and what Label Studio's refusals mean."""

from typing import Any

import pytest

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.access import Login
from gpcis_backend.server.label_studio.api.client import LabelStudioClient
from gpcis_backend.server.label_studio.api.connection import (
    Connection,
    backend_url,
    connect,
)
from gpcis_backend.server.label_studio.api.remedies import LabelStudioProblem
from gpcis_backend.server.label_studio.fetching.tokens import Access
from label_studio_stub import PERSONAL, PROJECT, TOKEN, LabelStudioStub
from web_stub import HTML, Answer, Raw, WebStub

BACKEND = "http://127.0.0.1:9090"


def test_a_new_connection_asks_at_clicks() -> None:
    with LabelStudioStub() as studio:
        connection = _connect(studio)

    assert connection == Connection(1, "created", "Connected")
    assert studio.rows[0]["url"] == BACKEND
    assert studio.rows[0]["is_interactive"] is True


def test_connecting_again_changes_nothing() -> None:
    with LabelStudioStub() as studio:
        _connect(studio)

        connection = _connect(studio, backend=f"{BACKEND}/")

    assert connection.done == "unchanged"
    assert len(studio.rows) == 1
    assert not [seen for seen in studio.web.seen if seen.method == "PATCH"]


def test_a_connection_that_asks_nothing_is_updated() -> None:
    with LabelStudioStub() as studio:
        studio.connected(f"{BACKEND}/", is_interactive=False, title="old")

        connection = _connect(studio)

    assert connection.done == "updated"
    assert (studio.rows[0]["is_interactive"], studio.rows[0]["title"]) == (
        True,
        "GPCIS",
    )


def test_what_label_studio_made_before_it_refused_is_used() -> None:
    with LabelStudioStub(refuses_webhook=True) as studio:
        connection = _connect(studio)
        again = _connect(studio)

    assert connection.done == "completed"
    assert again.done == "unchanged"
    assert len(studio.rows) == 1


def test_label_studio_is_told_the_login_of_the_backend() -> None:
    with LabelStudioStub() as studio:
        _connect(studio, login=Login("ann", "pass"))

        again = _connect(studio, login=Login("ann", "new"))

    assert again.done == "updated"
    assert studio.rows[0]["auth_method"] == "BASIC_AUTH"
    assert studio.rows[0]["basic_auth_pass"] == "new"


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        pytest.param(
            {"refuses_address": True},
            "ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false",
            id="reserved address",
        ),
        pytest.param(
            {"reaches_backend": False},
            r"as Label Studio sees it",
            id="backend out of its reach",
        ),
        pytest.param(
            {"accepts_legacy": False},
            "Switch legacy tokens on under .* API Tokens Settings",
            id="legacy tokens off",
        ),
    ],
)
def test_a_refusal_says_what_to_change(changes: dict[str, Any], remedy: str) -> None:
    with (
        LabelStudioStub(**changes) as studio,
        pytest.raises(LabelStudioProblem, match=remedy) as refused,
    ):
        _connect(studio)

    assert studio.rows == []
    assert TOKEN not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "<" not in str(refused.value)


def test_an_unknown_project_is_told_apart_from_a_wrong_address() -> None:
    with LabelStudioStub() as studio:
        with pytest.raises(LabelStudioProblem, match="no such project"):
            connect(_client(studio.url), 7, BACKEND, "GPCIS")
        with pytest.raises(LabelStudioProblem, match="Is this the URL"):
            _client(studio.url).get("/api/nonsense")


def test_a_host_name_that_label_studio_does_not_know_is_its_own_case() -> None:
    with (
        LabelStudioStub() as studio,
        pytest.raises(LabelStudioProblem, match="service name"),
    ):
        _connect(studio, backend="http://gp.invalid:9090")


def test_a_personal_access_token_is_exchanged_first() -> None:
    with LabelStudioStub() as studio:
        user = _client(studio.url, PERSONAL).get("/api/current-user/whoami")

    assert user["email"] == "admin@example.com"
    assert len(studio.web.asked("/api/token/refresh")) == 1


@pytest.mark.parametrize("token", ["f" * 40, PERSONAL[:-4]])
def test_a_wrong_token_gets_one_line_without_it(token: str) -> None:
    with LabelStudioStub() as studio, pytest.raises(LabelStudioProblem) as refused:
        _client(studio.url, token).get("/api/current-user/whoami")

    assert "Account & Settings" in str(refused.value)
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        pytest.param(Answer(HTML), "is no JSON", id="a web page"),
        pytest.param(
            Answer(b"", 302, {"Location": "https://elsewhere.example/"}),
            "redirects .* https://elsewhere.example/",
            id="redirect",
        ),
        pytest.param(Raw(b"HTTP/1.1 200 OK\r\n\r\n{"), "no JSON", id="cut off"),
        pytest.param(Raw(b"nonsense"), "cannot be reached", id="not HTTP"),
        pytest.param(Answer(b"oops", 500), "own log", id="internal error"),
    ],
)
def test_what_is_no_label_studio_is_named(page: Answer | Raw, words: str) -> None:
    with (
        WebStub({"/api/version": page}) as web,
        pytest.raises(LabelStudioProblem, match=words),
    ):
        _client(web.url).get("/api/version")


def test_the_token_does_not_follow_a_redirect() -> None:
    with WebStub({"/api/version": Answer(b"{}")}) as other:
        there = {"Location": f"{other.url}/api/version"}
        with (
            WebStub({"/api/version": Answer(b"", 302, there)}) as web,
            pytest.raises(LabelStudioProblem),
        ):
            _client(web.url).get("/api/version")

    assert other.seen == []


def test_an_answer_larger_than_wanted_is_cut_off() -> None:
    with (
        WebStub({"/export": Answer(bytes(2**18))}) as web,
        pytest.raises(LabelStudioProblem, match="exceeds"),
    ):
        _client(web.url).get_bytes("/export", max_bytes=2**16)


def test_bytes_come_as_they_are() -> None:
    with WebStub({"/export": Answer(b"[1]")}) as web:
        content = _client(web.url).get_bytes("/export", exportType="JSON")

    assert content == b"[1]"
    assert web.seen[0].target == "/export?exportType=JSON"


def test_nothing_at_the_address_is_told() -> None:
    with pytest.raises(LabelStudioProblem, match="refuses the connection"):
        _client("http://127.0.0.1:1").get("/api/version")


@pytest.mark.parametrize(
    "text",
    ["localhost:9090", "ftp://here", "http://", "http://h:x", "http://h?a=1", ""],
)
def test_what_is_no_address_of_a_backend_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="http://localhost:9090"):
        backend_url(text)


def _connect(
    studio: LabelStudioStub, backend: str = BACKEND, login: Login | None = None
) -> Connection:
    return connect(_client(studio.url), PROJECT, backend, "GPCIS", login)


def _client(url: str, token: str = TOKEN) -> LabelStudioClient:
    return LabelStudioClient(Access(url, token))
