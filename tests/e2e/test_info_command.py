"""``gpcis info``: one table a config, or JSON; one line where a file is no config."""

import json
from pathlib import Path

import pytest

from command_line import check_one_line, status_of


def test_the_table_has_a_row_for_each_part(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configs = [root / f"mmseg_configs/{head}_hrnet18s.py" for head in ("gpcis", "ritm")]

    status = status_of("info", *configs, "--size", "64")

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line for line in lines if line.startswith(("gpcis_", "ritm_"))] == [
        "gpcis_hrnet18s",
        "ritm_hrnet18s",
    ]
    assert any(line.split()[:3] == ["GP", "head", "18,707"] for line in lines)
    assert any(line.split()[:2] == ["total", "4,243,331"] for line in lines)


def test_json_adds_up(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = root / "mmseg_configs/gpcis_segformer_b0.py"

    assert status_of("info", config, "--size", "64", "--json") == 0

    (record,) = json.loads(capsys.readouterr().out)
    for unit in ("parameters", "macs"):
        assert sum(part[unit] for part in record["parts"]) == record["total"][unit]
    assert record["config"] == str(config)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No config at"),
        ("model = dict(type='Nothing')\n", "cannot be built"),
        ("train_cfg = dict()\n", "it has no model"),
        ("this is no Python\n", "is not a usable mmseg config"),
    ],
    ids=["missing", "unknown class", "no model", "no code"],
)
def test_what_is_no_config_is_named_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    complaint: str,
) -> None:
    config = tmp_path / "mine.py"
    if content is not None:
        config.write_text(content)

    check_one_line(status_of("info", config), complaint, capsys)
