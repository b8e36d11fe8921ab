"""``gpcis calibrate``: from the steadiness of masks to their estimated IoU."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from gpcis_backend.errors import InvalidInput


def calibrate(
    results: Annotated[
        Path, typer.Argument(help="JSON of: gpcis eval --dataset held-out=DIR ...")
    ],
    checkpoint: Annotated[Path, typer.Argument(help="Weights that were measured.")],
) -> None:
    """Fit a model's estimated IoU to held-out objects; written beside the weights.

    A reliability diagram is drawn beside RESULTS.
    """
    from gpcis_backend.evaluation.results import write_json
    from gpcis_backend.inference.calibrate import cross_validated, fit, to_pairs
    from gpcis_backend.inference.load import require_checkpoint
    from gpcis_backend.inference.quality import calibration_path
    from gpcis_backend.inference.report.plots import reliability_diagram, save

    measured = _read(results)
    digest = sha256(require_checkpoint(checkpoint).read_bytes()).hexdigest()
    if measured.get("checkpoint_sha256") != digest:
        raise InvalidInput(
            f"{results} was not measured with {checkpoint}: run gpcis eval "
            f"--checkpoint {checkpoint} --dataset held-out=DIR first."
        )
    if not measured.get("rules", {}).get("as_made"):
        raise InvalidInput(
            f"{results} was not measured as the model is made to look: run gpcis eval "
            "without --predictor, --size, --late-size, --focus, --threshold and "
            "--noise-var."
        )
    pairs = to_pairs(measured)
    calibration, error = fit(pairs.steadiness, pairs.iou), cross_validated(pairs)
    out = calibration_path(checkpoint)
    content: dict[str, Any] = {
        "checkpoint_sha256": digest,
        "offset": calibration.offset,
        "slope": calibration.slope,
    }
    write_json(out, content | {"cross_validated": error})
    plot = results.with_suffix(".reliability.png")
    save(reliability_diagram(error), plot)
    typer.echo(
        f"{out}: mean absolute error {error['mean_absolute_error']:.3f} "
        f"over {error['count']} masks, cross-validated; drawn: {plot}"
    )


def _read(results: Path) -> dict[str, Any]:
    try:
        found = json.loads(results.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{results} is no JSON file.") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{results} is no results file of gpcis eval.")
    return found
