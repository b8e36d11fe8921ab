"""``gpcis eval``: the numbers of a table, as text, JSON and a plot."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpcis_backend.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpcis_backend.data.sample import Samples
    from gpcis_backend.inference.evaluate import LoadedPredictor, Rules

_COLUMNS = (
    ("noc@85", "NoC@85", ".2f"),
    ("noc@90", "NoC@90", ".2f"),
    ("nof@90", "NoF@90", ""),
    ("iou@1", "IoU&1", ".4f"),
    ("iou@5", "IoU&5", ".4f"),
    ("noic", "NoIC", "d"),
    ("seconds_per_click", "s/click", ".3f"),
    ("network_seconds_per_click", "network s/click", ".3f"),
    ("objects", "objects", "d"),
)


def evaluate(
    dataset: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=DIR",
            help="grabcut, berkeley, davis, or held-out of an instance folder; may be "
            "repeated.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="JSON file; the plot gets the same name with .png.")
    ] = Path("results.json"),
    max_clicks: Annotated[int, typer.Option(min=1, max=200)] = 20,
    predictor: Annotated[str, typer.Option(help="crop or zoom-flip.")] = "crop",
    threshold: Annotated[
        float | None, typer.Option(help="Of the mask; default: the protocol's own.")
    ] = None,
    clicks: Annotated[str, typer.Option(help="centre or random-inner.")] = "centre",
    seed: Annotated[int, typer.Option(min=0, help="Of random-inner clicks.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first objects of each set.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Weights; default: the shipped model.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Config of the weights, if they name none.")
    ] = None,
) -> None:
    """Measure a model with simulated clicks on published sets or held-out objects."""
    from gpcis_backend.inference.evaluate import Rules, report
    from gpcis_backend.inference.load import load_predictor

    rules = Rules(predictor, max_clicks, threshold, clicks, seed)
    datasets = open_datasets(dataset)
    plot = _claim(out)
    model = load_predictor(checkpoint, config)
    results = _run_all(model, datasets, rules, limit)
    write_json(out, report(model, rules, results))
    write_plot(plot, {name: result["mean_iou"] for name, result in results.items()})
    _print_table(results)
    typer.echo(f"Written: {out} and {plot}")


def open_datasets(named: list[str]) -> dict[str, Samples]:
    """The data sets of ``NAME=DIR`` words, every file of them read once.

    Raises:
        InvalidInput: A word of another form, an unknown or repeated name.
        DataNotFound: A set is missing, incomplete or damaged.
    """
    from gpcis_backend.data.benchmarks import HELD_OUT, open_dataset

    datasets: dict[str, Samples] = {}
    for word in named:
        name, equals, folder = word.partition("=")
        if not (equals and folder):
            raise InvalidInput(f'--dataset needs NAME=DIR, not "{word}".')
        path = Path(folder).expanduser()
        key = f"{name}/{path.absolute().name}" if name == HELD_OUT else name
        if key in datasets:
            raise InvalidInput(f'--dataset names "{key}" twice.')
        datasets[key] = open_dataset(name, path)
    for found in datasets.values():
        for index in range(len(found)):  # better now than after an hour of work
            found[index]
    return datasets


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` so that the file is whole or not there at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    text = json.dumps(content, indent=1, allow_nan=False)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)


def write_plot(path: Path, mean_ious: Mapping[str, list[float]]) -> None:
    """Draw the mean IoU of every data set against the number of clicks."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(6.4, 4), layout="constrained")
    axes = figure.subplots()
    for name, curve in mean_ious.items():
        axes.plot(range(1, len(curve) + 1), curve, marker=".", label=name)
    axes.axhline(0.90, color="grey", linewidth=0.8, linestyle="--")
    axes.set(xlabel="clicks", ylabel="mean IoU", title="Mean IoU against clicks")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=150, format="png")


def _run_all(
    model: LoadedPredictor,
    datasets: Mapping[str, Samples],
    rules: Rules,
    limit: int | None,
) -> dict[str, dict[str, Any]]:
    """Numbers and curves of every data set, with a progress bar each."""
    from rich.console import Console
    from rich.progress import track

    from gpcis_backend.inference.evaluate import dataset_result, evaluate_each

    console, results = Console(stderr=True), {}
    for name, samples in datasets.items():
        total = min(len(samples), limit or len(samples))
        each = evaluate_each(model, samples, rules, dataset=name, limit=limit)
        runs = list(track(each, name, total, console=console))
        results[name] = dataset_result(runs, rules.max_clicks, model.calibration)
    return results


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


def _print_table(results: Mapping[str, dict[str, Any]]) -> None:
    """Print one row for each data set; NoF as release / strict."""
    from rich.console import Console
    from rich.table import Table

    table = Table("set", *(title for _, title, _ in _COLUMNS))
    for name, result in results.items():
        cells = (_cell(result[key], form) for key, _, form in _COLUMNS)
        table.add_row(name, *cells)
    Console(width=120).print(table)


def _cell(value: object, form: str) -> str:
    if isinstance(value, dict):
        return f"{value['release']} / {value['strict']}"
    return "-" if value is None else format(value, form)
