"""One object under the rules: click until nothing is wrong, measure every step."""

import base64
import io
from collections.abc import Callable
from time import perf_counter

from PIL import Image as PillowImage

from gpcis_backend.clicks.click import BoolMask, Image
from gpcis_backend.clicks.rollout import Predict, Step, simulate
from gpcis_backend.data.sample import Sample
from gpcis_backend.evaluation.rules import Rules
from gpcis_backend.metrics import ObjectRun, iou, steadiness


def run_object(
    read: Callable[[], Sample],
    bind: Callable[[Image], Predict],
    rules: Rules,
    dataset: str,
) -> ObjectRun:
    """Click one object until nothing is wrong or all clicks are used.

    An object without any labelled pixel is right from the start: IoU 1 at click 1.
    Masks are taken as the network gives them: nothing forces a clicked pixel to its
    side.

    Args:
        read: Gives the sample.
        bind: The model, made ready for an image.
        rules: How to examine.
        dataset: Its name, which sets the network size of zoom-flip on DAVIS.
    """
    start = perf_counter()
    sample, zoom = read(), rules.policy(dataset)
    before = perf_counter()
    predict = bind(sample.image)
    network_seconds = perf_counter() - before
    steps: list[Step] = []
    steady: list[float] = []
    for step in simulate(
        sample.truth,
        sample.void,
        predict,
        zoom,
        score=iou,
        threshold=zoom.threshold,
        max_clicks=rules.max_clicks,
        choose=rules.annotator(sample.name),
    ):
        steps.append(step)
        steady.append(steadiness(step.prob, zoom.threshold))
    seconds = perf_counter() - start
    return ObjectRun(
        sample.name,
        tuple(step.iou for step in steps) or (1.0,),
        tuple(step.num_contradicted for step in steps) or (0,),
        network_seconds + sum(step.network_seconds for step in steps),
        seconds,
        tuple(steady),
        tuple((s.click.row, s.click.col, s.click.label) for s in steps),
        to_png(steps[-1].prob > zoom.threshold) if steps else "",
    )


def to_png(mask: BoolMask) -> str:
    """The mask as a PNG of one bit a pixel, in base64.  (H, W)."""
    buffer = io.BytesIO()
    PillowImage.fromarray(mask).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()
