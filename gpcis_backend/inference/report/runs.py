"""Results files, read and checked: what ``gpcis eval`` and ``mim test`` wrote."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os.path import commonpath
from pathlib import Path
from typing import Any

from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.errors import InvalidInput
from gpcis_backend.evaluation.results import FORMAT

_NUMBERS = ("noc@85", "noc@90", "noic", "seconds_per_click", "budget", "objects")
_METRICS_FILE = "click_metrics"  # of ``mim test``; its folder tells runs apart


@dataclass(frozen=True, slots=True)
class Run:
    """One results file.

    Args:
        name: Short, different from those of the other runs.
        config: Of the model.
        checkpoint_sha256: Of its weights; None while it was trained.
        parameters: Of the model.
        noise_var: ε² that the model predicts with; None if it is no GP.
        rules: As ``Plan.stated`` gives them.
        datasets: As ``Plan.result`` gives them, by name.
        mean: Over the four sets of the paper's table 2, if they are all there.
        versions: Of the software.
        jobs: Processes that shared the machine.
    """

    name: str
    config: str
    checkpoint_sha256: str | None
    parameters: int
    noise_var: float | None
    rules: Mapping[str, Any]
    datasets: Mapping[str, Mapping[str, Any]]
    mean: Mapping[str, float] | None
    versions: Mapping[str, str]
    jobs: int

    def protocol(self) -> str:
        """The rules in a few words, as the row of a table states them."""
        rules = self.rules
        words = [f"{rules['predictor']} {rules['threshold']:.2f}"]
        if rules.get("size"):
            focus = " with focus" if rules["with_focus"] else ""
            words.append(f"{rules['size']} px{focus}")
        if rules.get("late_size"):
            words.append(f"{rules['late_size']} px from click {CropZoom.first_late} on")
        words.append(f"{rules['max_clicks']} clicks")
        if rules["clicks"] != "centre":
            words.append(f"{rules['clicks']} seed {rules['seed']}")
        if rules["noise_var"] not in (None, self.noise_var):
            words.append(f"ε² {rules['noise_var']:g}")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found in the files.

    Args:
        runs: Of evaluations.
        ablations: Rows of each ``gpcis ablate``, by the name of its file.
    """

    runs: tuple[Run, ...]
    ablations: Mapping[str, Sequence[Mapping[str, Any]]]


def read_all(places: Sequence[Path]) -> Found:
    """The results in files, and in all JSON files of folders.

    Args:
        places: Files and folders.  Other JSON files in folders are passed over.

    Raises:
        InvalidInput: A file is none of ours or damaged, or a folder has none.
    """
    runs: dict[Path, Run] = {}
    ablations: dict[str, Sequence[Mapping[str, Any]]] = {}
    for path in _files(places):
        content = _content(path)
        if _is_ablation(content):
            ablations[str(path)] = content["rows"]
        else:
            runs[path.absolute()] = _run(path, content)
    names = _names(runs)
    named = tuple(replace(run, name=names[path]) for path, run in runs.items())
    return Found(named, ablations)


def to_run(content: Mapping[str, Any], name: str) -> Run:
    """The run of a results file's content.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: It is none.
    """
    if content["format"] != FORMAT:
        raise ValueError("another format")
    datasets = content["datasets"]
    for found in datasets.values():
        _check(found)
    run = Run(
        name,
        str(content["config"]),
        content["checkpoint_sha256"],
        int(content["parameters"]),
        content["noise_var"],
        content["rules"],
        datasets,
        content["mean"],
        content["versions"],
        int(content["jobs"]),
    )
    run.protocol()
    return run


def _check(found: Mapping[str, Any]) -> None:
    """Raise unless all that tables and plots read is there."""
    sum(float(found[key]) for key in _NUMBERS)
    sum(float(value) for value in found["mean_iou"])
    names = set()
    for curve in found["curves"]:
        names.add(str(curve["name"]))
        sum(float(value) for value in (curve["iou"][0], *curve["iou"]))
        for row, col, sign in curve["clicks"]:
            int(row) + int(col) + int(sign)
    for entry in found["worst"]:
        int(entry["index"])
        if entry["name"] not in names or not isinstance(entry["mask"], str):
            raise ValueError("an object without a curve or mask")
    for part in found.get("noise_vars", ()):
        float(part["noise_var"]), int(part["noic"]), list(part["mean_iou"])
    spread = found.get("robustness")
    if spread is not None:
        sum(float(value) for value in spread["noc@90"])


def _run(path: Path, content: Any) -> Run:  # noqa: ANN401
    try:
        return to_run(content, path.stem)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _foreign(path) from error


def _content(path: Path) -> Any:  # noqa: ANN401
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidInput(
            f"{path} is no JSON file, or one that was cut short; make it again with "
            "gpcis eval, mim test or gpcis ablate."
        ) from error


def _foreign(path: Path) -> InvalidInput:
    return InvalidInput(
        f"{path} is not a results file of this version: expected what gpcis eval, mim "
        "test (click_metrics.json) or gpcis ablate (ablation.json) writes."
    )


def _is_ablation(content: Any) -> bool:  # noqa: ANN401
    return (
        isinstance(content, dict)
        and isinstance(content.get("rows"), list)
        and all(isinstance(row, dict) and "variant" in row for row in content["rows"])
    )


def _files(places: Iterable[Path]) -> list[Path]:
    """The files to read, each once."""
    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise InvalidInput(
                f"{place} does not exist; pass results files or folders."
            )
        found += _inside(place) if place.is_dir() else [place]
    return list(dict.fromkeys(found))


def _inside(folder: Path) -> list[Path]:
    """Our files below a folder.

    Raises:
        InvalidInput: There is none.
    """
    found = [path for path in sorted(folder.rglob("*.json")) if _is_ours(path)]
    if not found:
        raise InvalidInput(
            f"{folder} holds no results of gpcis eval, mim test or gpcis ablate."
        )
    return found


def _is_ours(path: Path) -> bool:
    try:
        content = _content(path)
    except InvalidInput:
        return False
    is_results = isinstance(content, dict) and content.get("format") == FORMAT
    return is_results or _is_ablation(content)


def _names(paths: Iterable[Path]) -> dict[Path, str]:
    """Short names: the stem of the file, or where it is not unique its place."""
    known = list(paths)
    short = {path: path.stem for path in known}
    if len(set(short.values())) == len(known) and _METRICS_FILE not in short.values():
        return short
    base = Path(commonpath([path.parent.parent for path in known]))
    places = {path: path.relative_to(base).with_suffix("") for path in known}
    return {
        path: str(place.parent if place.name == _METRICS_FILE else place)
        for path, place in places.items()
    }
