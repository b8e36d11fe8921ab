"""What an annotator has drawn on a picture, as the mask that goes back."""

from dataclasses import replace

import numpy as np
from PIL.Image import Resampling, fromarray

from gpcis_backend.clicks.box import box_clicks, box_init
from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.consistency import obey_clicks
from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.answer import Answer
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import MAX_PIXELS
from gpcis_backend.inference.turns import Caller, Priority, Wait
from gpcis_backend.server.label_studio.brush import from_brush
from gpcis_backend.server.label_studio.prompt import Prompt

THRESHOLD = 0.5

_PATIENCE_S = 90
_LARGER = 16  # times as many pixels as the image has may be claimed
_SMALL = 4_000_000  # pixels that may always be claimed


def segment(
    engine: Engine, image_key: str, image: Image, prompt: Prompt
) -> tuple[Answer, tuple[Click, ...]]:
    """The answer at the size Label Studio knows the picture by, and the clicks in it.

    A rectangle counts as the clicks that stand for it, made before all others, and cuts
    the mask unless the annotator clicks outside; a brush region is the mask to start
    from.  The annotator's clicks are obeyed in the end, also after scaling.

    Args:
        engine: Makes the mask.
        image_key: Names the content of the image.
        image: Upright RGB.  (H, W, 3)
        prompt: What was drawn.

    Raises:
        InvalidInput: Too many clicks, a damaged brush region or an impossible size.
    """
    height, width, _ = image.shape
    own = _clicks(prompt, height, width)
    if prompt.rectangle is None:
        init = _init(prompt, height, width)
        answer = engine.segment(
            image_key, image, own, init=init, threshold=THRESHOLD, caller=_caller()
        )
        prob = answer.prob
    else:
        box = prompt.rectangle.to_box(height, width)
        init = _init(prompt, height, width)
        init = box_init(box, height, width) if init is None else init
        clicks = (*box_clicks(box, height, width), *own)
        answer = engine.segment(
            image_key, image, clicks, init=init, threshold=THRESHOLD, caller=_caller()
        )
        is_more = any(click.is_positive and not box.holds(click) for click in own)
        prob = answer.prob if is_more else box.clip(answer.prob)
        prob = obey_clicks(prob, own, THRESHOLD)
    size = _checked(prompt.size or (height, width), most=_LARGER * height * width)
    if size != (height, width):
        own = _clicks(prompt, *size)
        prob = obey_clicks(_resized(prob, *size), own, THRESHOLD)
    return replace(answer, prob=prob, mask=prob > THRESHOLD), own


def _caller() -> Caller:
    """Label Studio hangs up after 100 seconds; what was done till then is kept."""
    return Caller(Wait.at_most(Priority.REFINE, _PATIENCE_S))


def _clicks(prompt: Prompt, height: int, width: int) -> tuple[Click, ...]:
    return tuple(point.to_click(height, width) for point in prompt.points)


def _init(prompt: Prompt, height: int, width: int) -> Prob | None:
    """All brush regions together, at the image's size.  (height, width)."""
    init: Prob | None = None
    for rle, *size in prompt.brushes:
        mask = from_brush(rle, *_checked((size[0], size[1]))).astype(np.float32)
        region = _resized(mask, height, width)
        init = region if init is None else np.maximum(init, region)
    return init


def _resized(prob: Prob, height: int, width: int) -> Prob:
    if prob.shape == (height, width):
        return prob
    scaled = fromarray(prob).resize((width, height), Resampling.BILINEAR)
    return np.array(scaled, dtype=np.float32)  # (height, width)


def _checked(size: tuple[int, int], most: int = MAX_PIXELS) -> tuple[int, int]:
    """A size that memory allows, and that can belong to the image."""
    limit = min(MAX_PIXELS, max(most, _SMALL))
    if size[0] * size[1] > limit:
        raise InvalidInput(
            f"Label Studio says that the picture has {size[1]} x {size[0]} pixels; for "
            f"this image at most {limit / 1e6:g} megapixels are accepted. Import the "
            "image again."
        )
    return size
