"""Numbers of the click protocol, as an mmengine metric."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger, print_log
from mmseg.registry import METRICS

from gpcis_backend.evaluation.plan import Plan
from gpcis_backend.evaluation.results import report, write_json
from gpcis_backend.metrics import ObjectRun

_COLUMNS = ("noc@85", "noc@90", "iou@1", "iou@5", "noic", "seconds_per_click")
_LONG = ("noc100@90",)  # where there are 100 clicks


@METRICS.register_module()
class ClickMetric(BaseMetric):
    """Prints the table of each set and writes all that ``gpcis eval`` writes too.

    Args:
        max_clicks: At most so many of the clicks that the loop made are counted; None
            for all.
        out_file: JSON file; None writes ``click_metrics.json`` to the log's folder.
        **kwargs: As ``BaseMetric``.
    """

    default_prefix = None

    def __init__(
        self,
        max_clicks: int | None = None,
        out_file: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_clicks, self.out_file = max_clicks, out_file

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the curves of some objects."""
        self.results.extend(data_samples)

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Numbers by ``set/name``; the nested ones only in the JSON file."""
        meta: Mapping[str, Any] = self.dataset_meta
        plan, passes = self._counted(meta["plan"]), meta["plan"].passes
        by_set: dict[str, list[Sequence[ObjectRun]]] = {}
        for result in results:
            by_set.setdefault(result["dataset"], []).append(result["runs"])
        rows = {}
        for name, runs in by_set.items():
            of_pass = dict(zip(passes, zip(*runs, strict=True), strict=True))
            counted = dict(zip(plan.passes, of_pass.values(), strict=True))
            folder = meta["folders"].get(name)
            place = None if folder is None else str(Path(folder).absolute())
            rows[name] = {**plan.result(counted), "dir": place}
        content = report(meta["examined"], plan, rows, meta["jobs"])
        print_log(f"Click evaluation\n{_table(rows)}", "current")
        path = Path(self.out_file) if self.out_file else _log_folder()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, content)
        print_log(f"Written to {path}", "current")
        return _scalars(rows, content["mean"])

    def _counted(self, plan: Plan) -> Plan:
        """The plan, with as many clicks as are counted."""
        made = plan.main.max_clicks
        clicks = min(made, self.max_clicks or made)
        others = tuple(replace(rules, max_clicks=clicks) for rules in plan.others)
        main = replace(plan.main, max_clicks=clicks)
        return replace(plan, main=main, others=others)


def _scalars(
    rows: Mapping[str, Mapping[str, Any]], mean: Mapping[str, float] | None
) -> dict[str, float]:
    """What mmengine logs, and chooses the best checkpoint by."""
    found = {
        f"{name}/{column}": float(row[column])
        for name, row in rows.items()
        for column in (*_COLUMNS, *_LONG)
        if row.get(column) is not None
    }
    means = {f"mean/{column}": value for column, value in (mean or {}).items()}
    return {**found, **means}


def _log_folder() -> Path:
    """``click_metrics.json`` beside the log file of the running job."""
    logger = MMLogger.get_current_instance()
    files = [getattr(handler, "baseFilename", None) for handler in logger.handlers]
    folder = next((Path(file).parent for file in files if file), Path())
    return folder / "click_metrics.json"


def _table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Plain-text table, one line a data set."""
    long = [column for column in _LONG if any(column in row for row in rows.values())]
    columns = (*_COLUMNS, *long)
    lines = ["".join(f"{head:>18}" for head in ("dataset", "objects", *columns))]
    for name, row in rows.items():
        cells = [f"{row['objects']:>18}"]
        cells += [
            f"{'-' if row[c] is None else format(row[c], '.3f'):>18}" for c in columns
        ]
        lines.append(f"{name:>18}" + "".join(cells))
    return "\n".join(lines)
