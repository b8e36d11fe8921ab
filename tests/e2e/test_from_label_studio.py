"""``gpcis data from-label-studio`` with files and with a small Label Studio."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

from command_line import check_one_line, status_of
from gpcis_backend.data.instance_folder import open_instance_folder
from label_studio_export import box, brush, task
from label_studio_stub import PERSONAL, TOKEN, UPLOAD, LabelStudioStub
from web_stub import Answer, Seen

MASK = box(2, 3, 9, 12)
TURNED = {**brush(MASK), "image_rotation": 90}
EXPORT = json.dumps([task([[brush(MASK), TURNED]], image=UPLOAD)])


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def studio() -> Iterator[LabelStudioStub]:
    """A Label Studio whose project 1 has one finished annotation."""
    with LabelStudioStub() as stub:
        stub.web.pages["/api/projects/1/export"] = _exported
        yield stub


def test_an_export_with_pictures_inside_needs_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps([task([[brush(MASK), TURNED]])]))

    status = _call(file, "--out", tmp_path / "d")

    said = capsys.readouterr().out
    assert status == 0
    assert "1 region skipped: drawn on a turned picture" in said
    assert "pictures: 1, objects: 1" in said
    assert f"gpcis finetune --data {tmp_path / 'd'}" in said
    _check_mask(tmp_path / "d")


@pytest.mark.parametrize("token", [TOKEN, PERSONAL], ids=["legacy", "personal"])
@pytest.mark.parametrize("path", ["", "/projects/1/data?tab=2"])
def test_a_project_is_read_with_either_token(
    studio: LabelStudioStub, token: str, path: str, tmp_path: Path
) -> None:
    words = [] if path else ["--project=1"]

    status = _call(studio.url + path, "--token", token, "--out", tmp_path / "d", *words)

    assert status == 0
    _check_mask(tmp_path / "d")
    (marker,) = (tmp_path / "d").glob("*.txt")
    assert token not in marker.read_text()


def test_uploads_of_an_exported_file_are_fetched(
    studio: LabelStudioStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    (tmp_path / "export.json").write_text(EXPORT)

    assert _call(tmp_path / "export.json", "--out", tmp_path / "d") == 0

    _check_mask(tmp_path / "d")


def test_uploads_without_a_label_studio_say_what_to_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export.json").write_text(EXPORT)

    status = _call(tmp_path / "export.json", "--out", tmp_path / "d")

    check_one_line(status, "Set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY", capsys)
    assert not (tmp_path / "d").exists()


def test_local_files_are_read_where_they_lie(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    pillow.new("RGB", (40, 30)).save(tmp_path / "root" / "a.png")
    place = "/data/local-files/?d=a.png"
    file = tmp_path / "export.json"
    file.write_text(json.dumps([task([[brush(MASK)]], image=place)]))

    status = _call(file, "--out", tmp_path / "d", "--local-files", tmp_path / "root")

    assert status == 0
    _check_mask(tmp_path / "d")


def test_the_only_project_needs_no_number(
    studio: LabelStudioStub, tmp_path: Path
) -> None:
    projects = {"results": [{"id": 1, "title": "cats"}]}
    studio.web.pages["/api/projects"] = Answer(json.dumps(projects).encode())

    assert _call(studio.url, "--token", TOKEN, "--out", tmp_path / "d") == 0


def test_several_projects_are_named(
    studio: LabelStudioStub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    projects = {"results": [{"id": 1, "title": "cats"}, {"id": 2, "title": "dogs"}]}
    studio.web.pages["/api/projects"] = Answer(json.dumps(projects).encode())

    status = _call(studio.url, "--token", TOKEN, "--out", tmp_path / "d")

    check_one_line(status, "1 (cats), 2 (dogs)", capsys)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["missing.json"], "There is no export at missing.json"),
        (["words.json"], "The export is no list of tasks"),
        (["http://127.0.0.1:1"], "A token is needed"),
        (["http://127.0.0.1:1", "--token", TOKEN], "refuses the connection"),
        (["words.json", "--project=1"], "--project needs the URL"),
        (["tasks.json"], "there is no annotated task"),
    ],
    ids=["file", "no export", "token", "connection", "project", "nothing"],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    words: list[str],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("words.json").write_text('{"words": []}')
    Path("tasks.json").write_text('[{"id": 1, "data": {"image": "/a.png"}}]')

    status = _call(*words, "--out", "d")

    check_one_line(status, complaint, capsys)
    assert not Path("d").exists()


def _exported(seen: Seen) -> Answer:
    assert "exportType=JSON" in seen.target
    known = ("Token ", "Bearer ")
    is_known = seen.headers.get("authorization", "").startswith(known)
    return Answer(EXPORT.encode()) if is_known else Answer(b"{}", 401)


def _check_mask(out: Path) -> None:
    folder = open_instance_folder(out / "train", "label_studio")
    assert len(folder) == 1
    np.testing.assert_array_equal(folder[0].ids == 1, MASK)


def _call(*words: str | Path) -> int:
    """Exit status of ``gpcis data from-label-studio`` with these words."""
    return status_of("data", "from-label-studio", *words)
