"""``gpcis finetune``: a model that has learned from your own labelled pictures."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpcis_backend.cli.packaged import packaged
from gpcis_backend.errors import InvalidInput

if TYPE_CHECKING:
    from gpcis_backend.data.objects import SingleObjects
    from gpcis_backend.data.small_sets import Split
    from gpcis_backend.mmseg_plugin.finetune import Recipe

_CONFIG = Path("mmseg_configs/gpcis_lite0_finetune.py")
_MIN_AREA = 80  # pixels; nothing smaller is learned from
_CLICKS, _MOST_OBJECTS = 10, 40  # of a measurement, so that it takes half a minute
_NUM_LINES = 10  # of progress
_COLUMNS = (  # key, title, decimals, whether more is better
    ("noc@90", "NoC@90", 2, False),
    ("iou@1", "IoU&1", 3, True),
    ("iou@5", "IoU&5", 3, True),
)


def finetune(
    data: Annotated[
        Path,
        typer.Option(help="Holds train/SET/img and inst, or img and inst."),
    ],
    config: Annotated[
        Path, typer.Argument(help="mmseg config of the training.")
    ] = _CONFIG,
    out: Annotated[Path, typer.Option(help="New .safetensors file.")] = Path(
        "finetuned.safetensors"
    ),
    checkpoint: Annotated[
        Path | None, typer.Option(help="To start from; default: the config's.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="To learn from; default: the config's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of all draws.")] = None,
) -> None:
    """Fine-tune the shipped model on a few labelled pictures, in CPU minutes."""
    from gpcis_backend.data.small_sets import split_sets
    from gpcis_backend.mmseg_plugin.finetune import Recipe

    _check(out)
    recipe = Recipe(packaged(config), data, checkpoint, samples, seed)
    split = split_sets(data)
    held_out = _objects(split, data)
    start = recipe.start()
    before = _measure(start, recipe.config, held_out, "Before")
    draft = out.with_name(f".{out.stem}.{os.getpid()}{out.suffix}")
    try:
        _learn(recipe, start, draft)
        after = _measure(draft, None, held_out, "After")
        _claim(draft, out)
    finally:
        draft.unlink(missing_ok=True)
    _compare(before, after)
    typer.echo(f"Written: {out}. Try it: gpcis serve --checkpoint {out}")


def _check(out: Path) -> None:
    """Refuse before the work what would fail after it."""
    if out.suffix != ".safetensors":
        raise InvalidInput(f"--out must end in .safetensors, not {out}.")
    if out.exists():
        raise InvalidInput(f"{out} exists and is not overwritten; choose a new --out.")
    if not out.absolute().parent.is_dir():
        raise InvalidInput(f"The folder of --out does not exist: {out.parent}.")
    if not os.access(out.absolute().parent, os.W_OK):
        raise InvalidInput(f"{out} cannot be written: its folder is read-only.")


def _objects(split: Split, data: Path) -> SingleObjects:
    """Held-out objects, after saying how many pictures there are for what.

    Raises:
        InvalidInput: There is nothing to learn from.
    """
    from gpcis_backend.data.objects import single_objects

    train = single_objects(split.train, min_area=_MIN_AREA)
    held_out = single_objects(split.held_out, min_area=_MIN_AREA, limit=_MOST_OBJECTS)
    if not train:
        raise InvalidInput(
            f"No object of {_MIN_AREA} pixels or more in {data}; label some first."
        )
    counts = [
        len({image for folder in part for image, _ in folder.pairs})
        for part in (split.train, split.held_out)
    ]
    typer.echo(
        f"{counts[0]} pictures with {len(train)} objects to learn from; "
        f"{counts[1]} pictures held out to measure {len(held_out)} objects on."
    )
    return held_out


def _measure(
    checkpoint: Path, config: Path | None, objects: SingleObjects, when: str
) -> dict[str, Any] | None:
    """Numbers on the held-out objects; None if there are none."""
    from gpcis_backend.evaluation.rules import Rules
    from gpcis_backend.inference.evaluate import evaluate_each
    from gpcis_backend.inference.load import load_predictor
    from gpcis_backend.metrics import table_row

    if not objects:
        return None
    rules = Rules(max_clicks=_CLICKS)
    model = load_predictor(checkpoint, config)
    typer.echo(f"{when}: clicking {len(objects)} held-out objects ...")
    runs = evaluate_each(model, objects, rules, dataset="held-out")
    return table_row(list(runs), _CLICKS)


def _learn(recipe: Recipe, start: Path, draft: Path) -> None:
    """Train, a line of progress for every tenth of the way."""
    from gpcis_backend import __version__
    from gpcis_backend.mmseg_plugin.finetune import finetune as train

    begin, said = perf_counter(), 0

    def watch(done: int, total: int, loss: float) -> None:
        nonlocal said
        if done * _NUM_LINES // total > said:
            said = done * _NUM_LINES // total
            left = (perf_counter() - begin) * (total - done) / done
            typer.echo(f"  {done} of {total} steps, loss {loss:.2f}, {left:.0f} s left")

    typer.echo("Learning; Ctrl+C stops and leaves nothing behind.")
    notes = {
        "gpcis_version": __version__,
        "config": recipe.config.name,
        "started_from": start.name,
    }
    train(recipe, start, draft, notes, watch)


def _claim(draft: Path, out: Path) -> None:
    """Give the draft its name, unless a file took it in the meantime."""
    _check(out)
    draft.rename(out)


def _compare(before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Print both rows and what they mean."""
    if before is None or after is None:
        typer.echo(
            "Whether it got better cannot be measured: that takes pictures held out "
            "from learning, and thus six labelled pictures or more."
        )
        return
    typer.echo(" " * 8 + "".join(f"{title:>9}" for _, title, _, _ in _COLUMNS))
    for name, row in (("before", before), ("after", after)):
        cells = "".join(f"{row[key]:>9.{digits}f}" for key, _, digits, _ in _COLUMNS)
        typer.echo(f"{name:<8}{cells}")
    gains = [
        (after[key] - before[key]) * (1 if is_more_better else -1)
        for key, _, _, is_more_better in _COLUMNS
    ]
    typer.echo(_verdict(gains, after["objects"]))


def _verdict(gains: list[float], num_objects: int) -> str:
    """What the differences say, and how much that is worth."""
    if all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains):
        return (
            f"It got better on these {num_objects} objects; the fewer they are, the "
            "less that says."
        )
    if any(gain > 0 for gain in gains):
        return (
            f"It got better in one way and worse in another on these {num_objects} "
            "objects: compare by hand, or label more pictures."
        )
    return (
        f"It did NOT get better on these {num_objects} objects: keep the model you "
        "had, or label more pictures and try again."
    )
