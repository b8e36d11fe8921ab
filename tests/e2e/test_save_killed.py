"""A server that is killed while it saves leaves the old document or the new one."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from annotations import a_document, an_object
from rest_client import OURS, square_png
from serve_process import serving

_WRITER = """
import sys
from pathlib import Path
from gpcis_backend.server.atomic import write_atomically
path, start = Path(sys.argv[1]), int(sys.argv[2])
print("begun", flush=True)
for number in range(start, start + 100_000):
    body = ('{"number": %d, "filler": "' % number) + "x" * 300_000 + '"}'
    write_atomically(path, body.encode())
"""


def test_a_killed_save_leaves_a_valid_document(tmp_path: Path) -> None:
    path = tmp_path / "a.png.gpcis.json"
    rng, last = random.Random(0), -1

    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(last + 1)],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            _wait_for(path, last)
            time.sleep(rng.uniform(0, 0.03))
            process.send_signal(signal.SIGKILL)

        body = json.loads(path.read_bytes())
        assert body["filler"] == "x" * 300_000
        assert body["number"] > last
        last = body["number"]


def test_a_killed_server_keeps_every_save_it_has_confirmed(tmp_path: Path) -> None:
    confirmed: list[int] = []
    with serving(f"--data={tmp_path}", last_word=signal.SIGKILL) as address:
        item = _call(f"{address}/api/v1/images", "POST", square_png())[0]
        saver = threading.Thread(
            target=_save_on, args=(address, item, confirmed), daemon=True
        )
        saver.start()
        _until(lambda: len(confirmed) >= 5)
    saver.join()

    with serving(f"--data={tmp_path}") as address:
        path = f"{address}/api/v1/images/{item['id']}/annotation"
        document, etag = _call(path, "GET")
        again, _ = _call(path, "PUT", _coded(a_document(item)), {"If-Match": etag})

    assert document["revision"] in (confirmed[-1], confirmed[-1] + 1)
    assert document["objects"] == [an_object()]
    assert again["revision"] == document["revision"] + 1


@pytest.mark.skipif(os.name != "posix", reason="counts the files of a POSIX system")
def test_what_a_killed_save_leaves_behind_is_hidden_and_small_in_number(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.json"
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), "0"], stdout=subprocess.PIPE
    ) as process:
        _wait_for(path, -1)
        process.kill()

    others = [each.name for each in tmp_path.iterdir() if each != path]
    assert len(others) <= 1
    assert all(name.startswith(".gpcis-") for name in others)


def _save_on(address: str, item: dict[str, Any], confirmed: list[int]) -> None:
    """Save until the server is gone."""
    path = f"{address}/api/v1/images/{item['id']}/annotation"
    condition = {"If-None-Match": "*"}
    while True:
        try:
            body = _coded(a_document(item, an_object()))
            answer, etag = _call(path, "PUT", body, condition)
        except (OSError, HTTPException):
            return
        confirmed.append(answer["revision"])
        condition = {"If-Match": etag}


def _call(
    url: str,
    method: str,
    body: bytes | None = None,
    headers: Any = None,  # noqa: ANN401
) -> tuple[dict[str, Any], str]:
    sent = {**OURS, "Content-Type": "application/json", **(headers or {})}
    with urlopen(Request(url, body, sent, method=method)) as answer:
        return json.load(answer), answer.headers["ETag"]


def _coded(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.002)


def _wait_for(path: Path, last: int) -> None:
    """Until a newer document than ``last`` is there."""
    end = time.monotonic() + 60
    while not path.exists() or json.loads(path.read_bytes())["number"] <= last:
        assert time.monotonic() < end
        time.sleep(0.002)
