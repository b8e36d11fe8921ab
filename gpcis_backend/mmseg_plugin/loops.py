"""Click evaluation as an mmengine loop: simulate the annotator on every object."""

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

from mmengine.evaluator import Evaluator
from mmengine.runner import BaseLoop
from mmseg.registry import LOOPS

from gpcis_backend.clicks.rollout import simulate
from gpcis_backend.clicks.zoom import ZoomPolicy, policy
from gpcis_backend.data.sample import Sample
from gpcis_backend.metrics import ObjectRun, iou
from gpcis_backend.mmseg_plugin.stepping import view_prob


class _ClickLoop(BaseLoop):
    """Rolls clicks out on every object and hands the curves to the evaluator.

    Args:
        runner: mmengine's.
        dataloader: Gives lists of (set, sample).
        evaluator: With ``ClickMetric``.
        predictor: Protocol: ``crop`` or ``zoom-flip``.
        max_clicks: On each object.
        **_: What mmengine adds, such as fp16.
    """

    stage: str

    def __init__(
        self,
        runner: Any,
        dataloader: Any,
        evaluator: Any,
        predictor: str = "crop",
        max_clicks: int = 20,
        **_: Any,
    ) -> None:
        super().__init__(runner, dataloader)
        self.evaluator = (
            evaluator
            if isinstance(evaluator, Evaluator)
            else runner.build_evaluator(evaluator)
        )
        self.policy: ZoomPolicy = policy(predictor)
        self.max_clicks = max_clicks

    def run(self) -> dict[str, float]:
        """Metrics of all objects."""
        call = partial(self.runner.call_hook)
        call(f"before_{self.stage}")
        call(f"before_{self.stage}_epoch")
        self.runner.model.eval()
        for index, batch in enumerate(self.dataloader):
            call(f"before_{self.stage}_iter", batch_idx=index, data_batch=batch)
            outputs = [self._run_object(name, sample) for name, sample in batch]
            self.evaluator.process(data_samples=outputs, data_batch=None)
            call(
                f"after_{self.stage}_iter",
                batch_idx=index,
                data_batch=batch,
                outputs=outputs,
            )
        metrics: dict[str, float] = self.evaluator.evaluate(
            len(self.dataloader.dataset)
        )
        call(f"after_{self.stage}_epoch", metrics=metrics)
        call(f"after_{self.stage}")
        return metrics

    def _run_object(self, name: str, sample: Sample) -> dict[str, Any]:
        """The curve of one object, as a dict for mmengine's collection over ranks."""
        model = getattr(self.runner.model, "module", self.runner.model)
        predict: Callable[..., Any] = partial(view_prob, model, sample.image)
        start = perf_counter()
        steps = list(
            simulate(
                sample.truth,
                sample.void,
                predict,
                self.policy,
                score=iou,
                threshold=self.policy.threshold,
                max_clicks=self.max_clicks,
            )
        )
        run = ObjectRun(
            sample.name,
            tuple(step.iou for step in steps) or (1.0,),
            tuple(step.num_contradicted for step in steps) or (0,),
            sum(step.network_seconds for step in steps),
            perf_counter() - start,
        )
        return {"dataset": name, "run": run, "max_clicks": self.max_clicks}


@LOOPS.register_module()
class ClickValLoop(_ClickLoop):
    """Validation between epochs."""

    stage = "val"


@LOOPS.register_module()
class ClickTestLoop(_ClickLoop):
    """``mim test``."""

    stage = "test"
