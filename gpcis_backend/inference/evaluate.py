"""Any predictor over a data set: run the simulated annotator, keep the curves.

One run of all clicks that never stops early; every number is read from it afterwards.
Masks are taken as the network gives them: nothing forces a clicked pixel to its side.
"""

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any, Protocol

import numpy as np

import gpcis_backend
from gpcis_backend.clicks.click import Click, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.clicks.rollout import Predict, simulate
from gpcis_backend.clicks.simulator import ChooseClick, next_click, random_inner_click
from gpcis_backend.clicks.zoom import ZoomPolicy, policy
from gpcis_backend.data.sample import Sample, Samples
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.predictor import Encoding, Predictor
from gpcis_backend.inference.quality import Calibration, steadiness
from gpcis_backend.metrics import ObjectRun, iou, mean_curve, reliability, table_row

_DAVIS_SIDE = 600  # longest side of published zoom-flip numbers on DAVIS
_PACKAGES = (
    "torch",
    "onedl-mmsegmentation",
    "numpy",
    "scipy",
    "pillow",
    "opencv-python",
)


class LoadedPredictor(Predictor, Protocol):
    """A predictor that knows where it came from."""

    @property
    def config(self) -> str:
        """The config that describes the model."""

    @property
    def checkpoint_sha256(self) -> str:
        """Digest of the weight file."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a predictor is examined; stated with every number.

    Args:
        predictor: Zoom protocol, ``crop`` or ``zoom-flip``.
        max_clicks: Clicks that every object gets, K.
        threshold: Of the mask; None takes that of the protocol.
        clicks: ``centre`` as in published tables, or ``random-inner``.
        seed: Of the random clicks; each object draws from its own stream.

    Raises:
        InvalidInput: Unknown protocol or clicks, or an impossible threshold.
    """

    predictor: str = "crop"
    max_clicks: int = 20
    threshold: float | None = None
    clicks: str = "centre"
    seed: int = 0

    def __post_init__(self) -> None:
        self.policy("")
        self.annotator(0)

    def policy(self, dataset: str) -> ZoomPolicy:
        """The zoom policy for the data set of this name."""
        is_davis_zoom = (self.predictor, dataset) == ("zoom-flip", "davis")
        size = _DAVIS_SIDE if is_davis_zoom else None
        return policy(self.predictor, size, self.threshold)

    def annotator(self, index: int) -> ChooseClick:
        """Who clicks the object of this index."""
        if self.clicks == "centre":
            return next_click
        if self.clicks == "random-inner":
            rng = np.random.default_rng([self.seed, index])
            return partial(random_inner_click, rng=rng)
        raise InvalidInput(
            f'The clicks "{self.clicks}" are unknown; choose centre or random-inner.'
        )


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
    zoom = rules.policy(dataset)
    for index in range(min(len(samples), limit or len(samples))):
        read = partial(samples.__getitem__, index)
        choose = rules.annotator(index)
        yield run_object(predictor, read, zoom, choose, rules.max_clicks)


def run_object(
    predictor: Predictor,
    read: Callable[[], Sample],
    zoom: ZoomPolicy,
    choose: ChooseClick,
    max_clicks: int,
) -> ObjectRun:
    """Click one object until nothing is wrong or all clicks are used.

    An object without any labelled pixel is right from the start: IoU 1 at click 1.
    """
    start = perf_counter()
    sample = read()
    before = perf_counter()
    encoding = predictor.encode(sample.image)
    network_seconds = perf_counter() - before
    ious: list[float] = []
    contradicted: list[int] = []
    steady: list[float] = []
    for step in simulate(
        sample.truth,
        sample.void,
        _bound(predictor, encoding),
        zoom,
        score=iou,
        threshold=zoom.threshold,
        max_clicks=max_clicks,
        choose=choose,
    ):
        ious.append(step.iou)
        contradicted.append(step.num_contradicted)
        steady.append(steadiness(step.prob, zoom.threshold))
        network_seconds += step.network_seconds
    seconds = perf_counter() - start
    curve, wrong = tuple(ious) or (1.0,), tuple(contradicted) or (0,)
    return ObjectRun(sample.name, curve, wrong, network_seconds, seconds, tuple(steady))


def _bound(predictor: Predictor, encoding: Encoding) -> Predict:
    """The predictor as a rollout calls it."""

    def predict(clicks: tuple[Click, ...], prev_prob: Prob | None, view: View) -> Prob:
        return predictor.predict(encoding, clicks, prev_prob, view=view)

    return predict


def dataset_result(
    runs: Sequence[ObjectRun], max_clicks: int, calibration: Calibration
) -> dict[str, Any]:
    """The table's numbers, the mean curve and the curve of every object.

    Args:
        runs: Of all objects.
        max_clicks: Clicks that an object may take.
        calibration: Of the model; its estimates are compared with the IoU that they
            estimate, over all clicks of all objects.
    """
    curves = [
        {
            "name": run.name,
            "iou": list(run.ious),
            "est_iou": [calibration(steady) for steady in run.steadiness],
            "steadiness": list(run.steadiness),
            "contradicted": list(run.contradicted),
        }
        for run in runs
    ]
    return {
        **table_row(runs, max_clicks),
        "mean_iou": mean_curve([run.ious for run in runs], max_clicks),
        "est_iou": _estimates(runs, calibration),
        "curves": curves,
    }


def _estimates(
    runs: Sequence[ObjectRun], calibration: Calibration
) -> dict[str, Any] | None:
    """Reliability of the estimated IoU; None if no object has a labelled pixel."""
    estimated = [calibration(steady) for run in runs for steady in run.steadiness]
    actual = [value for run in runs for value in run.ious[: len(run.steadiness)]]
    return reliability(estimated, actual) if estimated else None


def report(
    predictor: LoadedPredictor, rules: Rules, datasets: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """What a results file holds: numbers, model, protocol and versions.

    Args:
        predictor: The model that was examined.
        rules: How it was examined.
        datasets: ``dataset_result`` of every data set.
    """
    threshold = rules.policy("").threshold
    return {
        "datasets": dict(datasets),
        "config": predictor.config,
        "checkpoint_sha256": predictor.checkpoint_sha256,
        "protocol": rules.predictor,
        "rules": asdict(rules) | {"threshold": threshold},
        "versions": {
            "gpcis": gpcis_backend.__version__,
            "python": platform.python_version(),
            **{package: _version(package) for package in _PACKAGES},
        },
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a headless opencv goes by another name
        return "not installed"
