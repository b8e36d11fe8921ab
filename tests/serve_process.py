"""``gpcis serve`` as a process of its own; without weights it starts fast."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STUB = """
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference import load
def fail(checkpoint, config, device, runtime):
    raise ModelUnavailable(f"No weights at {checkpoint}.")
load.load_predictor = fail
from gpcis_backend.cli import app
app(prog_name="gpcis")
"""


def start(*words: str) -> "subprocess.Popen[str]":
    """``gpcis serve`` on a free port."""
    command = ["serve", "--port=0", "--checkpoint=none.safetensors", *words]
    return subprocess.Popen(
        [sys.executable, "-c", _STUB, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@contextmanager
def serving(*words: str, last_word: int = signal.SIGTERM) -> Iterator[str]:
    """The address that a server prints; it ends by the signal ``last_word``."""
    with start(*words) as process:
        try:
            yield _address(process)
        finally:
            process.send_signal(last_word)


def _address(process: "subprocess.Popen[str]") -> str:
    """What the server says when it is ready."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise AssertionError("the server ended without being ready")
