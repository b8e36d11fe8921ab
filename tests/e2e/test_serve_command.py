"""``gpcis serve`` as a process of its own, without a model."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import pytest

_STUB = """
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference import load
def fail(checkpoint, config, device):
    raise ModelUnavailable(f"No weights at {checkpoint}.")
load.load_predictor = fail
from gpcis_backend.cli import app
app(prog_name="gpcis")
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server that has no weights."""
    with _start("serve", "--port=0", "--checkpoint=none.safetensors") as process:
        assert process.stdout is not None
        try:
            yield _address(process.stdout)
        finally:
            process.terminate()


def test_without_weights_the_page_and_health_are_served(server: str) -> None:
    with urlopen(f"{server}/") as page, urlopen(f"{server}/api/v1/health") as answer:
        health = json.load(answer)

        assert page.status == 200
        assert health["model"]["ready"] is False
        assert "none.safetensors" in health["model"]["reason"]


def test_a_busy_port_gets_one_line() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()

        _check_one_line(f"--port={busy.getsockname()[1]}", complaint="another --port")


def test_other_machines_are_let_in_only_on_demand() -> None:
    _check_one_line("--host=0.0.0.0", complaint="--insecure")


def _start(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _STUB, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def _address(output: IO[str]) -> str:
    """What the server says when it is ready."""
    for line in output:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise AssertionError("the server ended without being ready")


def _check_one_line(*words: str, complaint: str) -> None:
    with _start("serve", *words) as process:
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 1
    assert stderr.startswith("gpcis: ")
    assert stderr.count("\n") == 1
    assert complaint in stderr
