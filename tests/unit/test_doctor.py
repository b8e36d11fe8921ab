"""What the doctor finds, against Label Studios and backends of every kind."""

from dataclasses import replace
from typing import Any

import pytest

from gpcis_backend.server.access import Login
from gpcis_backend.server.label_studio.doctor.examination import examine
from gpcis_backend.server.label_studio.doctor.findings import Finding
from gpcis_backend.server.label_studio.doctor.project import Visit, check_rows
from gpcis_backend.server.label_studio.doctor.server import check_addresses, kind_of
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules
from gpcis_backend.server.label_studio.fetching.tokens import Access
from label_studio_stub import (
    PERSONAL,
    PROJECT,
    TOKEN,
    UPLOAD,
    LabelStudioStub,
    backend_stub,
)
from web_stub import HTML, Answer, Seen, WebStub

ROW = {
    "id": 1,
    "url": "http://b:9090",
    "state": "CO",
    "readable_state": "Connected",
    "is_interactive": True,
}
CLICK = "/api/ml/1/interactive-annotating"
OTHER = {**ROW, "id": 2, "url": "http://other:9090"}


@pytest.mark.parametrize("token", [TOKEN, PERSONAL])
def test_where_all_is_well_every_line_is_ok(token: str) -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        studio.connected(backend.url)

        findings = _examine(studio, backend, token)

    assert {finding.level for finding in findings} == {"ok"}, findings
    assert len(findings) == 9
    assert studio.web.asked(CLICK)


def test_nothing_is_changed_by_looking() -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        _examine(studio, backend)

    assert studio.rows == []
    assert not [seen for seen in studio.web.seen if seen.method == "PATCH"]


def test_the_token_is_in_no_line() -> None:
    with LabelStudioStub(accepts_legacy=False) as studio, backend_stub() as backend:
        lines = str(_examine(studio, backend)) + str(
            _examine(studio, backend, "f" * 40)
        )

    assert TOKEN not in lines
    assert "f" * 40 not in lines


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        pytest.param({"release": "1.13.0"}, "warning", "older", id="old release"),
        pytest.param(
            {"accepts_legacy": False}, "problem", "legacy token", id="legacy tokens off"
        ),
        pytest.param(
            {"refuses_address": True},
            "problem",
            "USE_DEFAULT_BANNED_SUBNETS",
            id="SSRF",
        ),
        pytest.param({"has_tasks": False}, "warning", "no tasks", id="no tasks"),
        pytest.param(
            {"label_config": "<View/>"}, "problem", "no Image tag", id="bad config"
        ),
        pytest.param(
            {"click_answer": {"errors": ["500 Server Error"]}},
            "problem",
            "500 Server Error",
            id="failing click",
        ),
        pytest.param(
            {"click_answer": {"data": {"result": []}}},
            "warning",
            "without a region",
            id="empty mask",
        ),
        pytest.param({"click_answer": []}, "problem", "does not know", id="odd answer"),
    ],
)
def test_each_fault_is_found(changes: dict[str, Any], level: str, words: str) -> None:
    with LabelStudioStub(**changes) as studio, backend_stub() as backend:
        studio.connected(backend.url)

        findings = _examine(studio, backend)

    assert [finding for finding in findings if _says(finding, level, words)], findings


def test_with_a_personal_token_legacy_tokens_that_are_off_are_a_warning() -> None:
    with LabelStudioStub(accepts_legacy=False) as studio, backend_stub() as backend:
        studio.connected(backend.url)

        findings = _examine(studio, backend, PERSONAL)

    bad = [finding for finding in findings if finding.level != "ok"]
    assert len(bad) == 1
    assert _says(bad[0], "warning", "LABEL_STUDIO_API_KEY")


def test_an_image_that_is_gone_is_found_with_the_remedy_of_the_fetcher() -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        studio.connected(backend.url)
        studio.web.pages[UPLOAD] = Answer(b"", 404)

        findings = _examine(studio, backend)

    assert [
        f for f in findings if _says(f, "warning", "cannot be fetched") and f.remedy
    ]


def test_a_failing_click_is_explained_by_the_backend() -> None:
    failing = {"errors": ["502 Server Error: BAD GATEWAY"]}
    with LabelStudioStub(click_answer=failing) as studio, backend_stub() as backend:
        studio.connected(backend.url)
        with backend_stub(last_error={"error": "No image.", "hint": "Move."}) as later:
            before, after = backend.pages["/health"], later.pages["/health"]

        def health(seen: Seen) -> Answer:
            page = after if studio.web.asked(CLICK) else before
            assert isinstance(page, Answer)
            return page

        backend.pages["/health"] = health
        findings = _examine(studio, backend)

    assert _says(findings[-1], "problem", "BAD GATEWAY")
    assert "No image. Move." in findings[-1].remedy


def test_without_a_project_the_known_ones_are_listed() -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        findings = _examine(studio, backend, project=None)

    assert _says(findings[-1], "warning", "1 (Pets)")


def test_an_unknown_project_is_one_finding() -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        findings = _examine(studio, backend, project=7)

    assert findings[-1].level == "problem"


def test_without_label_studio_only_the_backend_is_judged() -> None:
    with WebStub({"/api/version": Answer(HTML)}) as web, backend_stub() as backend:
        visit = Visit(backend.url, FetchRules(), None)

        findings = list(examine(Access(web.url, TOKEN), visit, PROJECT))

    assert [finding.level for finding in findings] == ["ok", "problem"]


def test_the_login_is_shown_to_the_backend_only() -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        visit = Visit(backend.url, FetchRules(), Login("ann", "pass"))

        list(examine(Access(studio.url, TOKEN), visit, None))

    assert backend.seen[0].headers["authorization"] == "Basic YW5uOnBhc3M="
    assert not [
        s for s in studio.web.seen if "Basic" in s.headers.get("authorization", "")
    ]


@pytest.mark.parametrize(
    ("rows", "levels"),
    [
        pytest.param([ROW], ["ok"], id="connected"),
        pytest.param([], ["problem"], id="not connected"),
        pytest.param(
            [{**ROW, "state": "DI", "readable_state": "Disconnected"}],
            ["problem"],
            id="out of reach",
        ),
        pytest.param(
            [{**ROW, "is_interactive": False}], ["problem"], id="asks nothing"
        ),
        pytest.param(
            [{**ROW, "url": "http://other"}, ROW],
            ["ok", "problem"],
            id="other one first",
        ),
        pytest.param(
            [ROW, {**ROW, "url": "http://other"}], ["ok"], id="other one later"
        ),
    ],
)
def test_a_project_must_ask_this_backend_first(
    rows: list[dict[str, Any]], levels: list[str]
) -> None:
    findings = list(check_rows(rows, "http://b:9090", PROJECT, "http://ls"))

    assert [finding.level for finding in findings] == levels


@pytest.mark.parametrize(
    ("label_studio", "backend", "num_warnings"),
    [
        ("http://localhost:8080", "http://localhost:9090", 0),
        ("https://labels.example", "http://localhost:9090", 1),
        ("https://labels.example", "http://127.0.0.1:9090", 1),
        ("https://labels.example", "http://gpcis:9090", 0),
    ],
)
def test_localhost_elsewhere_is_another_machine(
    label_studio: str, backend: str, num_warnings: int
) -> None:
    assert len(list(check_addresses(label_studio, backend))) == num_warnings


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (TOKEN, "legacy token"),
        (PERSONAL, "personal access token"),
        ("secret", "token (neither"),
    ],
)
def test_kinds_of_tokens_are_told_apart(token: str, words: str) -> None:
    assert kind_of(Access("http://localhost:8080", token)).startswith(words)


def _examine(
    studio: LabelStudioStub,
    backend: WebStub,
    token: str = TOKEN,
    project: int | None = PROJECT,
) -> list[Finding]:
    access = Access(studio.url, token)
    rules = replace(FetchRules(), label_studio=access)
    return list(examine(access, Visit(backend.url, rules, None), project))


def _says(finding: Finding, level: str, words: str) -> bool:
    return finding.level == level and words in f"{finding.what} {finding.remedy}"
