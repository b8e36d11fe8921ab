"""Rows of 100 clicks, means over sets, worst objects, robustness: by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpcis_backend.metrics import (
    ObjectRun,
    dataset_result,
    from_record,
    mean_of_four,
    robustness,
    table_row,
    to_record,
    worst_objects,
)

LATE = (0.5,) * 39 + (0.95,) * 61  # reaches 0.90 at click 40
EARLY = (0.5, 0.95) + (0.95,) * 98
NEVER = (0.1,) * 100

curves_of_100 = st.lists(
    st.lists(st.floats(0, 1), min_size=100, max_size=100), min_size=1, max_size=4
)


def test_hundred_clicks_have_columns_of_their_own() -> None:
    row = table_row([_run(LATE), _run(EARLY), _run(NEVER)], 100)

    assert row["budget"] == 20
    assert row["noc@90"] == pytest.approx((20 + 2 + 20) / 3)
    assert row["nof@90"] == {"release": 2, "strict": 2}
    assert row["noc100@90"] == pytest.approx((40 + 2 + 100) / 3)
    assert row["nof100@90"] == {"release": 1, "strict": 1}


def test_success_at_click_100_fails_in_the_release_convention_only() -> None:
    row = table_row([_run((0.5,) * 99 + (0.95,))], 100)

    assert row["nof100@90"] == {"release": 1, "strict": 0}


def test_twenty_clicks_have_no_columns_of_a_hundred() -> None:
    assert "noc100@90" not in table_row([_run(EARLY[:20])], 20)


@given(curves=curves_of_100)
def test_run_of_100_clicks_contains_the_numbers_of_20(
    curves: list[list[float]],
) -> None:
    whole = [_run(tuple(curve), tuple(range(1, 101))) for curve in curves]
    cut = [
        replace(run, ious=run.ious[:20], contradicted=run.contradicted[:20])
        for run in whole
    ]

    long, short = table_row(whole, 100), table_row(cut, 20)

    timed = {"seconds_per_click", "network_seconds_per_click"}
    assert {key: long[key] for key in short if key not in timed} == {
        key: value for key, value in short.items() if key not in timed
    }


def test_incorrect_clicks_after_the_twentieth_do_not_count() -> None:
    run = _run(NEVER, (0,) * 20 + (7,) * 80)

    row = table_row([run], 100)

    assert (row["noic"], row["noic_all_steps"]) == (0, 0)


def test_mean_is_the_plain_one_and_needs_all_four_sets() -> None:
    sets = {
        name: {"noc@85": float(number), "noc@90": 2.0 * number, "objects": 10**number}
        for number, name in enumerate(("grabcut", "berkeley", "sbd", "davis"), start=1)
    }

    assert mean_of_four(sets | {"voc": {}}) == {"noc@85": 2.5, "noc@90": 5.0}
    del sets["sbd"]
    assert mean_of_four(sets) is None


def test_worst_objects_are_those_that_need_most_clicks_then_the_lower_iou() -> None:
    curves = [EARLY[:20], (0.2,) * 20, (0.1,) * 20, (0.5,) * 19 + (0.95,), (1.0,)]

    assert worst_objects(curves) == [2, 1, 3, 0, 4]


def test_results_keep_masks_of_the_worst_and_clicks_of_all() -> None:
    runs = [
        replace(_run(NEVER[:20]), name="a", clicks=((3, 4, 1),), mask="bWFzaw=="),
        replace(_run(EARLY[:20]), name="b", clicks=((5, 6, -1),), mask="bWFzaw=="),
    ]

    result = dataset_result(runs, 20)

    assert [curve["clicks"] for curve in result["curves"]] == [
        [[3, 4, 1]],
        [[5, 6, -1]],
    ]
    assert [(w["name"], w["index"]) for w in result["worst"]] == [("a", 0), ("b", 1)]
    assert result["est_iou"] is None


def test_robustness_of_three_draws() -> None:
    base = [_reaching(1), _reaching(4)]
    draws = [[_reaching(2), _reaching(4)], [_reaching(3), _reaching(5)]]
    draws.append([_reaching(1), _reaching(9)])

    found = robustness(base, draws, 20)

    assert found["noc@90"] == [3, 4, 5]
    assert (found["mean"], found["std"], found["base"]) == (4, 1, 2.5)
    assert found["relative_increase"] == pytest.approx((4 - 2.5) / 2.5)
    assert found["mean_increase"] == pytest.approx((1 / 1 + 2 / 4) / 2)
    assert found["spread"] == pytest.approx(((2 - 1) / 1 + (4 - 9) / 9) / 2)


def test_one_draw_has_no_spread_over_draws() -> None:
    assert robustness([_reaching(1)], [[_reaching(1)]], 20)["std"] is None


def test_run_survives_the_journal() -> None:
    run = ObjectRun("a", (0.1, 1 / 3), (0, 1), 0.1, 0.2, (0.5, 0.7), ((1, 2, -1),), "m")

    assert from_record(to_record(run)) == run


def _run(curve: tuple[float, ...], wrong: tuple[int, ...] | None = None) -> ObjectRun:
    return ObjectRun("object", curve, wrong or (0,) * len(curve), 1.0, 2.0)


def _reaching(click: int) -> ObjectRun:
    return _run((0.5,) * (click - 1) + (0.95,))
