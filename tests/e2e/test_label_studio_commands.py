"""``gpcis ls-config``, ``ls-connect`` and ``doctor`` as processes of their own."""

import os
import subprocess
import sys

from label_studio_stub import PROJECT, TOKEN, LabelStudioStub, backend_stub


def test_a_printed_config_is_ready_to_paste() -> None:
    done = _gpcis("ls-config", "cat", "a < b", "--output", "polygon")

    assert done.returncode == 0
    assert done.stdout.startswith("<View>")
    assert 'value="a &lt; b"' in done.stdout
    assert "PolygonLabels" in done.stdout


def test_a_label_given_twice_gets_one_line() -> None:
    done = _gpcis("ls-config", "cat", "cat")

    assert done.returncode == 1
    assert done.stderr == 'gpcis: The label "cat" was given twice.\n'


def test_connecting_says_what_was_done_and_repeats_nothing() -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        words = ("ls-connect", studio.url, "--project", str(PROJECT))
        first = _gpcis(*words, "--backend", backend.url, "--token", TOKEN)
        second = _gpcis(*words, "--backend", backend.url, LABEL_STUDIO_API_KEY=TOKEN)

    assert (first.returncode, second.returncode) == (0, 0)
    assert f"Project 1 and {backend.url}: connected (entry 1)." in first.stdout
    assert "nothing was changed" in second.stdout
    assert "The labeling config fits" in second.stdout


def test_a_refused_connection_gets_one_line_with_the_remedy() -> None:
    with LabelStudioStub(refuses_address=True) as studio:
        done = _connect(studio)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "ML_BLOCK_LOCAL_IP=false" in done.stderr


def test_an_unfit_config_is_told_when_connecting() -> None:
    with LabelStudioStub(label_config="<View/>") as studio:
        done = _connect(studio)

    assert done.returncode == 0
    assert "gpcis ls-config prints a config that fits." in done.stdout


def test_the_doctor_is_content_where_all_is_well() -> None:
    with LabelStudioStub() as studio, backend_stub() as backend:
        studio.connected(backend.url)
        done = _doctor(studio, backend.url, "--project", str(PROJECT))

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "problems: 0, warnings: 0"
    assert "PROBLEM" not in done.stdout


def test_the_doctor_fails_where_something_is_wrong() -> None:
    with LabelStudioStub() as studio:
        done = _doctor(studio, "http://127.0.0.1:1", "--project", str(PROJECT))

    assert done.returncode == 1
    assert "PROBLEM No backend answers at http://127.0.0.1:1." in done.stdout
    assert "Run gpcis ls-connect" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    assert done.stderr == ""


def test_an_empty_token_gets_one_line() -> None:
    done = _gpcis("ls-connect", "http://127.0.0.1:1", "--project=1", "--token", "")

    assert done.returncode == 1
    assert "LABEL_STUDIO_API_KEY" in done.stderr


def _connect(studio: LabelStudioStub) -> "subprocess.CompletedProcess[str]":
    words = ("ls-connect", studio.url, "--project", str(PROJECT))
    return _gpcis(*words, LABEL_STUDIO_API_KEY=TOKEN)


def _doctor(
    studio: LabelStudioStub, backend: str, *words: str
) -> "subprocess.CompletedProcess[str]":
    known = {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": TOKEN}
    return _gpcis("doctor", "--backend", backend, *words, **known)


def _gpcis(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    ours = ("LABEL_STUDIO_", "BASIC_AUTH_", "GPCIS_")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "gpcis_backend", *words],
        env={**clean, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
