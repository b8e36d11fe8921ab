"""Which passes an examination makes, and how its rules are stated."""

import pytest

from gpcis_backend.errors import InvalidInput
from gpcis_backend.evaluation.plan import NOISE_VARS, Plan, to_noise_vars, to_plan
from gpcis_backend.evaluation.results import Examined, report
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.metrics import ObjectRun


def test_one_pass_is_enough_for_the_tables() -> None:
    assert to_plan(Rules()).passes == (Rules(),)


def test_noise_variance_of_the_main_pass_is_not_examined_twice() -> None:
    plan = to_plan(Rules(noise_var=1e-7), noise_vars=NOISE_VARS)

    assert [rules.noise_var for rules in plan.passes] == [1e-7, *NOISE_VARS[:-1]]


def test_draws_are_compared_with_centre_clicks() -> None:
    plan = to_plan(Rules(clicks="random-inner", seed=5), draws=3)

    assert plan.main.clicks == "centre"
    assert [(r.clicks, r.seed) for r in plan.others] == [
        ("random-inner", 5),
        ("random-inner", 6),
        ("random-inner", 7),
    ]


def test_single_draw_is_a_table_of_its_own() -> None:
    plan = to_plan(Rules(clicks="random-inner", seed=5))

    assert plan.passes == (Rules(clicks="random-inner", seed=5),)


def test_deciles_are_ten_passes_beside_centre_clicks() -> None:
    plan = to_plan(Rules(clicks="deciles"))

    assert plan.main == Rules()
    assert [rules.decile for rules in plan.others] == list(range(1, 11))


@pytest.mark.parametrize("clicks", ["centre", "deciles"])
def test_several_draws_of_other_clicks_are_refused(clicks: str) -> None:
    with pytest.raises(InvalidInput, match="draws"):
        to_plan(Rules(clicks=clicks), draws=2)


@pytest.mark.parametrize("value", [0.0, -1e-3, float("inf"), float("nan")])
def test_noise_variance_must_be_positive(value: float) -> None:
    with pytest.raises(InvalidInput, match="noise variance"):
        to_plan(Rules(), noise_vars=[value])


def test_noise_variances_come_as_text_numbers_or_all() -> None:
    assert to_noise_vars("1e-2, 1e-4") == (1e-2, 1e-4)
    assert to_noise_vars((1e-2, 1)) == (1e-2, 1.0)
    assert to_noise_vars("all") == NOISE_VARS
    assert to_noise_vars(None) == ()
    with pytest.raises(InvalidInput, match="some"):
        to_noise_vars("1e-2,some")


def test_result_has_a_row_for_every_noise_variance_and_draw() -> None:
    rules = Rules(clicks="random-inner", noise_var=1e-7)
    plan = to_plan(rules, noise_vars=(1e-2, 1e-7), draws=2)
    runs = {rules: [_run(number)] for number, rules in enumerate(plan.passes)}

    result = plan.result(runs)

    assert result["noic"] == 0
    assert [(p["noise_var"], p["noic"]) for p in result["noise_vars"]] == [
        (1e-2, 1),
        (1e-7, 0),
    ]
    assert [part["noic"] for part in result["robustness"]["passes"]] == [2, 3]
    assert result["robustness"]["clicks"] == "random-inner"
    assert "spread" not in result["robustness"]


def test_report_states_model_protocol_and_versions() -> None:
    model = Examined("gpcis_r50", "0" * 64, 39_000_000, 1e-7)

    answer = report(model, Plan(Rules("zoom-flip")), {"davis": {"noc@90": 1.0}}, 2)

    assert answer["datasets"] == {"davis": {"noc@90": 1.0}}
    assert (answer["config"], answer["parameters"]) == ("gpcis_r50", 39_000_000)
    assert (answer["protocol"], answer["jobs"]) == ("zoom-flip", 2)
    assert answer["rules"]["threshold"] == 0.49
    assert answer["mean"] is None
    assert {"gpcis", "python", "torch"} <= answer["versions"].keys()


def _run(contradicted: int) -> ObjectRun:
    return ObjectRun("a", (0.5,), (contradicted,), 0.1, 0.1)
