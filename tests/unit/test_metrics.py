"""Numbers of the table on curves made by hand (acceptance list 19 to 21)."""

import numpy as np
import pytest

from gpcis_backend.metrics import (
    Failures,
    ObjectRun,
    clicks_to_target,
    held,
    iou,
    iou_at,
    mean_curve,
    number_of_clicks,
    number_of_failures,
    number_of_incorrect_clicks,
    reliability,
    seconds_per_click,
    table_row,
)

RISING = (0.5, 0.86, 0.91)


def test_number_of_clicks_is_the_first_click_at_the_target() -> None:
    assert number_of_clicks([RISING], 0.85, 20) == 2
    assert number_of_clicks([RISING], 0.90, 20) == 3


def test_iou_equal_to_the_target_is_success() -> None:
    assert clicks_to_target((0.85, 0.90), 0.90, 20) == 2


def test_missed_target_counts_as_the_whole_budget() -> None:
    assert number_of_clicks([RISING], 0.95, 20) == 20
    assert number_of_clicks([RISING, (0.99,)], 0.95, 20) == 10.5


def test_first_success_counts_even_if_the_mask_gets_worse_again() -> None:
    assert number_of_clicks([(0.2, 0.92, 0.4)], 0.90, 20) == 2


def test_success_at_the_last_click_fails_in_the_release_convention_only() -> None:
    curve = (0.1,) * 19 + (0.95,)

    assert number_of_failures([curve], 0.90, 20) == Failures(release=1, strict=0)


def test_success_after_the_budget_is_a_failure() -> None:
    assert number_of_clicks([RISING], 0.90, 2) == 2
    assert number_of_failures([RISING], 0.90, 2) == Failures(release=1, strict=1)


def test_perfect_predictor_needs_one_click_and_never_fails() -> None:
    perfect = [(1.0,)] * 4

    assert number_of_clicks(perfect, 0.90, 20) == 1
    assert number_of_failures(perfect, 0.90, 20) == Failures(release=0, strict=0)


def test_empty_predictor_fails_everywhere_in_both_conventions() -> None:
    empty = [(0.0,) * 20] * 4

    assert number_of_clicks(empty, 0.90, 20) == 20
    assert number_of_failures(empty, 0.90, 20) == Failures(release=4, strict=4)


def test_iou_at_uses_all_clicks_and_holds_short_curves() -> None:
    assert iou_at([(0.2, 0.92, 0.4)], 3) == pytest.approx(0.4)
    assert iou_at([RISING, (0.5, 0.7)], 5) == pytest.approx((0.91 + 0.7) / 2)
    assert held(RISING, 5).tolist() == [0.5, 0.86, 0.91, 0.91, 0.91]
    assert held(RISING, 2).tolist() == [0.5, 0.86]


def test_incorrect_clicks_are_read_where_the_object_reaches_the_target() -> None:
    contradicted = [(0, 1, 2, 3), (1, 0, 0, 4), (0, 5)]
    curves = [(0.5, 0.8, 0.91, 0.7), (0.1, 0.2, 0.3, 0.4), (0.95, 0.96)]

    number = number_of_incorrect_clicks(contradicted, curves, 0.90, 4)

    assert number == 2 + 4 + 0


def test_seconds_per_click_is_the_mean_over_clicks() -> None:
    curves = [(0.1, 0.2), (0.3,)]

    assert seconds_per_click([0.5, 0.1], curves) == pytest.approx(0.2)


def test_table_row_holds_every_number_of_a_data_set() -> None:
    runs = [
        ObjectRun("a", RISING, (0, 1, 2), network_seconds=0.3, seconds=0.6),
        ObjectRun("b", (0.95, 0.96), (0, 1), network_seconds=0.2, seconds=0.4),
    ]

    row = table_row(runs, 20)

    assert row == {
        "budget": 20,
        "noc@85": 1.5,
        "noc@90": 2.0,
        "nof@85": {"release": 0, "strict": 0},
        "nof@90": {"release": 0, "strict": 0},
        "iou@1": pytest.approx(0.725),
        "iou@5": pytest.approx(0.935),
        "noic": 2,
        "noic_all_steps": 4,
        "seconds_per_click": pytest.approx(0.2),
        "network_seconds_per_click": pytest.approx(0.1),
        "objects": 2,
    }


def test_iou_beyond_the_budget_is_not_a_number() -> None:
    row = table_row([ObjectRun("a", RISING, (0, 0, 0), 0.1, 0.1)], 3)

    assert row["iou@1"] == 0.5
    assert row["iou@5"] is None


def test_mean_curve_holds_objects_that_ended() -> None:
    assert mean_curve([(0.25, 0.5, 1.0), (0.75,)], 4) == [0.5, 0.625, 0.875, 0.875]


def test_iou_of_half_an_object_is_one_half() -> None:
    truth, pred = _row(1, 1, 0, 0), _row(1, 0, 0, 0)

    assert iou(pred, truth) == 0.5


def test_void_pixels_do_not_count() -> None:
    truth, pred, void = _row(1, 1, 0, 0), _row(1, 0, 1, 0), _row(0, 1, 1, 0)

    assert iou(pred, truth, void) == 1.0


def test_empty_union_is_a_perfect_score() -> None:
    nothing, everything = _row(0, 0), _row(1, 1)

    assert iou(nothing, nothing) == 1.0
    assert iou(everything, everything, everything) == 1.0
    assert iou(everything, nothing) == 0.0


def _row(*values: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.array([values], dtype=np.bool_)


def test_reliability_of_known_estimates() -> None:
    found = reliability([0.05, 0.25, 0.25, 1.0], [0.05, 0.35, 0.55, 0.9])

    assert found["count"] == 4
    assert found["mean_absolute_error"] == pytest.approx((0.1 + 0.3 + 0.1) / 4)
    assert found["bias"] == pytest.approx((-0.1 - 0.3 + 0.1) / 4)
    assert found["expected_calibration_error"] == pytest.approx((2 * 0.2 + 0.1) / 4)
    assert [row["from"] for row in found["table"]] == [0, 0.2, 0.9]
    assert [row["count"] for row in found["table"]] == [1, 2, 1]
    assert found["table"][1]["actual"] == pytest.approx(0.45)


def test_constant_estimates_have_no_correlation() -> None:
    assert reliability([0.5, 0.5], [0.1, 0.9])["correlation"] is None
    assert reliability([0.1, 0.9], [0.2, 0.3])["correlation"] == pytest.approx(1)
