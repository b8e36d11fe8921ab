import numpy as np
import pytest

from gpcis_backend.clicks.cleanup import Cleanup
from gpcis_backend.clicks.click import BoolMask, Click


def test_only_the_largest_part_stays() -> None:
    mask = _mask("##..#", "##...", "....#")

    kept = Cleanup(largest=True)(mask, [])

    np.testing.assert_array_equal(kept, _mask("##...", "##...", "....."))


def test_a_part_with_a_positive_click_stays_too() -> None:
    mask = _mask("##..#", "##...", "....#")
    clicks = [Click(0, 4, True), Click(2, 4, False)]

    kept = Cleanup(largest=True)(mask, clicks)

    np.testing.assert_array_equal(kept, _mask("##..#", "##...", "....."))


def test_of_parts_of_one_size_the_first_stays() -> None:
    kept = Cleanup(largest=True)(_mask("#.#"), [])

    np.testing.assert_array_equal(kept, _mask("#.."))


def test_small_holes_are_filled_and_bays_are_not() -> None:
    mask = _mask("####.", "#.#..", "#####", "#..#.", "####.")

    one = Cleanup(fill_px=1)(mask, [])
    two = Cleanup(fill_px=2)(mask, [])

    np.testing.assert_array_equal(
        one, _mask("####.", "###..", "#####", "#..#.", "####.")
    )
    np.testing.assert_array_equal(
        two, _mask("####.", "###..", "#####", "####.", "####.")
    )


def test_a_hole_with_a_negative_click_stays_open() -> None:
    mask = _mask("###", "#.#", "###")

    filled = Cleanup(fill_px=9)(mask, [Click(1, 1, False)])

    np.testing.assert_array_equal(filled, mask)


@pytest.mark.parametrize("rows", [("...",), ("###",), ("#",)])
def test_nothing_to_do_changes_nothing(rows: tuple[str, ...]) -> None:
    mask = _mask(*rows)

    np.testing.assert_array_equal(Cleanup(True, 100)(mask, []), mask)


def _mask(*rows: str) -> BoolMask:
    return np.array([[char == "#" for char in row] for row in rows])
