"""Laws of the table's numbers that hold for any curves."""

from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.metrics import (
    held,
    iou_at,
    number_of_clicks,
    number_of_failures,
    number_of_incorrect_clicks,
)

ious = st.floats(0, 1)
curves_of_objects = st.lists(st.lists(ious, min_size=1, max_size=8), min_size=1)


@given(curves=curves_of_objects, easy=ious, hard=ious)
def test_harder_target_never_takes_fewer_clicks_nor_fails_less(
    curves: list[list[float]], easy: float, hard: float
) -> None:
    easy, hard = sorted((easy, hard))

    assert number_of_clicks(curves, easy, 8) <= number_of_clicks(curves, hard, 8)
    low, high = (number_of_failures(curves, target, 8) for target in (easy, hard))
    assert low.release <= high.release
    assert low.strict <= high.strict


@given(curves=curves_of_objects, target=ious)
def test_strict_failures_are_among_the_release_failures(
    curves: list[list[float]], target: float
) -> None:
    failures = number_of_failures(curves, target, 8)

    assert 0 <= failures.strict <= failures.release <= len(curves)


@given(curves=curves_of_objects, target=ious)
def test_holding_a_curve_changes_no_number(
    curves: list[list[float]], target: float
) -> None:
    longer = [held(curve, 8).tolist() for curve in curves]

    assert number_of_clicks(longer, target, 8) == number_of_clicks(curves, target, 8)
    assert iou_at(longer, 5) == iou_at(curves, 5)


@given(curves=curves_of_objects, target=ious)
def test_oracle_has_no_incorrect_clicks(
    curves: list[list[float]], target: float
) -> None:
    never = [[0] * len(curve) for curve in curves]

    assert number_of_incorrect_clicks(never, curves, target, 8) == 0
