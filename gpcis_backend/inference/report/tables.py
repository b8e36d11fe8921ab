"""Tables 1, 2 and 3 of the paper and the one on robustness, with our runs in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpcis_backend.data.published import PUBLISHED
from gpcis_backend.inference.report import paper
from gpcis_backend.inference.report.runs import Run

_NONE = "-"
_PAPER = "paper"  # marks every row that was not measured here
_FIRST = ("grabcut", "berkeley", "sbd", "davis")
_STAND_IN = {"deciles": "deciles of depth (stand-in)"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text.

    Args:
        name: Of its file.
        title: One line.
        header: Titles of the columns.
        rows: One text for each column.
        notes: To be read with it.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def to_markdown(self) -> str:
        """The table as Markdown, without its title."""
        lines = [self.header, ("---",) * len(self.header), *self.rows]
        text = "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)
        return "\n\n".join((text, *self.notes)) + "\n"


def tables(runs: Sequence[Run], *, with_paper: bool = False) -> list[Table]:
    """All tables that the runs have numbers for.

    Args:
        runs: At least one.
        with_paper: Add published rows for the sets that the runs cover.
    """
    made = (
        number_of_clicks(runs, with_paper),
        details(runs, with_paper),
        noise(runs, with_paper),
        robust(runs, with_paper),
    )
    return [_without_empty(table) for table in made if table.rows]


def set_names(runs: Sequence[Run]) -> list[str]:
    """The data sets of all runs: the paper's first, in its order."""
    found = list(dict.fromkeys(name for run in runs for name in run.datasets))
    return [name for name in _FIRST if name in found] + [
        name for name in found if name not in _FIRST
    ]


def number_of_clicks(runs: Sequence[Run], with_paper: bool) -> Table:
    """Table 2: NoC@85 / NoC@90 of every set, and their mean over the paper's four."""
    names = set_names(runs)
    rows = []
    for run in runs:
        cells = [_noc(name, run.datasets.get(name)) for name in names]
        mean = run.mean
        both = f"{mean['noc@85']:.2f}/{mean['noc@90']:.2f}" if mean else _NONE
        rows.append((run.name, run.config, run.protocol(), *cells, both))
    if with_paper and set(names) & set(_FIRST):
        for published in paper.NOC:
            cells = [published.cells.get(name, _NONE) for name in names]
            mean_cell = f"-/{published.cells['mean']}"
            rows.append((_PAPER, published.model, _NONE, *cells, mean_cell))
    header = ("run", "model", "rules", *names, "mean of the four")
    return Table(
        "table_2",
        "Table 2: NoC@85 / NoC@90, of at most 20 clicks",
        header,
        tuple(rows),
        _notes(runs, rows),
    )


def details(runs: Sequence[Run], with_paper: bool) -> Table:
    """Table 3: one row for each set and run."""
    header = (
        "set", "run", "model", "rules", "objects", "NoC@90", "NoF@90", "NoC100@90",
        "NoF100@90", "IoU&1", "IoU&5", "NoIC", "NoIC, all steps", "parameters",
        "s/click", "network s/click",
    )  # fmt: skip
    rows = []
    for name in set_names(runs):
        for run in runs:
            found = run.datasets.get(name)
            if found:
                rows.append(
                    (name, run.name, run.config, run.protocol(), *_all(run, found))
                )
        if with_paper:
            rows += [_published(row) for row in paper.DETAILS if row.dataset == name]
    notes = (
        "NoF: release / strict; release counts a success at the last click as a "
        "failure. IoU in %. NoC, NoF@90 and NoIC at 20 clicks. s/click: the whole "
        "loop.",
        *_notes(runs, rows),
    )
    return Table(
        "table_3", "Table 3: NoF, IoU&k, NoIC, cost", header, tuple(rows), notes
    )


def noise(runs: Sequence[Run], with_paper: bool) -> Table:
    """Table 1: NoIC for every noise variance that was tried."""
    sweeps = [
        (name, run, {part["noise_var"]: part["noic"] for part in parts})
        for name in set_names(runs)
        for run in runs
        if (parts := run.datasets.get(name, {}).get("noise_vars"))
    ]
    values = sorted(
        {value for _, _, counts in sweeps for value in counts}, reverse=True
    )
    rows = [
        (name, run.name, run.config, run.protocol(), *_counts(counts, values))
        for name, run, counts in sweeps
    ]
    if with_paper and any(name == paper.NOISE_SET for name, _, _ in sweeps):
        counts = _counts(paper.NOISE_NOIC, values)
        rows.append((paper.NOISE_SET, _PAPER, paper.NOISE_MODEL, _NONE, *counts))
    header = ("set", "run", "model", "rules", *(f"ε² {in_short(v)}" for v in values))
    has_paper = any(_PAPER in row for row in rows)
    notes = ("The ε² of the paper's row are inferred.",) if has_paper else ()
    title = "Table 1: NoIC against the noise variance of the test"
    return Table("table_1", title, header, tuple(rows), notes)


def robust(runs: Sequence[Run], with_paper: bool) -> Table:
    """Robustness: NoC@90 of less careful clicks against that of centre clicks."""
    rows = []
    for name in set_names(runs):
        for run in runs:
            spread = run.datasets.get(name, {}).get("robustness")
            if spread:
                kind = _STAND_IN.get(spread["clicks"], spread["clicks"])
                ours = (name, run.name, run.config, run.protocol(), kind)
                rows.append((*ours, *_spread(spread)))
    if with_paper and rows:
        for model, mean, increase, width in paper.ROBUSTNESS:
            published = ("mean of sets", "RClicks", model, _NONE, "learned deciles")
            rows.append((*published, _NONE, _NONE, mean, _NONE, increase, width))
    header = (
        "set", "run", "model", "rules", "clicks", "draws", "centre NoC@90",
        "NoC@90 ± std", "relative increase", "increase, mean of objects", "G1 - G10",
    )  # fmt: skip
    notes = (
        "std: of a sample (n - 1), over draws or deciles. G1 - G10: mean over objects "
        "of (NoC in the least likely decile - in the most likely) / the latter. "
        "Deciles of depth stand in for those of a learned click map; do not compare "
        "the two.",
    )
    title = "Robustness: NoC@90 when clicks are not at the centre"
    return Table("robustness", title, header, tuple(rows), notes)


def in_short(noise_var: float) -> str:
    """A noise variance as tables and plots write it.

    Example:
        >>> in_short(0.1), in_short(2.5e-3)
        ('1e-01', '0.0025')
    """
    short = f"{noise_var:.0e}"
    return short if float(short) == noise_var else f"{noise_var:g}"


def _noc(name: str, found: Mapping[str, Any] | None) -> str:
    if not found:
        return _NONE
    text = f"{found['noc@85']:.2f}/{found['noc@90']:.2f}"
    whole, objects = _published_objects(name), found["objects"]
    return text if whole in (None, objects) else f"{text} ({objects} of {whole})"


def _published_objects(name: str) -> int | None:
    """Objects of a published set where it is evaluated; None of another set."""
    parts = PUBLISHED.get(name, {})
    part = parts.get("test") or parts.get("val")
    return part.objects if part else None


def _all(run: Run, found: Mapping[str, Any]) -> tuple[str, ...]:
    """Cells of table 3 from the number of objects on."""
    return (
        str(found["objects"]),
        f"{found['noc@90']:.2f}",
        _both(found["nof@90"]),
        _number(found.get("noc100@90"), ".2f"),
        _both(found.get("nof100@90")),
        _percent(found["iou@1"]),
        _percent(found["iou@5"]),
        str(found["noic"]),
        str(found["noic_all_steps"]),
        f"{run.parameters / 1e6:.2f} M",
        f"{found['seconds_per_click']:.3f}",
        f"{found['network_seconds_per_click']:.3f}",
    )


def _published(row: paper.Detail) -> tuple[str, ...]:
    parameters = paper.PARAMETERS.get(row.model, _NONE)
    return (
        row.dataset, _PAPER, row.model, _NONE, _NONE, _NONE, _NONE, row.noc, row.nof,
        row.iou_1, row.iou_5, row.noic, _NONE, parameters,
        paper.SECONDS.get(row.model, _NONE), _NONE,
    )  # fmt: skip


def _spread(spread: Mapping[str, Any]) -> tuple[str, ...]:
    std = _NONE if spread["std"] is None else f"{spread['std']:.2f}"
    return (
        str(len(spread["noc@90"])),
        f"{spread['base']:.2f}",
        f"{spread['mean']:.2f} ± {std}",
        f"{100 * spread['relative_increase']:.1f} %",
        f"{100 * spread['mean_increase']:.1f} %",
        f"{100 * spread['spread']:.1f} %" if "spread" in spread else _NONE,
    )


def _notes(runs: Sequence[Run], rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What a reader must know before comparing rows."""
    notes = []
    if len({run.protocol() for run in runs}) > 1:
        notes.append(
            "**Compare rows of the same rules only**; 100 clicks contain the numbers "
            "of 20."
        )
    if any(_PAPER in row for row in rows):
        notes.append(
            "Rows marked *paper* are published numbers of models trained on SBD; they "
            "were not measured here."
        )
    return tuple(notes)


def _counts(counts: Mapping[float, int], values: Sequence[float]) -> tuple[str, ...]:
    return tuple(_number(counts.get(value), "d") for value in values)


def _both(failures: Mapping[str, int] | None) -> str:
    return f"{failures['release']} / {failures['strict']}" if failures else _NONE


def _percent(value: float | None) -> str:
    return _NONE if value is None else f"{100 * value:.2f}"


def _number(value: float | None, form: str) -> str:
    return _NONE if value is None else format(value, form)


def _without_empty(table: Table) -> Table:
    """The table without columns that say nothing."""
    kept = [
        n for n in range(len(table.header)) if any(r[n] != _NONE for r in table.rows)
    ]
    header = tuple(table.header[n] for n in kept)
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    return Table(table.name, table.title, header, rows, table.notes)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
