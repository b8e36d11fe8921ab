"""The real Label Studio as a process, ``gpcis serve`` beside it, both driven for tests.

The interpreter that has Label Studio is named by ``GPCIS_LABEL_STUDIO_PYTHON``; where
``GPCIS_REQUIRE_LABEL_STUDIO`` is 1, a test fails instead of being skipped without it.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import requests

from gpcis_backend.server.label_studio.api.client import LabelStudioClient
from gpcis_backend.server.label_studio.fetching.tokens import Access

VERSION = "1.23.2"
EMAIL, PASSWORD = "annotator@example.com", "clicks-and-masks"
_DEFAULT = Path.home() / f".cache/gpcis/label-studio-{VERSION}/bin/python"
_GPCIS = Path(sys.executable).with_name("gpcis")
_START_S, _STOP_S = (
    300,
    20,
)  # Label Studio sets up its database; 40 s if nothing else runs
_OURS = ("LABEL_STUDIO_", "GPCIS_", "BASIC_AUTH_")  # settings that must not leak in


@dataclass(frozen=True, slots=True)
class Site:
    """A running Label Studio and its owner's token."""

    url: str
    token: str

    @property
    def client(self) -> LabelStudioClient:
        return LabelStudioClient(Access(self.url, self.token))

    @property
    def settings(self) -> dict[str, str]:
        """What tells a backend, or a command, which Label Studio is ours."""
        return {"LABEL_STUDIO_URL": self.url, "LABEL_STUDIO_API_KEY": self.token}

    def project(self, backend: str, *config: str) -> "Project":
        """A new project with a config of ``ls-config``, connected to a backend."""
        body = {"title": "Clicks", "label_config": gpcis("ls-config", *config)}
        number = int(self.client.post("/api/projects", body)["id"])
        words = (f"--project={number}", f"--backend={backend}")
        said = gpcis("ls-connect", self.url, *words, **self.settings)
        assert "PROBLEM" not in said, said
        (row,) = self.client.get("/api/ml", project=number)
        assert row["is_interactive"], row
        return Project(self, number, int(row["id"]))


@dataclass(frozen=True, slots=True)
class Project:
    """A project and its connection to a backend."""

    site: Site
    number: int
    backend: int

    def add(self, name: str, photo: bytes) -> int:
        """A new task with this photo; its number."""
        answer = requests.post(
            f"{self.site.url}/api/projects/{self.number}/import",
            headers={"Authorization": f"Token {self.site.token}"},
            files={"file": (name, photo, "image/jpeg")},
            timeout=60,
        )
        assert answer.status_code == 201, answer.text
        tasks = self.site.client.get("/api/tasks", project=self.number)["tasks"]
        return max(int(task["id"]) for task in tasks)

    def ask(self, task: int, *items: dict[str, Any]) -> dict[str, Any]:
        """The item that the editor gets for these regions."""
        body = {"task": task, "context": {"result": list(items)}}
        path = f"/api/ml/{self.backend}/interactive-annotating"
        answer = self.site.client.post(path, body)
        assert "errors" not in answer, answer
        item: dict[str, Any] = answer["data"]
        return item

    def annotate(self, task: int, regions: list[dict[str, Any]]) -> None:
        """Submit the regions as an annotation."""
        self.site.client.post(f"/api/tasks/{task}/annotations", {"result": regions})

    def annotations(self, task: int) -> list[list[dict[str, Any]]]:
        """The regions of each annotation that was submitted."""
        found = self.site.client.get(f"/api/tasks/{task}/annotations")
        return [annotation["result"] for annotation in found]

    def predictions(self, task: int) -> list[Any]:
        """What Label Studio has stored as predictions."""
        found: list[Any] = self.site.client.get("/api/predictions", task=task)
        return found


class Backend:
    """``gpcis serve`` with the shipped model, on a free port that it keeps.

    Args:
        log: File for what it says.
        settings: Of its environment.
    """

    def __init__(self, log: Path, settings: Mapping[str, str]) -> None:
        self._log, self._settings = log, _environment(settings)
        self._process, self.url = self._start(port=0)

    def restart(self) -> None:
        """End it and start it anew at the same address."""
        self.stop()
        port = int(self.url.rpartition(":")[2])
        self._process, self.url = self._start(port)

    def stop(self) -> None:
        _stop(self._process)

    def _start(self, port: int) -> "tuple[subprocess.Popen[bytes], str]":
        command = [str(_GPCIS), "serve", f"--port={port}"]
        said = r"GPCIS is ready: (http://\S+)"
        return _launch(command, self._settings, self._log, said)


@contextmanager
def serving(log: Path, settings: Mapping[str, str]) -> Iterator[Backend]:
    """A backend that ends with the block."""
    backend = Backend(log, settings)
    try:
        yield backend
    finally:
        backend.stop()


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Label Studio with a database of its own in ``folder``.

    It takes half a minute to make one, so that ``make label-studio`` has put an empty
    one beside the interpreter.
    """
    python, token = _python(), secrets.token_hex(20)
    empty = python.parents[1] / "data"
    if empty.is_dir():
        shutil.copytree(empty, folder / "label-studio")
    log = folder / "label-studio.log"
    command = [str(python.with_name("label-studio")), "start", "--no-browser"]
    command += ["--internal-host", "127.0.0.1", "--port", str(_free_port())]
    settings = _environment(_settings(folder, token))
    said = r"Starting development server at (http://\S+?)/?\s"
    process, url = _launch(command, settings, log, said)
    try:
        site = Site(url, token)
        assert site.client.get("/api/version")["release"] == VERSION
        yield site
    finally:
        _stop(process)


def gpcis(*words: str, **settings: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [str(_GPCIS), *words],
        env=_environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def require(path: Path, remedy: str) -> Path:
    """``path`` if it is there; else the test ends, with a reason."""
    if not path.exists():
        end = pytest.fail if _must_run() else pytest.skip
        end(f"{path} does not exist: {remedy}")
    return path


def _must_run() -> bool:
    return os.environ.get("GPCIS_REQUIRE_LABEL_STUDIO") == "1"


def _python() -> Path:
    named = os.environ.get("GPCIS_LABEL_STUDIO_PYTHON")
    return require(
        Path(named) if named else _DEFAULT,
        "make label-studio, or name a Python that has Label Studio in "
        "GPCIS_LABEL_STUDIO_PYTHON",
    )


def _settings(folder: Path, token: str) -> dict[str, str]:
    """Legacy tokens, no calls home, backends on this machine allowed."""
    return {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "label-studio"),
        "LABEL_STUDIO_USERNAME": EMAIL,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LATEST_VERSION_CHECK": "false",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "ML_BLOCK_LOCAL_IP": "false",
        "SSRF_PROTECTION_ENABLED": "false",
    }


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, with no settings but these."""
    kept = {key: it for key, it in os.environ.items() if not key.startswith(_OURS)}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


def _launch(
    command: list[str], environment: Mapping[str, str], log: Path, said: str
) -> "tuple[subprocess.Popen[bytes], str]":
    """A server that is up, and its address, as it says itself.

    The port asked for is not always the one taken: Label Studio goes on to the next.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        return process, _address(process, log, said)
    except BaseException:
        _stop(process)
        raise


def _address(process: "subprocess.Popen[bytes]", log: Path, said: str) -> str:
    deadline = time.monotonic() + _START_S
    while True:
        text = log.read_text()
        found = re.search(said, text)
        if found and _is_up(f"{found[1]}/health"):
            return found[1]
        assert process.poll() is None, f"the server ended:\n{text[-2000:]}"
        assert time.monotonic() < deadline, f"not up in time:\n{text[-2000:]}"
        time.sleep(0.2)


def _is_up(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
