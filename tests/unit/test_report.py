"""Tables, plots and contact sheets from results files, and files that are none."""

import json
from pathlib import Path

import pytest
from PIL import Image as PillowImage

from gpcis_backend.data.toy import write_toy_set
from gpcis_backend.errors import InvalidInput
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.inference.report.page import write_report
from gpcis_backend.inference.report.runs import read_all
from gpcis_backend.inference.report.tables import Table, tables
from report_runs import NOISE_VARS, write_results


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("toy")
    write_toy_set(out, num_train=0, num_eval=2, size=64)
    return out / "eval"


def test_report_shows_everything_it_wrote(toy: Path, tmp_path: Path) -> None:
    write_results(tmp_path / "ours.json", folder=toy, noise_vars=NOISE_VARS)
    out = tmp_path / "report"

    missing = write_report(read_all([tmp_path / "ours.json"]), out)

    page = (out / "report.md").read_text(encoding="utf-8")
    pictures = {path.name for path in out.iterdir() if path.suffix in {".png", ".svg"}}
    assert missing == []
    assert {
        "iou_grabcut.png",
        "iou_grabcut.svg",
        "noc_grabcut.svg",
        "noic_epsilon_grabcut.png",
        "iou_epsilon_grabcut_ours.png",
        "worst_grabcut_ours.png",
    } <= pictures
    assert [name for name in pictures if f"({name})" not in page] == []
    for picture in out.glob("*.png"):
        with PillowImage.open(picture) as file:
            assert min(file.size) >= 400


def test_same_results_give_the_same_files(toy: Path, tmp_path: Path) -> None:
    write_results(tmp_path / "ours.json", folder=toy)
    found = read_all([tmp_path / "ours.json"])

    for name in ("one", "two"):
        write_report(found, tmp_path / name)

    first, second = tmp_path / "one", tmp_path / "two"
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }


def test_missing_images_leave_a_report_that_says_so(tmp_path: Path) -> None:
    write_results(tmp_path / "a.json")
    write_results(tmp_path / "b.json")
    content = json.loads((tmp_path / "b.json").read_text())
    content["datasets"]["grabcut"]["dir"] = str(tmp_path / "gone")
    (tmp_path / "b.json").write_text(json.dumps(content))

    missing = write_report(read_all([tmp_path]), tmp_path / "report")

    assert len(missing) == 2
    assert "does not say where" in missing[0]
    assert str(tmp_path / "gone") in missing[1]
    page = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert all(line in page for line in missing)


def test_changed_data_set_is_not_drawn_under_old_clicks(
    toy: Path, tmp_path: Path
) -> None:
    content = write_results(tmp_path / "a.json", folder=toy)
    content["datasets"]["grabcut"]["worst"][0]["index"] = 1
    (tmp_path / "a.json").write_text(json.dumps(content))

    missing = write_report(read_all([tmp_path / "a.json"]), tmp_path / "report")

    assert len(missing) == 1
    assert missing[0].endswith("as they were: 0000")


def test_row_states_its_rules_and_how_much_of_a_set_it_saw(tmp_path: Path) -> None:
    write_results(tmp_path / "a.json")
    rules = Rules("zoom-flip", 5, threshold=0.5, noise_var=1e-2)
    write_results(tmp_path / "b.json", rules=rules)
    own = Rules(size=256, with_focus=True, late_size=384)
    write_results(tmp_path / "c.json", rules=own)

    table = _table(tmp_path, "table_2")

    assert [row[2] for row in table.rows] == [
        "crop 0.50, 20 clicks",
        "zoom-flip 0.50, 5 clicks, ε² 0.01",
        "crop 0.50, 256 px with focus, 384 px from click 5 on, 20 clicks",
    ]
    assert table.rows[0][3] == "2.00/3.00 (2 of 50)"
    assert any("same rules only" in note for note in table.notes)


def test_paper_rows_are_marked_and_only_for_sets_that_are_there(tmp_path: Path) -> None:
    write_results(
        tmp_path / "a.json", names=("grabcut", "davis"), noise_vars=NOISE_VARS
    )

    found = {
        table.name: table
        for table in tables(read_all([tmp_path]).runs, with_paper=True)
    }

    ours, *published = found["table_2"].rows
    assert ours[0] == "a"
    assert {row[0] for row in published} == {"paper"}
    assert ("paper", "GPCIS ResNet50", "-", "1.64/1.82", "4.37/5.89", "-/4.00") in (
        found["table_2"].rows
    )
    assert {row[0] for row in found["table_3"].rows} == {"grabcut", "davis"}
    noise = found["table_1"]
    assert noise.header[4:] == ("ε² 1e-01", "ε² 1e-07")
    assert noise.rows[-1][4:] == ("36", "2")


def test_four_sets_have_a_mean(tmp_path: Path) -> None:
    write_results(tmp_path / "a.json", names=("davis", "sbd", "berkeley", "grabcut"))

    table = _table(tmp_path, "table_2")

    assert table.header[3:7] == ("grabcut", "berkeley", "sbd", "davis")
    assert table.rows[0][-1] == "2.00/3.00"


def test_robustness_is_a_table(tmp_path: Path) -> None:
    rules = Rules(clicks="random-inner", noise_var=1e-7)
    write_results(tmp_path / "a.json", rules=rules, draws=2)

    table = _table(tmp_path, "robustness")

    assert dict(zip(table.header, table.rows[0], strict=True)) == {
        "set": "grabcut",
        "run": "a",
        "model": "gpcis_lite0",
        "rules": "crop 0.50, 20 clicks",
        "clicks": "random-inner",
        "draws": "2",
        "centre NoC@90": "3.00",
        "NoC@90 ± std": "20.00 ± 0.00",
        "relative increase": "566.7 %",
        "increase, mean of objects": "566.7 %",
    }


def test_deciles_are_labelled_as_a_stand_in(tmp_path: Path) -> None:
    rules = Rules(clicks="deciles", noise_var=1e-7)
    write_results(tmp_path / "a.json", rules=rules)

    assert "stand-in" in _table(tmp_path, "robustness").to_markdown()


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("r50/1", "r50/2"):
        (tmp_path / folder).mkdir(parents=True)
        write_results(tmp_path / folder / "click_metrics.json")

    names = [run.name for run in read_all([tmp_path]).runs]

    assert names == ["1", "2"]


def test_ablation_is_shown_beside_the_paper(tmp_path: Path) -> None:
    numbers = {"noc@85": 3.1, "noc@90": 4.2, "iou@1": 0.6, "iou@5": 0.9, "noic": 1.5}
    row = {"variant": "full", "title": "as it is", "seeds": [0, 1], "learned": 18707}
    rows = [{**row, **numbers, "difference": {}}]
    (tmp_path / "ablation.json").write_text(json.dumps({"rows": rows}))

    write_report(read_all([tmp_path]), tmp_path / "report")

    page = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "| as it is | 18,707 | 2 | 3.10 | 4.20 |" in page
    assert "| no L_VI | 2.98 | 4.07 |" in page


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"format": "gpcis-res', id="cut short"),
        pytest.param("[1, 2]", id="a list"),
        pytest.param('{"loss": 1}', id="foreign"),
        pytest.param('{"format": "gpcis-results", "datasets": {"a": {}}}', id="part"),
        pytest.param('{"rows": [{"variant": "full"}]}', id="part of an ablation"),
    ],
)
def test_file_that_is_none_of_ours_is_named_in_one_line(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "strange.json"
    path.write_text(text)

    with pytest.raises(InvalidInput) as caught:
        write_report(read_all([path]), tmp_path / "report")

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("curves", "iou", ["high"]),
        ("curves", "iou", []),
        ("curves", "clicks", [[1]]),
        ("worst", "name", "nobody"),
        ("worst", "index", None),
    ],
)
def test_damaged_entry_is_a_user_error(
    tmp_path: Path, part: str, key: str, value: object
) -> None:
    content = write_results(tmp_path / "a.json")
    content["datasets"]["grabcut"][part][0][key] = value
    (tmp_path / "a.json").write_text(json.dumps(content))

    with pytest.raises(InvalidInput, match=r"a\.json"):
        read_all([tmp_path / "a.json"])


def test_folder_without_results_and_missing_file_are_user_errors(
    tmp_path: Path,
) -> None:
    (tmp_path / "other.json").write_text("{}")

    with pytest.raises(InvalidInput, match="holds no results"):
        read_all([tmp_path])
    with pytest.raises(InvalidInput, match="does not exist"):
        read_all([tmp_path / "nowhere.json"])


def _table(folder: Path, name: str) -> Table:
    """Our rows of one table of all results in a folder."""
    found = {table.name: table for table in tables(read_all([folder]).runs)}
    return found[name]
