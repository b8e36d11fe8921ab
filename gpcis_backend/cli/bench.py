"""``gpcis bench``: costs of GP, training, runtimes, Label Studio and the page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpcis_backend.cli.packaged import packaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpcis_backend.mmseg_plugin.benchmark import GPCost
    from gpcis_backend.server.label_studio.benchmark import BrushCost

_SIDES = (128, 256, 512, 1024, 2048)
_COUNTS = (1, 2, 5, 10, 20, 50)
_NUM_FEATURES = 256
_TRAINING = (256, 24)  # side in pixels, clicks on each image
_NO_SDK = (
    "  not compared with Label Studio's SDK: pass --sdk-python PATH, the Python of an\n"
    "  environment of its own where `pip install label-studio-sdk` was run\n"
)

_PAGE_ROWS = {
    "dot": "click to dot",
    "network": "  network, server",
    "model": "  model, queue",
    "decode": "  decoding",
    "paint": "  painting",
    "total": "click to first mask",
    "undo": "undo",
}


class Subject(StrEnum):
    """What is measured."""

    GP = "gp"
    TRAINING = "training"
    LABEL_STUDIO = "label-studio"
    UI = "ui"
    RUNTIME = "runtime"


def bench(
    subject: Annotated[Subject, typer.Argument(help="What to measure.")] = Subject.GP,
    checkpoint: Annotated[
        Path | None, typer.Option(help="GPCIS weights; default: the shipped model.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Of each timing.")] = 5,
    sdk_python: Annotated[
        Path | None,
        typer.Option(help="label-studio: Python that can import label_studio_sdk."),
    ] = None,
    image: Annotated[
        Path | None, typer.Option(help="label-studio: photo; default: a drawn one.")
    ] = None,
    clicks: Annotated[int, typer.Option(min=1, help="ui: how many.")] = 50,
    batch: Annotated[int, typer.Option(min=1, help="training: images.")] = 32,
    size: Annotated[
        int | None,
        typer.Option(min=32, help="runtime: of every view in pixels, without focus."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="training: also time its input pipeline and its network."),
    ] = None,
) -> None:
    """Print what was measured in this run."""
    if subject is Subject.RUNTIME:
        _bench_runtime(checkpoint, repeats, size)
    elif subject is Subject.GP:
        _bench_gp(checkpoint, repeats)
    elif subject is Subject.TRAINING:
        _bench_training(batch, repeats, config)
    elif subject is Subject.UI:
        _bench_page(checkpoint, clicks)
    else:
        _bench_brush(repeats, sdk_python)
        _bench_clicks(checkpoint, repeats, image)


def _bench_gp(checkpoint: Path | None, repeats: int) -> None:
    from gpcis_backend.inference.load import SHIPPED, require_checkpoint
    from gpcis_backend.mmseg_plugin import benchmark

    seconds = benchmark.heads(require_checkpoint(checkpoint or SHIPPED), repeats)
    typer.echo("Whole network, batch 1, 5 clicks, 384 px, float32, 1 thread")
    for name, value in seconds.items():
        typer.echo(f"  {name + ' head':<12}{1000 * value:9.1f} ms")
    typer.echo(f"  ratio       {seconds['gp'] / seconds['plain']:9.2f}x\n")
    for form, on_grid in (("on the grid", True), ("full", False)):
        costs = benchmark.gp_costs(_SIDES, _COUNTS, repeats, on_grid)
        typer.echo(f"GP alone, {form}: D=48, L={_NUM_FEATURES}")
        _print_costs(costs)
        slope = benchmark.exponent(costs[: len(_SIDES)])
        typer.echo(f"  exponent of time over pixels, 512 to 2048 px: {slope:.3f}\n")


def _bench_runtime(checkpoint: Path | None, repeats: int, size: int | None) -> None:
    import torch

    from gpcis_backend.clicks.zoom import CropZoom
    from gpcis_backend.inference.load import SHIPPED, require_checkpoint
    from gpcis_backend.server import runtime_benchmark as runtimes

    config = packaged(Path("mmseg_configs/ritm_hrnet18s.py"))
    costs = runtimes.runtime_costs(
        require_checkpoint(checkpoint or SHIPPED),
        config if config.is_file() else None,
        repeats,
        None if size is None else CropZoom(size),
    )
    look = f"at {size} px" if size else "paper and RITM at 384 px, others as made"
    peak = runtimes.flop_ceiling(repeats) / 1e9
    typer.echo(
        f"Third click, 1024 x 768, {look}, float32 unless named, batch 1, "
        f"{torch.get_num_threads()} threads, median of {repeats}, in ms\n"
        f"Ceiling of this machine: {peak:.0f} GFLOP/s (product of matrices, float32)\n"
    )
    stages = ("encode", "views", "network", "gp", "codec", "total")
    paper, ritm = costs[runtimes.PAPER_FORM], costs.get(runtimes.RITM)
    heads = "".join(f"{name:>9}" for name in (*stages, "/paper", "/RITM", "/plain"))
    typer.echo(f"  {'':<42}{heads}")
    for name, cost in costs.items():
        times = "".join(f"{1000 * cost[stage]:>9.2f}" for stage in stages)
        ratios = _ratio(cost, paper) + _ratio(cost, ritm)
        plain = costs.get(name + runtimes.PLAIN)
        # whose weights are random, and so its mask, which takes longer to encode
        ratios += _ratio(cost, plain, without="codec")
        typer.echo(f"  {name:<42}{times}{ratios}")


def _ratio(
    cost: dict[str, float], other: dict[str, float] | None, without: str = ""
) -> str:
    if other is None:
        return f"{'-':>9}"
    mine, theirs = (c["total"] - c.get(without, 0.0) for c in (cost, other))
    return f"{mine / theirs:>8.2f}x"


def _print_costs(costs: Sequence[GPCost]) -> None:
    typer.echo(f"  {'side':>6}{'clicks':>8}{'ms':>10}{'peak MB':>10}{'P x L MB':>10}")
    for cost in costs:
        peak = "-" if cost.peak_bytes is None else f"{cost.peak_bytes / 1e6:.0f}"
        full = cost.side**2 * _NUM_FEATURES * 4 / 1e6
        typer.echo(
            f"  {cost.side:>6}{cost.num_clicks:>8}{1000 * cost.seconds:>10.1f}"
            f"{peak:>10}{full:>10.0f}"
        )


def _bench_training(batch: int, repeats: int, config: Path | None) -> None:
    from gpcis_backend.mmseg_plugin import benchmark_training

    side, clicks = _TRAINING
    typer.echo(
        f"Training step of the GP alone, batch {batch}, {side} px, {clicks} clicks, "
        "float32, 1 thread"
    )
    typer.echo(
        f"  {'':<14}{'CPU s':>8}{'faster':>9}{'peak MB':>10}{'share':>8}{'loss':>11}"
    )
    costs = benchmark_training.training_costs(batch, side, clicks, repeats)
    plain = costs[0]
    for cost in costs:
        peak = share = "-"
        if cost.peak_bytes is not None and plain.peak_bytes:
            peak = f"{cost.peak_bytes / 1e6:.0f}"
            share = f"{cost.peak_bytes / plain.peak_bytes:.2f}"
        faster = f"{plain.seconds / cost.seconds:.2f}x"
        typer.echo(
            f"  {cost.name:<14}{cost.seconds:>8.2f}{faster:>9}"
            f"{peak:>10}{share:>8}{cost.loss:>11.6f}"
        )
    if config is not None:
        speeds = benchmark_training.speeds(config)
        typer.echo(f"\n{config}, samples a second")
        typer.echo(f"  input pipeline, one process  {speeds.pipeline.per_second:8.1f}")
        typer.echo(f"  network, whole steps         {speeds.network_per_second:8.1f}")


def _bench_brush(repeats: int, sdk_python: Path | None) -> None:
    from gpcis_backend.server.label_studio import benchmark

    masks = benchmark.benchmark_masks()
    chosen = list(masks.values())
    height, width = chosen[0].shape
    typer.echo(f"Brush RLE, {width} x {height}, best of {repeats}")
    ours = benchmark.brush_costs(chosen, repeats)
    for name, cost in zip(masks, ours, strict=True):
        _print_brush("ours", name, cost)
    if sdk_python is None:
        typer.echo(_NO_SDK)
        return
    theirs = benchmark.sdk_brush_costs(sdk_python, chosen, repeats)
    for name, cost, own in zip(masks, theirs, ours, strict=True):
        _print_brush("SDK", name, cost)
        same = "the same" if cost.code == own.code else "OTHER"
        typer.echo(
            f"  SDK / ours  {'':<12}{cost.encode / own.encode:>9.1f}x   "
            f"{cost.decode / own.decode:>9.1f}x      {same} bytes"
        )
    typer.echo()


def _print_brush(whose: str, name: str, cost: BrushCost) -> None:
    typer.echo(
        f"  {whose:<12}{name:<12}encode {1000 * cost.encode:>9.2f} ms   "
        f"decode {1000 * cost.decode:>9.2f} ms   {len(cost.code):>7} bytes"
    )


def _bench_clicks(checkpoint: Path | None, repeats: int, image: Path | None) -> None:
    from gpcis_backend.inference.images import read_image
    from gpcis_backend.inference.load import load_predictor
    from gpcis_backend.mmseg_plugin.threads import one_thread
    from gpcis_backend.server.label_studio import benchmark

    pixels = benchmark.benchmark_image() if image is None else read_image(image)
    predictor = load_predictor(checkpoint, None)
    with one_thread():
        warm, replayed = benchmark.second_click(predictor, pixels, repeats)
        costs = benchmark.request_costs(predictor, pixels, repeats)
    size = f"{pixels.shape[1]} x {pixels.shape[0]}"
    typer.echo(f"Second click, {size}, best of {repeats}, 1 thread")
    typer.echo(f"  first click known     {1000 * warm:9.1f} ms")
    typer.echo(f"  both clicks replayed  {1000 * replayed:9.1f} ms")
    typer.echo(f"  ratio                 {replayed / warm:9.2f}x\n")
    typer.echo(f"POST /predict beside drafts, {size}, best of {repeats}, 1 thread")
    typer.echo(
        f"  {'body KB':>8}{'new click ms':>14}{'ratio':>8}{'again ms':>14}{'ratio':>8}"
    )
    for cost in costs:
        typer.echo(
            f"  {cost.num_bytes / 1000:>8.1f}"
            f"{1000 * cost.new:>14.1f}{cost.new / costs[0].new:>8.2f}"
            f"{1000 * cost.known:>14.1f}{cost.known / costs[0].known:>8.2f}"
        )


def _bench_page(checkpoint: Path | None, num_clicks: int) -> None:
    import numpy as np

    from gpcis_backend.server.model_slot import load_engine
    from gpcis_backend.server.page_benchmark import ClickCost, page_costs
    from gpcis_backend.server.settings import Settings

    runtime = Settings.from_env().runtime
    costs = page_costs(load_engine(checkpoint, None, runtime=runtime), num_clicks)
    rows = dict(zip(ClickCost._fields, zip(*costs.clicks, strict=True), strict=True))
    typer.echo(f"The page in Chromium, {num_clicks} clicks on the first sample, in ms")
    typer.echo(f"  {'':<22}{'p50':>9}{'p95':>9}")
    for name, values in {**rows, "undo": costs.undos}.items():
        middle, high = np.percentile(values, (50, 95))
        typer.echo(f"  {_PAGE_ROWS[name]:<22}{middle:>9.1f}{high:>9.1f}")
