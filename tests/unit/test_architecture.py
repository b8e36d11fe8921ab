"""The rules of the layout that a reader relies on and no other tool checks."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_MAX_LINES = 300
_TOP_LEVEL = {
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "constraints.txt",
    "docker",
    "frontend",
    "gpcis_backend",
    "mmseg_configs",
    "pyproject.toml",
    "tests",
}
_SOURCES = ("gpcis_backend", "mmseg_configs", "tests", "frontend")


def test_imports_keep_to_the_layers(root: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_source_file_is_longer_than_a_reader_can_hold(root: Path) -> None:
    files = [
        path
        for path in _tracked(root)
        if path.parts[0] in _SOURCES and path.suffix in {".py", ".mjs", ".ts", ".tsx"}
    ]
    lengths = {str(p): len((root / p).read_text().splitlines()) for p in files}

    assert files
    assert {p: n for p, n in lengths.items() if n > _MAX_LINES} == {}


def test_top_level_holds_only_the_agreed_names(root: Path) -> None:
    names = {path.parts[0] for path in _tracked(root)}

    assert {name for name in names if not name.startswith(".")} <= _TOP_LEVEL


def test_tests_are_no_package(root: Path) -> None:
    # the mmseg wheel installs a package called `tests`; ours would shadow or lose
    assert list((root / "tests").rglob("__init__.py")) == []


def test_importing_the_package_is_instant() -> None:
    code = "import sys, gpcis_backend; print(*{'torch', 'numpy'} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""


def test_constraints_are_exact_and_name_no_place(root: Path) -> None:
    lines = (root / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]

    assert pins
    assert [pin for pin in pins if pin.count("==") != 1 or "/" in pin] == []


@pytest.fixture(scope="module")
def wheel_names(root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of all files in a wheel built from the checkout, without network."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("gpcis-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_wheel_holds_all_that_serving_needs(root: Path, wheel_names: set[str]) -> None:
    package = root / "gpcis_backend"
    weights = [*(package / "weights").glob("*"), *(package / "server/web").rglob("*")]
    wanted = {str(path.relative_to(root)) for path in weights if path.is_file()}
    configs = {f"gpcis_backend/{p.relative_to(root)}" for p in _configs(root)}

    assert (wanted | configs | {"gpcis_backend/py.typed"}) - wheel_names == set()


def test_wheel_owns_one_top_level_name(wheel_names: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_names}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"gpcis_backend"}


def _configs(root: Path) -> list[Path]:
    return sorted((root / "mmseg_configs").rglob("*.py"))


def _tracked(root: Path) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [Path(name) for name in listed.stdout.split("\0") if name]
