"""Any predictor over data sets: run the simulated annotator, keep the curves.

One run of all clicks that never stops early; every number is read from it afterwards.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self

from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.rollout import Predict
from gpcis_backend.data.sample import Sample, Samples
from gpcis_backend.evaluation.plan import Plan
from gpcis_backend.evaluation.results import Examined
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.evaluation.run import run_object
from gpcis_backend.inference.predictor import Predictor, own_zoom
from gpcis_backend.metrics import ObjectRun


class LoadedPredictor(Predictor, Protocol):
    """A predictor that knows where it came from."""

    @property
    def config(self) -> str:
        """The config that describes the model."""

    @property
    def checkpoint_sha256(self) -> str:
        """Digest of the weight file."""

    @property
    def settings_sha256(self) -> str | None:
        """Digest of what its config says; None where the weights carry that."""

    @property
    def num_parameters(self) -> int:
        """Numbers that the model learned."""

    @property
    def noise_var(self) -> float | None:
        """ε² of its Gaussian process; None if it has none."""

    def with_noise_var(self, noise_var: float) -> Self:
        """The same model with another ε².

        Raises:
            InvalidInput: It has none.
        """


@dataclass(frozen=True, slots=True)
class ExaminedSet:
    """A data set, every file of it read once.

    Args:
        samples: The objects.
        folder: Where it lies.
        digests: Of the samples to examine, the first ones.
    """

    samples: Samples
    folder: Path
    digests: tuple[str, ...]

    def __len__(self) -> int:
        """Number of samples to examine."""
        return len(self.digests)


@dataclass(frozen=True, slots=True)
class Task:
    """One object in one pass.

    Args:
        dataset: Name of its set.
        index: Of the object in the set.
        rules: Of the pass.
    """

    dataset: str
    index: int
    rules: Rules


def read_set(samples: Samples, folder: Path, limit: int | None = None) -> ExaminedSet:
    """The first ``limit`` samples of a set, or all, and their digests.

    Raises:
        DataNotFound: A file is damaged: better known now than after an hour of work.
    """
    indices = range(min(len(samples), limit or len(samples)))
    digests = tuple(_digest(samples[index]) for index in indices)
    return ExaminedSet(samples, folder, digests)


def tasks_of(sets: Mapping[str, ExaminedSet], plan: Plan) -> list[Task]:
    """All that is to be done, set by set and pass by pass."""
    return [
        Task(name, index, rules)
        for name, examined in sets.items()
        for rules in plan.passes
        for index in range(len(examined))
    ]


def examined_model(model: LoadedPredictor) -> Examined:
    """What a results file says about a model."""
    return Examined(
        model.config,
        model.checkpoint_sha256,
        model.num_parameters,
        model.noise_var,
        model.settings_sha256,
    )


def run_task(
    model: LoadedPredictor, samples: Mapping[str, Samples], task: Task
) -> ObjectRun:
    """Examine one object.

    Raises:
        InvalidInput: The rules give a noise variance to a model that has none.
    """
    noise_var = task.rules.noise_var
    if noise_var is not None and noise_var != model.noise_var:
        model = model.with_noise_var(noise_var)
    read = partial(samples[task.dataset].__getitem__, task.index)
    return run_object(read, _binder(model), task.rules, task.dataset)


def evaluate_each(
    predictor: Predictor,
    samples: Samples,
    rules: Rules,
    *,
    dataset: str,
    limit: int | None = None,
) -> Iterator[ObjectRun]:
    """Yield one run for each object, in order.

    Args:
        predictor: The model.
        samples: The data set.
        rules: How to examine.
        dataset: Its name, which sets the network size of zoom-flip on DAVIS.
        limit: Take only so many objects, from the first on.
    """
    rules = rules.completed(None, own_zoom(predictor))
    for index in range(min(len(samples), limit or len(samples))):
        read = partial(samples.__getitem__, index)
        yield run_object(read, _binder(predictor), rules, dataset)


def in_order(
    found: Mapping[Task, ObjectRun], name: str, examined: ExaminedSet, plan: Plan
) -> dict[Rules, Sequence[ObjectRun]]:
    """The runs of one set, those of every pass in the order of its objects."""
    return {
        rules: [found[Task(name, index, rules)] for index in range(len(examined))]
        for rules in plan.passes
    }


def _binder(predictor: Predictor) -> Callable[[Image], Predict]:
    """The predictor as a rollout calls it, once it has an image."""

    def bind(image: Image) -> Predict:
        encoding = predictor.encode(image)

        def predict(
            clicks: tuple[Click, ...], prev_prob: Prob | None, view: View
        ) -> Prob:
            return predictor.predict(encoding, clicks, prev_prob, view=view)

        return predict

    return bind


def _digest(sample: Sample) -> str:
    """Digest of the picture and its labels."""
    parts = (sample.image, sample.truth, sample.void)
    shapes = f"{sample.name} {[part.shape for part in parts]}"
    digest = sha256(shapes.encode())
    for part in parts:
        digest.update(part.tobytes())
    return digest.hexdigest()
