"""All that subclasses or registers with mmseg and mmengine; importing registers it."""

import warnings

with warnings.catch_warnings():
    # mmcv tells everybody that it was built without the compiled ops that nobody needs
    warnings.filterwarnings("ignore", message="Fail to import", category=UserWarning)
    import mmseg.models  # noqa: F401

from gpcis_backend.mmseg_plugin import (
    backbones,
    click_backbones,
    datasets,
    decoders,
    draws,
    fusion,
    head,
    loops,
    losses,
    metric,
    plain_head,
    preprocessor,
    pretrained,
    progress,
    rates,
    runner,
    samplers,
    segmentor,
    targets,
    transforms,
    weight_addresses,
)

__all__ = [
    "backbones",
    "click_backbones",
    "datasets",
    "decoders",
    "draws",
    "fusion",
    "head",
    "loops",
    "losses",
    "metric",
    "plain_head",
    "preprocessor",
    "pretrained",
    "progress",
    "rates",
    "runner",
    "samplers",
    "segmentor",
    "targets",
    "transforms",
    "weight_addresses",
]
