"""A click model whose network runs in OpenVINO; clicks and GP stay in torch.

Which number format runs is measured on this machine: the fastest of those whose masks
agree with torch's.  What was measured is kept beside the converted network.
"""

import json
import logging
import platform
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch

from gpcis_backend.clicks.zoom import CropZoom
from gpcis_backend.errors import ModelUnavailable
from gpcis_backend.inference.openvino_network import (
    ConvertedNetwork,
    OpenVINONetwork,
    Precision,
    converted,
    first_line,
    is_installed,
    precisions,
)
from gpcis_backend.inference.runtime_check import (
    LEAST_AGREEMENT,
    NUM_CLICKS,
    Trial,
    compare,
    worst,
)
from gpcis_backend.inference.torch_predictor import TorchPredictor
from gpcis_backend.mmseg_plugin.served_model import RunNetwork, ServedModel

_log = logging.getLogger("gpcis")


def in_openvino(predictor: TorchPredictor) -> TorchPredictor:
    """The same model with its network in OpenVINO, where that draws the same masks.

    Args:
        predictor: Of a model on the CPU.

    Raises:
        ModelUnavailable: OpenVINO is missing, cannot run the model, draws other masks
            in every number format, or is slower than torch.
    """
    if predictor.device != "cpu":
        raise ModelUnavailable(
            f'OpenVINO runs on the CPU, but the model is on "{predictor.device}".'
        )
    if not is_installed():
        raise ModelUnavailable("OpenVINO is not installed: pip install openvino.")
    try:
        return _fastest(predictor)
    except ModelUnavailable:
        raise
    except Exception as error:  # its own kinds, a broken wheel, an unreadable cache
        raise ModelUnavailable(
            f"OpenVINO cannot run {predictor.config}: {first_line(error)}"
        ) from error


def _fastest(predictor: TorchPredictor) -> TorchPredictor:
    zoom = predictor.own_zoom
    sides = sorted({zoom.size, zoom.late_size or zoom.size})
    digest = predictor.checkpoint_sha256
    networks = [converted(predictor.model, digest, side) for side in sides]
    trials = _trials(predictor, networks)
    usable = {name: trial for name, trial in trials.items() if trial.is_same}
    if not usable:
        found = ", ".join(f"{name} {t.agreement:.4f}" for name, t in trials.items())
        raise ModelUnavailable(
            f"OpenVINO's masks differ from torch's: mean IoU {found}, expected "
            f"{LEAST_AGREEMENT} or more."
        )
    best = max(usable, key=lambda name: usable[name].speed)
    trial = usable[best]
    if trial.speed <= 1:
        raise ModelUnavailable(
            f"OpenVINO {best} takes {1 / trial.speed:.2f} times as long as torch."
        )
    each = " at each size" if len(networks) > 1 else ""
    reason = (
        f"OpenVINO {best}: {trial.speed:.1f} times as fast as torch, masks agree "
        f"(mean IoU {trial.agreement:.4f} over {NUM_CLICKS} clicks{each})"
    )
    return predictor.as_served(_compiled(predictor, networks, best), reason)


def _compiled(
    predictor: TorchPredictor,
    networks: Sequence[ConvertedNetwork],
    precision: Precision,
) -> RunNetwork:
    """One network of each size; torch for all others."""
    runs = ServedModel(predictor.model).network
    for network in networks:
        runs = OpenVINONetwork(network, precision, runs)
    return runs


def _trials(
    predictor: TorchPredictor, networks: Sequence[ConvertedNetwork]
) -> dict[Precision, Trial]:
    """What came of each number format; measured once for each machine and model."""
    machine = f"{platform.node()}-{platform.machine()}-{torch.get_num_threads()}"
    zoom = predictor.own_zoom
    zooms = [zoom]  # the scenes are too short for late clicks
    if zoom.late_size is not None:
        zooms.append(CropZoom(zoom.late_size))
    sides = "-".join(f"{zoom.size}{'f' * zoom.with_focus}" for zoom in zooms)
    path = networks[0].path.with_suffix(f".{machine}-{sides}.json")
    known = _read(path)
    if known is not None:
        return known
    found: dict[Precision, Trial] = {}
    reference = predictor.as_served()
    for name in precisions():
        candidate = predictor.as_served(_compiled(predictor, networks, name), name)
        looks = partial(compare, reference.look, candidate.look)
        found[name] = worst([looks(zoom) for zoom in zooms])
    _write(path, found)
    return found


def _read(path: Path) -> dict[Precision, Trial] | None:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = {name: Trial(**row) for name, row in rows.items()}
        if not found:
            raise ValueError("it names no number format")
        return found
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        _log.warning("%s is damaged and measured anew: %s", path, first_line(error))
        return None


def _write(path: Path, trials: dict[Precision, Trial]) -> None:
    text = json.dumps({name: asdict(trial) for name, trial in trials.items()})
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        _log.warning("the trial of OpenVINO is not kept: %s", first_line(error))
