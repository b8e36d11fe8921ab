"""Numbers of a table, from plain masks and curves.

A curve holds the IoU of one object after click 1, 2, ...  A curve shorter than what
is asked for is held constant at its last value: its annotator found nothing left to
correct.
"""

from gpcis_backend.metrics.curves import (
    Curve,
    Failures,
    clicks_needed,
    clicks_to_target,
    held,
    iou_at,
    mean_curve,
    number_of_clicks,
    number_of_failures,
    number_of_incorrect_clicks,
    seconds_per_click,
)
from gpcis_backend.metrics.masks import BoolMask, Prob, iou, steadiness
from gpcis_backend.metrics.reliability import reliability
from gpcis_backend.metrics.results import dataset_result, mean_of_four, worst_objects
from gpcis_backend.metrics.robustness import robustness
from gpcis_backend.metrics.run import ObjectRun, from_record, to_record
from gpcis_backend.metrics.table import BUDGET, TARGET, long_budgets, table_row

__all__ = [
    "BUDGET",
    "TARGET",
    "BoolMask",
    "Curve",
    "Failures",
    "ObjectRun",
    "Prob",
    "clicks_needed",
    "clicks_to_target",
    "dataset_result",
    "from_record",
    "held",
    "iou",
    "iou_at",
    "long_budgets",
    "mean_curve",
    "mean_of_four",
    "number_of_clicks",
    "number_of_failures",
    "number_of_incorrect_clicks",
    "reliability",
    "robustness",
    "seconds_per_click",
    "steadiness",
    "table_row",
    "to_record",
    "worst_objects",
]
