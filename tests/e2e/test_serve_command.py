"""``gpcis serve`` as a process of its own, without a model."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from PIL.Image import fromarray

from serve_process import serving, start


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server that has no weights."""
    with serving() as address:
        yield address


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


def test_other_machines_need_the_token_that_is_printed() -> None:
    with serving("--host=0.0.0.0") as printed:
        address, _, token = printed.partition("/#token=")
        health = f"http://127.0.0.1:{address.rpartition(':')[2]}/api/v1/health"
        with pytest.raises(HTTPError) as refused:
            urlopen(health)
        refused.value.close()
        headers = {"Authorization": f"Bearer {token}"}
        with urlopen(Request(health, headers=headers)) as answer:
            assert answer.status == 200

    assert refused.value.code == 401
    assert len(token) >= 32


def test_an_own_machine_needs_no_token(server: str) -> None:
    assert "token" not in server


def test_a_folder_is_served_with_its_classes(tmp_path: Path) -> None:
    fromarray(np.zeros((3, 4, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    with serving(f"--images={tmp_path}", "--classes=cat, dog") as address:
        api = f"{address}/api/v1"
        with urlopen(f"{api}/images") as listed, urlopen(f"{api}/classes") as named:
            images, classes = json.load(listed), json.load(named)

    assert [each["name"] for each in images["items"]] == ["a.png"]
    assert [each["name"] for each in classes["classes"]] == ["cat", "dog"]


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("--images=/no/such/folder", "--images"),
        ("--classes=cat,cat", "--classes"),
        ("--cors-origin=*", "origin"),
        ("--frame-ancestors=https://a;b", "origin"),
    ],
)
def test_what_makes_no_sense_gets_one_line(word: str, complaint: str) -> None:
    _check_one_line(word, complaint=complaint)


def _check_one_line(*words: str, complaint: str) -> None:
    with start(*words) as process:
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 1
    assert stderr.startswith("gpcis: ")
    assert stderr.count("\n") == 1
    assert complaint in stderr
