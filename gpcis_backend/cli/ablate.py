"""``gpcis ablate``: one config without each of its ideas, at equal budgets."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import typer

from gpcis_backend.cli.packaged import packaged
from gpcis_backend.errors import GpcisError, InvalidInput

_CONFIG = Path("mmseg_configs/gpcis_lite0.py")


class _Run(NamedTuple):
    """One training: its files are ``place`` with a suffix each."""

    variant: str
    seed: int
    clicks: int
    place: Path

    def file(self, suffix: str) -> Path:
        return self.place.with_suffix(suffix)


def ablate(
    config: Annotated[
        Path, typer.Argument(help="mmseg config of a training with the GP head.")
    ] = _CONFIG,
    samples: Annotated[
        int, typer.Option(min=1, help="To learn from, in each run.")
    ] = 4000,
    side: Annotated[
        int | None,
        typer.Option(min=32, help="Of the training crops; default: the config's."),
    ] = None,
    seeds: Annotated[str, typer.Option(help="Comma-separated.")] = "0,1",
    variants: Annotated[
        str,
        typer.Option(help='Comma-separated, or "all"; default: Table 4 of the paper.'),
    ] = "",
    objects: Annotated[
        int, typer.Option(min=1, help="Held-out objects to measure on, at most.")
    ] = 120,
    clicks: Annotated[int, typer.Option(min=5, help="On each of them.")] = 10,
    out: Annotated[
        Path, typer.Option(help="Folder of configs, weights, curves and tables.")
    ] = Path("ablation"),
) -> None:
    """Train variants of CONFIG on the same samples; print what each idea is worth.

    Finished runs are kept: the same command goes on where it was stopped.
    """
    from gpcis_backend.mmseg_plugin.ablation import Budget, held_out_objects, run_config

    names, numbers = _names(variants), _numbers(seeds)
    budget, config = Budget(samples, side, objects, clicks), packaged(config)
    run_config(config, names[0], numbers[0], budget)  # before there is a folder
    out.mkdir(parents=True, exist_ok=True)
    runs = []
    for seed in numbers:
        for name in names:
            run = _Run(name, seed, clicks, out / f"{name}-{seed}")
            try:
                text = run_config(config, name, seed, budget).pretty_text
            except InvalidInput as error:
                if variants != "all" or name == names[0]:
                    raise
                typer.echo(f"  {name} is left out: {error}")
                continue
            _claim(run.file(".py"), text)
            runs.append(run)
    found = len(held_out_objects(runs[0].file(".py")))
    typer.echo(f"{len(runs)} runs of {samples} samples, {found} objects to measure on.")
    failed = [run for run in runs if not _done(run)]
    _tell(runs, names, clicks, out)
    if failed:
        logs = ", ".join(str(run.file(".log")) for run in failed)
        typer.echo(f"gpcis: {len(failed)} of {len(runs)} runs failed: {logs}", err=True)
        raise typer.Exit(1)


def _names(variants: str) -> list[str]:
    """The variants asked for, the reference first.

    Raises:
        InvalidInput: One of them does not exist.
    """
    from gpcis_backend.mmseg_plugin.variants import REFERENCE, TABLE_4, VARIANTS

    if variants == "all":
        return list(VARIANTS)
    names = [name.strip() for name in variants.split(",") if name.strip()]
    unknown = [name for name in names if name not in VARIANTS]
    if unknown:
        raise InvalidInput(
            f"--variants: {unknown[0]} is unknown; choose from {', '.join(VARIANTS)}."
        )
    return list(dict.fromkeys((REFERENCE, *(names or TABLE_4))))


def _numbers(seeds: str) -> list[int]:
    """The seeds asked for.

    Raises:
        InvalidInput: One is not a whole number of 0 or more.
    """
    words = [word.strip() for word in seeds.split(",") if word.strip()]
    if not words or not all(word.isdecimal() for word in words):
        raise InvalidInput(f'--seeds takes whole numbers such as 0,1, not "{seeds}".')
    return list(dict.fromkeys(int(word) for word in words))


def _claim(file: Path, text: str) -> None:
    """Write a run's config, or make sure that it is the one that is there.

    Raises:
        InvalidInput: Another one is there.
    """
    if not file.exists():
        file.write_text(text)
    elif file.read_text() != text:
        raise InvalidInput(
            f"{file} was made with other settings; repeat those or take another --out."
        )


def _done(run: _Run) -> bool:
    """Whether the run has its numbers, after making them where they are missing."""
    title = f"{run.variant}, seed {run.seed}"
    if run.file(".json").exists():
        typer.echo(f"  {title}: finished before")
        return True
    start = perf_counter()
    # a process of its own: no variant inherits random numbers, caches or memory
    child = multiprocessing.get_context("spawn").Process(target=_work, args=(run,))
    child.start()
    try:
        child.join()
    finally:
        child.terminate()
        child.join()
    is_done = child.exitcode == 0
    end = "done" if is_done else "failed"
    typer.echo(f"  {title}: {end} after {(perf_counter() - start) / 60:.1f} minutes")
    return is_done


def _work(run: _Run) -> None:
    """Train and measure, in the child; all that it prints goes to the run's log."""
    # Ctrl+C is the parent's business, who then ends us: once, and with a clean-up
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with run.file(".log").open("a") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
        try:
            _train(run)
            _measure(run)
        except GpcisError as error:
            sys.exit(f"gpcis: {error}")


def _train(run: _Run) -> None:
    """Write the run's weights, unless they are there."""
    from gpcis_backend.mmseg_plugin.ablation import train

    weights = run.file(".safetensors")
    if not weights.exists():
        draft = run.file(".part")
        train(run.file(".py"), draft)
        draft.rename(weights)


def _measure(run: _Run) -> None:
    """Write the curves of all held-out objects."""
    from gpcis_backend.evaluation.rules import Rules
    from gpcis_backend.inference.evaluate import evaluate_each
    from gpcis_backend.inference.load import load_predictor
    from gpcis_backend.mmseg_plugin.ablation import held_out_objects, num_learned

    config = run.file(".py")
    model = load_predictor(run.file(".safetensors"), config)
    objects = held_out_objects(config)
    rules = Rules(max_clicks=run.clicks)
    curves = [
        {"name": r.name, "iou": r.ious, "contradicted": r.contradicted}
        for r in evaluate_each(model, objects, rules, dataset="held-out")
    ]
    found = {
        "variant": run.variant,
        "seed": run.seed,
        "learned": num_learned(config),
        "curves": curves,
    }
    _write(run.file(".json"), found)


def _tell(runs: list[_Run], names: list[str], clicks: int, out: Path) -> None:
    """Print the table of all finished runs; write it as JSON and Markdown."""
    from gpcis_backend.inference.ablation import summary, to_markdown
    from gpcis_backend.mmseg_plugin.variants import REFERENCE, VARIANTS

    files = [run.file(".json") for run in runs]
    found = [_read(file) for file in files if file.exists()]
    titles = {name: VARIANTS[name].title for name in names}
    rows = summary(found, titles, REFERENCE, clicks)
    table = to_markdown(rows, REFERENCE)
    _write(out / "ablation.json", {"rows": rows})
    (out / "ablation.md").write_text(table)
    typer.echo(f"\n{table}\nIntervals: 95 %, over objects only. Written to {out}.")


def _read(file: Path) -> dict[str, Any]:
    """Of ``_measure``.

    Raises:
        InvalidInput: The file is damaged.
    """
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except ValueError as error:
        raise InvalidInput(
            f"{file} is damaged; delete it, and the run is measured anew."
        ) from error
    return found


def _write(file: Path, value: dict[str, Any]) -> None:
    """JSON that is there as a whole or not at all."""
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(value, indent=1) + "\n")
    draft.rename(file)
