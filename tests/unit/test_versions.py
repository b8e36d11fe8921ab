from pathlib import Path

import pytest

from gpcis_backend.server.atomic import DiskFull, write_atomically
from gpcis_backend.server.project.versions import (
    Condition,
    Conflict,
    FileCell,
    MemoryCells,
    PreconditionRequired,
    Versions,
    etag_of,
)


@pytest.mark.parametrize(
    ("condition", "stored"),
    [
        (Condition(if_none=True), None),
        (Condition(frozenset({"a"})), "a"),
        (Condition(frozenset({"a", "b"})), "b"),
        (Condition(frozenset({"*"})), "a"),
    ],
)
def test_a_condition_that_holds_lets_pass(
    condition: Condition, stored: str | None
) -> None:
    condition.check(stored)


@pytest.mark.parametrize(
    ("condition", "stored"),
    [
        (Condition(if_none=True), "a"),
        (Condition(frozenset({"a"})), "b"),
        (Condition(frozenset({"a"})), None),
        (Condition(frozenset({"*"})), None),
    ],
)
def test_a_condition_that_does_not_hold_is_a_conflict(
    condition: Condition, stored: str | None
) -> None:
    with pytest.raises(Conflict) as error:
        condition.check(stored)

    assert error.value.extra == {"etag": stored and f'"{stored}"'}


def test_no_condition_is_not_enough() -> None:
    with pytest.raises(PreconditionRequired):
        Condition().check(None)


def test_what_is_stored_changes_only_for_who_knows_it(tmp_path: Path) -> None:
    cell, versions = FileCell(tmp_path / "a/b.json"), Versions()

    etag = versions.replace(cell, Condition(if_none=True), lambda _: b"one")
    with pytest.raises(Conflict):
        versions.replace(cell, Condition(if_none=True), lambda _: b"two")
    versions.replace(
        cell, Condition(frozenset({etag})), lambda old: (old or b"") + b"!"
    )

    assert cell.read() == b"one!"
    assert etag == etag_of(b"one")


def test_memory_is_bounded_and_keeps_what_it_has() -> None:
    cells = MemoryCells(max_bytes=10)
    cells.cell("a").write(b"x" * 6)

    with pytest.raises(DiskFull):
        cells.cell("b").write(b"y" * 6)
    cells.cell("a").write(b"z" * 10)

    assert cells.cell("a").read() == b"z" * 10
    assert cells.cell("b").read() is None


def test_a_written_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    plain.touch()

    write_atomically(ours, b"x")

    assert ours.stat().st_mode == plain.stat().st_mode
