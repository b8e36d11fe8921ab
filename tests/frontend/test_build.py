"""What ``frontend/build.py`` takes for Node, packs, and refuses."""

import gzip
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def builder(root: Path) -> dict[str, Any]:
    """Names of the build script."""
    return runpy.run_path(str(root / "frontend" / "build.py"))


@pytest.mark.parametrize(
    ("version", "is_fit"),
    [
        ("v18.20.4", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v23.0.0", True),
        ("v24.19.0", True),
        ("", False),
    ],
)
def test_only_a_node_that_the_tools_run_on_is_taken(
    builder: dict[str, Any], version: str, is_fit: bool
) -> None:
    assert builder["is_new_enough"](version) is is_fit


def test_a_node_that_is_none_is_named_in_the_message(
    builder: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPCIS_NODE", "/nowhere/node")

    with pytest.raises(builder["NoNode"], match=r"/nowhere/node.*20\.19"):
        builder["find_node"]()


def test_text_is_packed_the_same_each_time(
    builder: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "main.js").write_text("let x = 1;\n" * 100)
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8")

    builder["pack"](tmp_path)
    first = (tmp_path / "main.js.gz").read_bytes()
    builder["pack"](tmp_path)

    assert gzip.decompress(first) == (tmp_path / "main.js").read_bytes()
    assert (tmp_path / "main.js.gz").read_bytes() == first
    assert not (tmp_path / "cat.jpg.gz").exists()


def test_a_page_over_its_budget_is_refused(
    builder: dict[str, Any], tmp_path: Path
) -> None:
    half = builder["BUDGETS"][".js"] // 2 + 1
    (tmp_path / "one.js").write_bytes(os.urandom(half))
    (tmp_path / "two.js").write_bytes(os.urandom(half))

    builder["pack"](tmp_path)

    with pytest.raises(SystemExit, match=r"\.js files take \d+ B by gzip, over 45000"):
        builder["check_budgets"](tmp_path)


def test_a_folder_that_is_no_page_is_left_alone(
    builder: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(SystemExit, match="not an earlier build"):
        builder["build"](tmp_path)

    assert (tmp_path / "thesis.tex").exists()


def test_without_node_an_earlier_page_stays_in_use(root: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("the earlier page")

    done = _built_without_node(root, tmp_path)

    assert done.returncode == 0
    assert "WARNING" in done.stderr
    assert (tmp_path / "index.html").read_text() == "the earlier page"


def test_without_node_and_page_the_build_fails_in_one_line(
    root: Path, tmp_path: Path
) -> None:
    done = _built_without_node(root, tmp_path / "dist")

    assert done.returncode == 1
    assert done.stderr.startswith("The page cannot be built: GPCIS_NODE is none")
    assert len(done.stderr.splitlines()) == 1


def _built_without_node(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / "frontend" / "build.py", "--out", out],
        env=os.environ | {"GPCIS_NODE": "none"},
        capture_output=True,
        text=True,
    )
