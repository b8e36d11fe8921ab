import pytest

from gpcis_backend.errors import InvalidInput
from gpcis_backend.server.codec import Section, from_mask_body, to_mask_body

RUNS = bytes.fromhex("01 03 01 05 02 01 02")
HEADER = {
    "v": 1,
    "rev": 3,
    "object": "o1",
    "kind": "final",
    "size": [640, 480],
    "bbox": [10, 20, 5, 3],
}


def test_the_example_of_the_specification_has_148_bytes() -> None:
    body = to_mask_body(HEADER, [Section("runs", RUNS)])

    assert len(body) == 148
    assert body.startswith(bytes.fromhex("47 50 43 31 82 00 00 00 7b"))
    assert body.endswith(bytes.fromhex("7d 00 00 01 03 01 05 02 01 02 00"))


def test_the_example_is_read_back() -> None:
    header, sections = from_mask_body(to_mask_body(HEADER, [Section("runs", RUNS)]))

    assert header["rev"] == 3
    assert sections == {"runs": RUNS}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"PNG", id="something else"),
        pytest.param(b"GPC1\xff\xff\xff\xff", id="endless header"),
        pytest.param(to_mask_body({"v": 2}, []), id="other version"),
        pytest.param(to_mask_body(HEADER, [Section("runs", RUNS)])[:-4], id="cut"),
    ],
)
def test_what_is_no_mask_body_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"body|header"):
        from_mask_body(body)
