"""What all tests share: hypothesis profile, runtime, real data, GPU tests."""

import os
from pathlib import Path

import pytest
import torch
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("gpcis", deadline=None, derandomize=True)
settings.load_profile("gpcis")

# Servers of the tests answer in torch: their masks are compared pixel by pixel with the
# core's, and no test waits for a conversion that is not about it (test_runtime is).
os.environ["GPCIS_RUNTIME"] = "torch"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU where there is none."""
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real ``train/`` and ``eval/``; the test is skipped without it."""
    named = os.environ.get("GPCIS_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (folder / "eval").is_dir():
        pytest.skip(f"no real data at {folder}: set GPCIS_DATA to run this test")
    return folder
