"""``gpcis eval``: the numbers of a table, as text, JSON and a plot."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpcis_backend.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpcis_backend.evaluation.plan import Plan
    from gpcis_backend.inference.evaluate import ExaminedSet, LoadedPredictor, Task
    from gpcis_backend.inference.parallel import Load
    from gpcis_backend.metrics import ObjectRun

_SAID = {"run", "model", "rules", "parameters"}  # above the tables, once


def evaluate(
    dataset: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=DIR",
            help="grabcut, berkeley, davis, sbd, voc, coco_lvis, or held-out of an "
            "instance folder; may be repeated.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="JSON file; the plot gets the same name with .png.")
    ] = Path("results.json"),
    max_clicks: Annotated[
        int, typer.Option(min=1, max=200, help="100 for NoC100 and NoF100 as well.")
    ] = 20,
    predictor: Annotated[str, typer.Option(help="crop or zoom-flip.")] = "crop",
    threshold: Annotated[
        float | None, typer.Option(help="Of the mask; default: the protocol's own.")
    ] = None,
    clicks: Annotated[
        str, typer.Option(help="centre, random-inner or deciles (a stand-in).")
    ] = "centre",
    seed: Annotated[int, typer.Option(min=0, help="Of the clicks drawn.")] = 0,
    draws: Annotated[
        int,
        typer.Option(
            min=1, max=100, help="Of random-inner clicks, compared with centre clicks."
        ),
    ] = 1,
    size: Annotated[
        int | None,
        typer.Option(min=32, help="Of the network input in pixels; default: its own."),
    ] = None,
    late_size: Annotated[
        int | None,
        typer.Option(
            min=32,
            help="The same from the fifth click on, without focus; default: --size if "
            "given, else its own.",
        ),
    ] = None,
    focus: Annotated[
        bool | None, typer.Option(help="Look closer at each change; default: its own.")
    ] = None,
    noise_var: Annotated[
        float | None, typer.Option(help="ε² of the GP; default: the model's own.")
    ] = None,
    noise_vars: Annotated[
        str | None,
        typer.Option(
            metavar="LIST", help="ε² to try besides: 1e-2,1e-4, or all (1e-1 ... 1e-7)."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first objects of each set.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Weights; default: the shipped model.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Config of the weights, if they name none.")
    ] = None,
) -> None:
    """Measure a model with simulated clicks on published sets or held-out objects.

    A run that was stopped goes on where it was when it is called again.
    """
    from gpcis_backend.evaluation.plan import to_noise_vars, to_plan
    from gpcis_backend.evaluation.results import report, write_json
    from gpcis_backend.evaluation.rules import Rules
    from gpcis_backend.inference.evaluate import examined_model
    from gpcis_backend.inference.load import load_predictor
    from gpcis_backend.inference.predictor import own_zoom
    from gpcis_backend.inference.report.plots import iou_against_clicks, save

    words = (predictor, max_clicks, threshold, clicks, seed, noise_var)
    rules = Rules(*words, size=size, with_focus=focus, late_size=late_size)
    varied = to_noise_vars(noise_vars)
    to_plan(rules, noise_vars=varied, draws=draws)  # before the work
    plot = _claim(out)
    sets = open_datasets(dataset, limit)
    load = partial(load_predictor, checkpoint, config)
    model = load()
    if model.noise_var is None and (varied or noise_var is not None):
        raise InvalidInput(
            f"{model.config} is no Gaussian process: leave out --noise-var and "
            "--noise-vars."
        )
    rules = rules.completed(model.noise_var, own_zoom(model))
    plan = to_plan(rules, noise_vars=varied, draws=draws)
    results = _examine(model, load, sets, plan, jobs, out)
    content = report(examined_model(model), plan, results, jobs)
    write_json(out, content)
    save(iou_against_clicks(content["datasets"]), plot)
    _journal(out).unlink(missing_ok=True)
    _print_tables(content)
    typer.echo(f"Written: {out} and {plot}")


def open_datasets(named: list[str], limit: int | None = None) -> dict[str, ExaminedSet]:
    """The data sets of ``NAME=DIR`` words, every file to be used read once.

    Args:
        named: The words.
        limit: Of objects in each set.

    Raises:
        InvalidInput: A word of another form, an unknown or repeated name.
        DataNotFound: A set is missing, incomplete or damaged.
    """
    from gpcis_backend.data.benchmarks import HELD_OUT, open_dataset
    from gpcis_backend.inference.evaluate import read_set

    places: dict[str, tuple[str, Path]] = {}
    for word in named:
        name, equals, folder = word.partition("=")
        if not (equals and folder):
            raise InvalidInput(f'--dataset needs NAME=DIR, not "{word}".')
        path = Path(folder).expanduser()
        key = f"{name}/{path.absolute().name}" if name == HELD_OUT else name
        if key in places:
            raise InvalidInput(f'--dataset names "{key}" twice.')
        places[key] = name, path
    found = {key: (open_dataset(*place), place[1]) for key, place in places.items()}
    return {
        key: read_set(samples, path.absolute(), limit)
        for key, (samples, path) in found.items()
    }


def _examine(
    model: LoadedPredictor,
    load: Load,
    sets: Mapping[str, ExaminedSet],
    plan: Plan,
    jobs: int,
    out: Path,
) -> dict[str, dict[str, Any]]:
    """Numbers and curves of every data set; what the journal holds is kept."""
    from rich.console import Console
    from rich.progress import track

    from gpcis_backend.inference.evaluate import examined_model, in_order, tasks_of
    from gpcis_backend.inference.journal import Journal

    tasks = tasks_of(sets, plan)
    with Journal(_journal(out), examined_model(model), sets) as journal:
        done = {task: run for task in tasks if (run := journal.find(task))}
        if done:
            typer.echo(f"Going on: {len(done)} of {len(tasks)} runs are done.")
        left = [task for task in tasks if task not in done]
        runs = _running(model, load, sets, left, jobs)
        console = Console(stderr=True)
        for task, run in track(runs, "objects", len(left), console=console):
            journal.add(task, run)
            done[task] = run
    return {
        name: plan.result(in_order(done, name, examined, plan), model.calibration)
        | {"dir": str(examined.folder)}
        for name, examined in sets.items()
    }


def _running(
    model: LoadedPredictor,
    load: Load,
    sets: Mapping[str, ExaminedSet],
    tasks: Sequence[Task],
    jobs: int,
) -> Iterator[tuple[Task, ObjectRun]]:
    """The runs of the tasks as they are finished."""
    from gpcis_backend.inference.parallel import run_here, run_in_processes

    samples = {name: examined.samples for name, examined in sets.items()}
    if jobs == 1 or len(tasks) < 2:
        return run_here(model, samples, tasks)
    return run_in_processes(load, samples, tasks, jobs)


def _journal(out: Path) -> Path:
    from gpcis_backend.inference.journal import journal_path

    return journal_path(out)


def _claim(out: Path) -> Path:
    """Make room for the results; the path of the plot.

    Raises:
        InvalidInput: The results cannot be written there.
    """
    plot = out.with_suffix(".png")
    if plot == out or out.is_dir():
        raise InvalidInput(f"--out must be a JSON file, not {out}.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error}.") from error
    if not os.access(out.parent, os.W_OK):
        raise InvalidInput(f"{out} cannot be written: {out.parent} is read-only.")
    return plot


def _print_tables(content: Mapping[str, Any]) -> None:
    """Print all tables that a results file has numbers for."""
    from rich.console import Console
    from rich.table import Table

    from gpcis_backend.inference.report.runs import to_run
    from gpcis_backend.inference.report.tables import tables

    run, console = to_run(content, "this run"), Console(width=120)
    millions = run.parameters / 1e6
    console.print(f"{run.config}, {millions:.2f} M parameters; {run.protocol()}")
    for table in tables([run]):
        kept = [n for n, title in enumerate(table.header) if title not in _SAID]
        console.print(table.title)
        shown = Table()
        for number in kept:
            shown.add_column(table.header[number])
        for row in table.rows:
            shown.add_row(*(row[number] for number in kept))
        console.print(shown)
