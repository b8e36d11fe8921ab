"""Calls of ``gpcis`` in this process, and what a refusal looks like."""

from pathlib import Path

import pytest

from gpcis_backend.cli import app


def status_of(*words: str | Path) -> int:
    """Exit status of ``gpcis`` with these words."""
    try:
        app([str(word) for word in words], prog_name="gpcis")
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def check_one_line(
    status: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Check that a command failed with one line of words."""
    stderr = capsys.readouterr().err
    assert status == 1
    assert stderr.startswith("gpcis: ")
    assert stderr.count("\n") == 1
    assert complaint in stderr
