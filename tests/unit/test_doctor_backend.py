"""What the doctor makes of the answers of a backend, and of what is none."""

from typing import Any

import pytest

from gpcis_backend.server.label_studio.doctor.backend import check_backend
from gpcis_backend.server.label_studio.doctor.findings import Finding
from label_studio_stub import backend_stub
from web_stub import HTML, Answer, WebStub


@pytest.mark.parametrize(
    ("health", "level", "words"),
    [
        pytest.param(
            {"ready": False, "reason": "loading"}, "warning", "loading", id="loading"
        ),
        pytest.param(
            {"last_error": {"error": "No image.", "hint": "Do.", "where": "predict"}},
            "warning",
            "No image. Do.",
            id="last failure",
        ),
        pytest.param({"last_error": "told as text"}, "warning", "told", id="text"),
    ],
)
def test_what_the_backend_says_about_itself_is_passed_on(
    health: dict[str, Any], level: str, words: str
) -> None:
    with backend_stub(**health) as backend:
        findings = list(check_backend(backend.url, None))

    assert [finding for finding in findings if _says(finding, level, words)]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        pytest.param(Answer(HTML), "not the answer of a backend", id="a web page"),
        pytest.param(Answer(b'{"status": "UP"}'), "not the answer", id="Label Studio"),
        pytest.param(Answer(b"{}", 404), "not the answer", id="not found"),
        pytest.param(Answer(b"{}", 401), "BASIC_AUTH_USER", id="login missing"),
    ],
)
def test_what_is_no_backend_is_a_problem(page: Answer, words: str) -> None:
    with WebStub({"/health": page}) as backend:
        findings = list(check_backend(backend.url, None))

    assert len(findings) == 1
    assert _says(findings[0], "problem", words)


def test_nothing_at_the_backends_address_is_a_problem() -> None:
    findings = list(check_backend("http://127.0.0.1:1", None))

    assert [finding.level for finding in findings] == ["problem"]


def test_a_service_name_unknown_here_is_only_a_warning() -> None:
    findings = list(check_backend("http://gpcis.invalid:9090", None))

    assert [finding.level for finding in findings] == ["warning"]


def _says(finding: Finding, level: str, words: str) -> bool:
    return finding.level == level and words in f"{finding.what} {finding.remedy}"
