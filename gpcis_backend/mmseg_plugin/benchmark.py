"""What the GP costs, as ratios within one run; the command line prints them.

Every timing is the median of interleaved repeats, so that a noisy machine disturbs all
candidates alike.  Nothing here is a test.
"""

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.errors import InvalidInput
from gpcis_backend.gp.classifier import GPClassifier
from gpcis_backend.gp.presets import preset
from gpcis_backend.gp.system import Clicks
from gpcis_backend.mmseg_plugin.build import bake, build_model, load_model
from gpcis_backend.mmseg_plugin.checkpoint import read_checkpoint
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor
from gpcis_backend.mmseg_plugin.threads import one_thread

_SIDE, _CLICKS = 384, 5
_NOISE_VAR = 1e-7


class GPCost(NamedTuple):
    """One run of the GP alone."""

    side: int
    num_clicks: int
    seconds: float
    peak_bytes: int | None  # above what was held before; None where unknown


def heads(checkpoint: Path, repeats: int) -> dict[str, float]:
    """Seconds of one forward pass with the GP head and with the plain head.

    Both networks share backbone, decoder and click branch: batch 1, 5 clicks, 384 px,
    float32, one thread.

    Args:
        checkpoint: Of a GPCIS model that carries its settings.
        repeats: Of each.

    Raises:
        InvalidInput: It is of something else.
    """
    models = {"plain": plain_twin(checkpoint), "gp": load_model(checkpoint)}
    return medians({name: _forward(model) for name, model in models.items()}, repeats)


def plain_twin(checkpoint: Path) -> ClickSegmentor:
    """The same network with a plain head and random weights.

    Args:
        checkpoint: Of a GPCIS model that carries its settings.

    Raises:
        InvalidInput: It is of something else.
    """
    settings, _ = read_checkpoint(checkpoint)
    head = (settings or {}).get("decode_head", {})
    if settings is None or head.get("type") != "GPCHead":
        raise InvalidInput(
            f"{checkpoint} is no GPCIS model that carries its settings: pass "
            "--checkpoint FILE.safetensors of gpcis publish."
        )
    plain = {"type": "PlainHead", "decoder": head["decoder"], "hidden": (48,)}
    return bake(build_model({**settings, "decode_head": plain}))


def gp_costs(
    sides: Sequence[int], counts: Sequence[int], repeats: int, on_grid: bool
) -> list[GPCost]:
    """The GP alone, at 5 clicks over image sides, then at 384 px over click counts."""
    runs = [(side, _CLICKS) for side in sides] + [(_SIDE, n) for n in counts]
    calls = {run: _gp_call(*run, on_grid) for run in runs}
    seconds = medians(calls, repeats)
    return [GPCost(*run, seconds[run], peak_memory(calls[run])) for run in runs]


def exponent(costs: Sequence[GPCost], least_side: int = 512) -> float:
    """Slope of log time over log pixels: 1 is linear."""
    large = [cost for cost in costs if cost.side >= least_side]
    pixels = np.log([cost.side**2 for cost in large])
    slope: float = np.polyfit(pixels, np.log([c.seconds for c in large]), 1)[0]
    return slope


def medians(
    calls: dict[Any, Callable[[], Any]],
    repeats: int,
    clock: Callable[[], float] = perf_counter,
) -> dict[Any, float]:
    """Median seconds of each call, taken in turns, after one warm-up each."""
    seconds: dict[Any, list[float]] = {name: [] for name in calls}
    with one_thread():
        for call in calls.values():
            call()
        for _ in range(repeats):
            for name, call in calls.items():
                start = clock()
                call()
                seconds[name].append(clock() - start)
    return {name: median(values) for name, values in seconds.items()}


def peak_memory(call: Callable[[], Any]) -> int | None:
    """Bytes that a call needs at most beyond what is held before it; Linux only."""
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what was freed must not hide new needs
        Path("/proc/self/clear_refs").write_text("5")  # resets the high-water mark
        before = _status("VmRSS")
        call()
        return max(0, _status("VmHWM") - before)
    except (OSError, AttributeError):  # no Linux, no glibc
        return None


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(key))
    return int(line.split()[1]) * 1024


def _forward(model: ClickSegmentor) -> Callable[[], Any]:
    rng = torch.Generator().manual_seed(0)
    image = torch.randn(1, 3, _SIDE, _SIDE, generator=rng)
    prev = torch.rand(1, 1, _SIDE, _SIDE, generator=rng)
    spots = torch.randint(0, _SIDE, (_CLICKS, 2), generator=rng).tolist()
    rows = [(*spot, 1 if i % 2 == 0 else -1) for i, spot in enumerate(spots)]
    clicks = ClickBatch.from_rows([rows], "cpu")

    def call() -> None:
        with torch.no_grad():
            model.click_logits(image, prev, clicks)

    return call


def _gp_call(side: int, num_clicks: int, on_grid: bool) -> Callable[[], Any]:
    rng = torch.Generator().manual_seed(0)
    gp = GPClassifier(48, 256, preset("gpcis", on_grid=on_grid))
    feats = torch.randn(1, 48, side // 4, side // 4, generator=rng)
    feats = F.normalize(feats, dim=1)
    colours = torch.randn(1, 3, side, side, generator=rng)
    order = torch.arange(num_clicks)[None].float()
    clicks = Clicks(
        torch.randint(0, side, (1, num_clicks, 2), generator=rng).float(),
        1 - 2 * (order % 2),
        order,
    )

    def call() -> None:
        with torch.no_grad():
            gp(feats, colours, clicks, noise_var=_NOISE_VAR)

    return call
