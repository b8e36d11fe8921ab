"""Click evaluation as an mmengine loop: simulate the annotator on every object."""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from mmengine.dist import get_world_size
from mmengine.evaluator import Evaluator
from mmengine.runner import BaseLoop
from mmseg.registry import LOOPS

from gpcis_backend.clicks.click import Image
from gpcis_backend.clicks.rollout import Predict
from gpcis_backend.data.sample import Sample
from gpcis_backend.errors import InvalidInput
from gpcis_backend.evaluation.plan import Plan, to_noise_vars, to_plan
from gpcis_backend.evaluation.results import Examined
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.evaluation.run import run_object
from gpcis_backend.mmseg_plugin.build import check_fit
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint
from gpcis_backend.mmseg_plugin.one_line import or_exit
from gpcis_backend.mmseg_plugin.stepping import view_prob


class _ClickLoop(BaseLoop):
    """Rolls clicks out on every object and hands the curves to the evaluator.

    Args:
        runner: mmengine's.
        dataloader: Gives lists of (set, sample).
        evaluator: With ``ClickMetric``.
        predictor: Protocol: ``crop`` or ``zoom-flip``.
        max_clicks: On each object; 100 for NoC100 and NoF100 as well.
        threshold: Of the mask; None takes that of the protocol.
        clicks: ``centre``, ``random-inner`` or ``deciles``.
        seed: Of the clicks drawn.
        draws: Of random-inner clicks, compared with centre clicks.
        noise_var: ε² of the GP; None takes that of the model.
        size: Of the network input, in pixels; None takes that of the model.
        with_focus: Look closer at each change; None takes what the model wants.
        late_size: Of the network input from the fifth click on; as ``Rules`` says.
        noise_vars: ε² to try besides: numbers, or ``all`` for the paper's table 1.
        **_: What mmengine adds, such as fp16.
    """

    stage: ClassVar[str]

    def __init__(
        self,
        runner: Any,
        dataloader: Any,
        evaluator: Any,
        predictor: str = "crop",
        max_clicks: int = 20,
        threshold: float | None = None,
        clicks: str = "centre",
        seed: int = 0,
        draws: int = 1,
        noise_var: float | None = None,
        size: int | None = None,
        with_focus: bool | None = None,
        late_size: int | None = None,
        noise_vars: str | Sequence[float] = (),
        **_: Any,
    ) -> None:
        super().__init__(runner, dataloader)
        self.evaluator = (
            evaluator
            if isinstance(evaluator, Evaluator)
            else runner.build_evaluator(evaluator)
        )
        self.model = getattr(runner.model, "module", runner.model)
        own = getattr(self.model.decode_head, "test_noise_var", None)
        self.own_noise_var: float | None = own
        words = (predictor, max_clicks, threshold, clicks, seed, noise_var)

        def plan() -> Plan:
            rules = Rules(*words, size=size, with_focus=with_focus, late_size=late_size)
            completed = rules.completed(own, self.model.own_zoom)
            return _plan(completed, noise_vars, draws, own)

        self.plan = or_exit(plan)
        self.checkpoint_sha256: str | None = None

    def run(self) -> dict[str, float]:
        """Metrics of all objects."""
        call = partial(self.runner.call_hook)
        call(f"before_{self.stage}")
        call(f"before_{self.stage}_epoch")
        self.runner.model.eval()
        dataset = self.dataloader.dataset
        self.evaluator.dataset_meta = {
            **dataset.metainfo,
            "plan": self.plan,
            "examined": self._examined(),
            "jobs": get_world_size(),
            "folders": getattr(dataset, "folders", {}),
        }
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
        metrics: dict[str, float] = self.evaluator.evaluate(len(dataset))
        call(f"after_{self.stage}_epoch", metrics=metrics)
        call(f"after_{self.stage}")
        return metrics

    def _run_object(self, name: str, sample: Sample) -> dict[str, Any]:
        """The runs of one object; one item, which mmengine collects over ranks."""
        return {
            "dataset": name,
            "runs": [
                run_object(lambda: sample, self._binder(rules), rules, name)
                for rules in self.plan.passes
            ],
        }

    def _binder(self, rules: Rules) -> Callable[[Image], Predict]:
        """The network with the noise variance of the rules."""
        noise_var = rules.noise_var
        return lambda image: partial(view_prob, self.model, image, noise_var=noise_var)

    def _examined(self) -> Examined:
        """What a results file says about the model."""
        config = self.runner.cfg.filename or self.runner.experiment_name
        count = sum(part.numel() for part in self.model.parameters())
        digest = self.checkpoint_sha256
        return Examined(Path(config).stem, digest, count, self.own_noise_var)


@LOOPS.register_module()
class ClickValLoop(_ClickLoop):
    """Validation between epochs."""

    stage = "val"


@LOOPS.register_module()
class ClickTestLoop(_ClickLoop):
    """``mim test``; takes ``.safetensors`` besides mmengine's checkpoints.

    mmengine loads what fits and leaves the rest random.  Here weights of another config
    end the run.
    """

    stage = "test"

    def __init__(self, runner: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(runner, *args, **kwargs)
        source = runner._load_from
        if source is None or "://" in str(source):
            return
        path = Path(source).expanduser()
        _, weights = or_exit(lambda: read_checkpoint(path))
        or_exit(lambda: check_fit(self.model, weights, path))
        self.checkpoint_sha256 = sha256(path.read_bytes()).hexdigest()
        if path.suffix == ".safetensors":
            self.model.load_state_dict(weights, strict=False)
            runner._load_from = None  # mmengine cannot read it


def _plan(
    rules: Rules,
    noise_vars: str | Sequence[float],
    draws: int,
    own_noise_var: float | None,
) -> Plan:
    """The plan of a loop's settings.

    Raises:
        InvalidInput: They make no sense, or not for this model.
    """
    varied = to_noise_vars(noise_vars)
    if own_noise_var is None and (varied or rules.noise_var is not None):
        raise InvalidInput(
            "The model is no Gaussian process: leave out noise_var and noise_vars."
        )
    return to_plan(rules, noise_vars=varied, draws=draws)
