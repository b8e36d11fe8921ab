from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.server.formats.archive import to_member


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("a/b.png", "a/b.png"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\x\\y.png", "C_/x/y.png"),
        ("..", "image"),
        ("aux.png", "_aux.png"),
        ("LPT9", "_LPT9"),
        ("a\0b\n.png", "a_b_.png"),
        ("e\u0301.png", "\u00e9.png"),
        ("a. ", "a"),
        ("x" * 500, "x" * 120),
    ],
)
def test_names_are_cleaned(given_name: str, expected: str) -> None:
    assert str(to_member(given_name)) == expected


@given(name=st.text())
def test_no_name_leads_out_of_the_folder_on_any_system(name: str) -> None:
    member = str(to_member(name))

    for kind in (PurePosixPath, PureWindowsPath):
        path = kind(member)
        assert not path.is_absolute()
        assert not path.drive
        assert ".." not in path.parts
        assert path.parts
