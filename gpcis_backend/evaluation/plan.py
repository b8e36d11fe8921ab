"""Which passes over a data set an examination makes, and what becomes of them.

The first pass gives tables 2 and 3.  Passes with other noise variances give table 1,
passes of less careful annotators the robustness.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from gpcis_backend.errors import InvalidInput
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.metrics import (
    ObjectRun,
    dataset_result,
    mean_curve,
    robustness,
    table_row,
)

NOISE_VARS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)  # of the paper's table 1
NUM_DECILES = 10

_ALL = "all"  # of the noise variances in table 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The passes of an examination.

    Args:
        main: Its numbers are those of the tables.
        noise_vars: ε² to try besides, everything else as in ``main``.
        others: Less careful annotators: draws, or deciles from the first to the last.
    """

    main: Rules
    noise_vars: tuple[float, ...] = ()
    others: tuple[Rules, ...] = ()

    @property
    def passes(self) -> tuple[Rules, ...]:
        """All different passes, that of ``main`` first."""
        noisy = (self._with_noise(noise_var) for noise_var in self.noise_vars)
        return tuple(dict.fromkeys((self.main, *noisy, *self.others)))

    def result(
        self,
        runs: Mapping[Rules, Sequence[ObjectRun]],
        estimate: Callable[[float], float] | None = None,
    ) -> dict[str, Any]:
        """What a results file holds of a data set.

        Args:
            runs: Of every pass, over the same objects.
            estimate: As for ``metrics.dataset_result``.
        """
        max_clicks = self.main.max_clicks
        found = dataset_result(runs[self.main], max_clicks, estimate)
        if self.noise_vars:
            found["noise_vars"] = [
                _part(runs[self._with_noise(noise_var)], max_clicks)
                | {"noise_var": noise_var}
                for noise_var in self.noise_vars
            ]
        if self.others:
            others = [runs[rules] for rules in self.others]
            spread = robustness(runs[self.main], others, max_clicks)
            if self.others[0].clicks != "deciles":
                del spread["spread"]  # draws have no first and last
            found["robustness"] = {
                "clicks": self.others[0].clicks,
                **spread,
                "passes": [_part(other, max_clicks) for other in others],
            }
        return found

    def stated(self) -> dict[str, Any]:
        """The rules as a results file states them."""
        rules = asdict(self.main)
        rules.pop("decile")
        rules["threshold"] = self.main.policy("").threshold
        rules["noise_vars"] = list(self.noise_vars)
        rules["robustness"] = self.others[0].clicks if self.others else None
        rules["draws"] = len(self.others)
        return rules

    def _with_noise(self, noise_var: float) -> Rules:
        return replace(self.main, noise_var=noise_var)


def to_plan(rules: Rules, *, noise_vars: Sequence[float] = (), draws: int = 1) -> Plan:
    """The plan that a user's words mean.

    Args:
        rules: Of the numbers in the tables.  With more than one draw, and with
            ``deciles``, these take centre clicks, and the clicks asked for are compared
            with them.
        noise_vars: ε² to try besides.
        draws: Of ``random-inner`` clicks, with one seed after the other.

    Raises:
        InvalidInput: The words do not go together.
    """
    if draws < 1 or (draws > 1 and rules.clicks != "random-inner"):
        raise InvalidInput(
            f"{draws} draws of {rules.clicks} clicks make no sense; several draws are "
            "for random-inner clicks."
        )
    varied = tuple(float(value) for value in noise_vars)
    for value in varied:
        replace(rules, noise_var=value)  # checks it
    centre = replace(rules, clicks="centre")
    if rules.clicks == "deciles":
        numbers = range(1, NUM_DECILES + 1)
        groups = tuple(replace(rules, decile=number) for number in numbers)
        return Plan(centre, varied, groups)
    if draws > 1:
        seeds = range(rules.seed, rules.seed + draws)
        return Plan(centre, varied, tuple(replace(rules, seed=seed) for seed in seeds))
    return Plan(rules, varied)


def to_noise_vars(words: str | Sequence[float] | None) -> tuple[float, ...]:
    """The numbers that a user's words mean.

    Args:
        words: Numbers, as text with commas between; ``all`` for those of table 1.

    Raises:
        InvalidInput: A word is no number.
    """
    if words == _ALL:
        return NOISE_VARS
    try:
        parts = words.split(",") if isinstance(words, str) else words or ()
        return tuple(float(part) for part in parts)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"The noise variances must be numbers with commas between, or all, not "
            f'"{words}".'
        ) from None


def _part(runs: Sequence[ObjectRun], max_clicks: int) -> dict[str, Any]:
    """Numbers and curves of a pass besides the main one."""
    return {
        **table_row(runs, max_clicks),
        "mean_iou": mean_curve([run.ious for run in runs], max_clicks),
        "curves": [
            {
                "name": run.name,
                "iou": list(run.ious),
                "contradicted": list(run.contradicted),
                "clicks": [list(click) for click in run.clicks],
            }
            for run in runs
        ],
    }
