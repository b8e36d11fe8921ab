"""A server that is killed while it saves leaves the old document or the new one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def _wait_for(path: Path, last: int) -> None:
    """Until a newer document than ``last`` is there."""
    end = time.monotonic() + 60
    while not path.exists() or json.loads(path.read_bytes())["number"] <= last:
        assert time.monotonic() < end
        time.sleep(0.002)
