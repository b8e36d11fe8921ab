"""A progress bar for training in a terminal; silent where the output is a file."""

import sys
from typing import Any

from mmengine.hooks import Hook
from mmseg.registry import HOOKS
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeRemainingColumn as RemainingColumn


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Shows iterations done, time left and the loss, below the log lines."""

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self._bar: Progress | None = None

    def before_train(self, runner: Any) -> None:
        """Open the bar, on the first rank's terminal only."""
        if runner.rank != 0 or not sys.stderr.isatty():
            return
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            RemainingColumn(),
            TextColumn("{task.fields[loss]}"),
            console=Console(stderr=True),
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=runner.max_iters, loss="")

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Advance to the runner's iteration."""
        if self._bar is not None:
            loss = f"loss {float(outputs['loss']):.3f}" if outputs else ""
            self._bar.update(self._task, completed=runner.iter + 1, loss=loss)

    def after_run(self, runner: Any) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
