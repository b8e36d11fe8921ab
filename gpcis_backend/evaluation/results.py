"""The results file of an examination, as ``gpcis eval`` and ``mim test`` write it."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import gpcis_backend
from gpcis_backend.evaluation.plan import Plan
from gpcis_backend.metrics import mean_of_four

FORMAT = "gpcis-results"

_PACKAGES = (
    "torch",
    "onedl-mmsegmentation",
    "numpy",
    "scipy",
    "pillow",
    "opencv-python",
)


@dataclass(frozen=True, slots=True)
class Examined:
    """The model that was examined.

    Args:
        config: The config that describes it.
        checkpoint_sha256: Digest of the weight file; None for a model that is still
            being trained.
        parameters: Numbers that it learned.
        noise_var: ε² that it predicts with; None if it is no Gaussian process.
        settings_sha256: Digest of what the config says about it; None where that lies
            in the weight file, or in a training run's own folder.
    """

    config: str
    checkpoint_sha256: str | None
    parameters: int
    noise_var: float | None
    settings_sha256: str | None = None


def report(
    examined: Examined,
    plan: Plan,
    datasets: Mapping[str, dict[str, Any]],
    jobs: int = 1,
) -> dict[str, Any]:
    """What a results file holds: numbers, model, protocol and versions.

    Args:
        examined: The model.
        plan: How it was examined.
        datasets: ``Plan.result`` of every data set, with its place as ``dir``.
        jobs: Processes that shared the machine, which seconds per click depend on.
    """
    return {
        "format": FORMAT,
        "datasets": dict(datasets),
        "mean": mean_of_four(datasets),
        **asdict(examined),
        "protocol": plan.main.predictor,
        "rules": plan.stated(),
        "jobs": jobs,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of this package and of those that numbers depend on."""
    return {
        "gpcis": gpcis_backend.__version__,
        "python": platform.python_version(),
        **{package: _version(package) for package in _PACKAGES},
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` so that the file is whole or not there at all.

    Lists of numbers stay on one line: a curve is easier to read that way, and the file
    a third as long.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(_text(content, "\n") + "\n", encoding="utf-8")
    draft.replace(path)


def _text(value: Any, line: str) -> str:  # noqa: ANN401
    """JSON of ``value``; ``line`` is a line break with the indentation so far."""
    deeper = line + " "
    if isinstance(value, Mapping) and value:
        pairs = (f"{json.dumps(k)}: {_text(v, deeper)}" for k, v in value.items())
        return "{" + deeper + ("," + deeper).join(pairs) + line + "}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = (_text(item, deeper) for item in value)
        return "[" + deeper + ("," + deeper).join(items) + line + "]"
    return json.dumps(value, allow_nan=False)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a headless opencv goes by another name
        return "not installed"
