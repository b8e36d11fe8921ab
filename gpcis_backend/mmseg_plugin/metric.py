"""Numbers of the click protocol, as an mmengine metric."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger, print_log
from mmseg.registry import METRICS

from gpcis_backend.metrics import ObjectRun, table_row

_COLUMNS = ("noc@85", "noc@90", "iou@1", "iou@5", "noic", "seconds_per_click")


@METRICS.register_module()
class ClickMetric(BaseMetric):
    """Prints the table of ``metrics.table_row`` for each set and writes it as JSON.

    Args:
        max_clicks: Budget of each object.
        out_file: JSON file; None writes ``click_metrics.json`` to the log's folder.
        **kwargs: As ``BaseMetric``.
    """

    default_prefix = None

    def __init__(
        self, max_clicks: int = 20, out_file: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.max_clicks, self.out_file = max_clicks, out_file

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Keep the curves of some objects."""
        self.results.extend(data_samples)

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Numbers by ``set/name``; the nested ones only in the JSON file."""
        by_set: dict[str, list[ObjectRun]] = {}
        for result in results:
            by_set.setdefault(result["dataset"], []).append(result["run"])
        rows = {name: table_row(runs, self.max_clicks) for name, runs in by_set.items()}
        print_log(f"Click evaluation\n{_table(rows)}", "current")
        path = Path(self.out_file) if self.out_file else _log_folder()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"datasets": rows}, indent=1) + "\n")
        print_log(f"Written to {path}", "current")
        return {
            f"{name}/{column}": float(row[column])
            for name, row in rows.items()
            for column in _COLUMNS
            if row[column] is not None
        }


def _log_folder() -> Path:
    """``click_metrics.json`` beside the log file of the running job."""
    logger = MMLogger.get_current_instance()
    files = [getattr(handler, "baseFilename", None) for handler in logger.handlers]
    folder = next((Path(file).parent for file in files if file), Path())
    return folder / "click_metrics.json"


def _table(rows: dict[str, dict[str, Any]]) -> str:
    """Plain-text table, one line a data set."""
    lines = ["".join(f"{head:>18}" for head in ("dataset", "objects", *_COLUMNS))]
    for name, row in rows.items():
        cells = [f"{row['objects']:>18}"]
        cells += [
            f"{'-' if row[c] is None else format(row[c], '.3f'):>18}" for c in _COLUMNS
        ]
        lines.append(f"{name:>18}" + "".join(cells))
    return "\n".join(lines)
