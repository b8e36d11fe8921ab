"""What answering Label Studio costs, as ratios within one run; the command prints them.

Every timing is the best of its repeats.  Nothing here is a test.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from PIL import Image as PillowImage
from scipy.ndimage import gaussian_filter

from gpcis_backend.clicks.click import BoolMask, Click, Image
from gpcis_backend.errors import InvalidInput, ModelUnavailable
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.predictor import Predictor
from gpcis_backend.server.app import create_app
from gpcis_backend.server.label_studio import sdk_brush
from gpcis_backend.server.label_studio.brush import from_brush, to_brush
from gpcis_backend.server.label_studio.fetching.fetch import FetchRules
from gpcis_backend.server.label_studio.sdk_brush import best
from gpcis_backend.server.library.memory import ImageStore
from gpcis_backend.server.model_slot import ModelSlot
from gpcis_backend.server.settings import Settings

BODY_BYTES = (1_000, 26_000, 1_000_000, 5_000_000)
_CONFIG = """<View><Image name="image" value="$image"/>
<KeyPointLabels name="kp" toName="image" smart="true"><Label value="A"/>
</KeyPointLabels><BrushLabels name="mask" toName="image"><Label value="A"/>
</BrushLabels></View>"""


class BrushCost(NamedTuple):
    """The brush code of one mask, and the seconds to write and to read it."""

    code: list[int]
    encode: float
    decode: float
    is_mask: bool  # what was read is what was written


class RequestCost(NamedTuple):
    """Seconds of a ``/predict`` call."""

    num_bytes: int  # of its body
    new: float  # its click is a new one
    known: float  # the same call again


def benchmark_masks(height: int = 1500, width: int = 2000) -> dict[str, BoolMask]:
    """A mask with few runs and one with many, by name.  (height, width)."""
    noise = np.random.default_rng(0).standard_normal((height, width))
    return {
        "smooth disc": _disc(height, width),
        "ragged": gaussian_filter(noise, 5.1) > 0,
    }


def benchmark_image(height: int = 600, width: int = 800) -> Image:
    """A bright disc on cloudy ground, where no photograph is given.  (H, W, 3)."""
    noise = np.random.default_rng(0).standard_normal((height, width, 3))
    ground = 90 + 900 * gaussian_filter(noise, (12, 12, 0))
    ground[_disc(height, width)] += 80
    image: Image = np.clip(ground, 0, 255).astype(np.uint8)
    return image


def brush_costs(masks: Sequence[BoolMask], repeats: int) -> list[BrushCost]:
    """What our brush code costs."""
    return [_brush_cost(mask, repeats) for mask in masks]


def sdk_brush_costs(
    python: Path, masks: Sequence[BoolMask], repeats: int
) -> list[BrushCost]:
    """What the brush code of Label Studio's SDK costs, in a process of its own.

    Args:
        python: Interpreter that can import ``label_studio_sdk``.
        masks: To be coded.
        repeats: Of each timing.

    Raises:
        InvalidInput: The interpreter cannot import it.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "masks.npz"
        np.savez(file, *masks)
        # -I: the modules beside the script are not meant for that interpreter
        command = [str(python), "-I", sdk_brush.__file__, str(file), str(repeats)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InvalidInput(
            f"{python} cannot time Label Studio's SDK ({reason}): name the Python of "
            "an environment where label-studio-sdk is installed."
        )
    return [BrushCost(**answer) for answer in json.loads(done.stdout)]


def second_click(
    predictor: Predictor, image: Image, repeats: int
) -> tuple[float, float]:
    """Seconds of a second click, with the first one's state at hand and without.

    The image is encoded before in both cases.
    """
    height, width, _ = image.shape
    clicks = (
        Click(height // 2, width // 2, is_positive=True),
        Click(height // 8, width // 8, is_positive=False),
    )

    def seconds(known: int) -> float:
        engine = Engine(predictor)
        engine.prepare("image", image)
        engine.segment("image", image, clicks[:known])
        return best(lambda: engine.segment("image", image, clicks), 1)[0]

    seconds(1)
    pairs = [(seconds(1), seconds(0)) for _ in range(repeats)]
    warm, replayed = (min(column) for column in zip(*pairs, strict=True))
    return warm, replayed


def request_costs(
    predictor: Predictor, image: Image, repeats: int
) -> list[RequestCost]:
    """What a click costs beside small and large drafts in the same task.

    Raises:
        ModelUnavailable: The server cannot answer, as without label-studio-ml.
    """
    drafts = [_drafts(num_bytes, *image.shape[:2]) for num_bytes in BODY_BYTES]
    places = (100 * (0.618034 * step % 1) for step in count(1))  # no two alike
    costs: list[list[RequestCost]] = [[] for _ in drafts]
    with _predict_calls(predictor, image) as call:
        call(_body(next(places), []))  # decodes and encodes the image
        for _ in range(repeats):
            for own, draft in zip(costs, drafts, strict=True):
                body = _body(next(places), draft)
                new, known = (best(partial(call, body), 1)[0] for _ in "12")
                own.append(RequestCost(len(body), new, known))
    return [RequestCost(*map(min, zip(*own, strict=True))) for own in costs]


def _disc(height: int, width: int) -> BoolMask:
    rows, cols = np.mgrid[:height, :width]
    disc: BoolMask = np.hypot(rows - height / 2, cols - width / 2) < height / 3
    return disc


def _brush_cost(mask: BoolMask, repeats: int) -> BrushCost:
    encode, code = best(lambda: to_brush(mask), repeats)
    decode, read = best(lambda: from_brush(code, *mask.shape), repeats)
    return BrushCost(code, encode, decode, np.array_equal(read, mask))


@contextmanager
def _predict_calls(
    predictor: Predictor, image: Image
) -> Iterator[Callable[[bytes], None]]:
    """Calls of an application that finds the image on its disk."""
    with TemporaryDirectory() as folder:
        PillowImage.fromarray(image).save(Path(folder) / "image.png")
        settings = Settings(fetch=FetchRules(local_root=Path(folder)))
        model, store = ModelSlot.holding(Engine(predictor)), ImageStore(0)
        client = create_app(settings, model, store).test_client()

        def call(body: bytes) -> None:
            answer = client.post("/predict", data=body, content_type="application/json")
            if answer.status_code != 200:
                raise ModelUnavailable(f"/predict answered: {answer.text.strip()}")

        yield call


def _body(x: float, drafts: list[dict[str, Any]]) -> bytes:
    """A click at ``x`` percent of the middle row."""
    click = {
        **_tags("kp", "keypointlabels"),
        "value": {"x": x, "y": 50.0, "width": 0.3, "keypointlabels": ["A"]},
        "is_positive": True,
    }
    image = {"image": "/data/local-files/?d=image.png"}
    body = {
        "tasks": [{"id": 1, "data": image, "drafts": [{"result": drafts}]}],
        "project": "1.1",
        "label_config": _CONFIG,
        "params": {"login": None, "password": None, "context": {"result": [click]}},
    }
    return json.dumps(body).encode().ljust(BODY_BYTES[0])


def _drafts(num_bytes: int, height: int, width: int) -> list[dict[str, Any]]:
    """As many smooth brush regions as a body of about ``num_bytes`` holds."""
    rle = to_brush(_disc(height, width))
    region = {
        **_tags("mask", "brushlabels"),
        "value": {"format": "rle", "rle": rle, "brushlabels": ["A"]},
        "original_width": width,
        "original_height": height,
    }
    left = num_bytes - len(_body(50.0, []))
    return [region] * max(0, round(left / len(json.dumps(region))))


def _tags(from_name: str, kind: str) -> dict[str, Any]:
    return {"from_name": from_name, "to_name": "image", "type": kind, "id": "a1"}
