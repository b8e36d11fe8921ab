"""The page's own checks, run from here so that they count: types, laws, lint."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Npm = Callable[..., int]


@pytest.fixture(scope="module")
def npm(root: Path) -> Npm:
    """Runs npm in ``frontend``, with all packages of the page at hand."""
    builder: dict[str, Any] = runpy.run_path(str(root / "frontend" / "build.py"))
    try:
        node = builder["find_node"]() or builder["installed_node"]()
        builder["install_packages"](node)
    except builder["NoNode"] as reason:
        pytest.skip(f"the page's tools cannot run here: {reason}")
    run: Npm = node.run_npm
    return run


def test_types_of_the_page_hold(npm: Npm) -> None:
    assert npm("run", "check") == 0


def test_unit_tests_of_the_page_pass(npm: Npm) -> None:
    assert npm("run", "test") == 0


def test_page_keeps_to_its_layers_and_style(npm: Npm, root: Path) -> None:
    folder = root / "frontend" / "lint"
    if not (folder / "node_modules").is_dir():  # it has no lock file
        install = ("install", "--no-package-lock", "--ignore-scripts", "--no-audit")
        assert npm(*install, folder=folder) == 0

    assert npm("run", "lint") == 0
