"""All that subclasses or registers with mmseg and mmengine; importing registers it."""

from gpcis_backend.mmseg_plugin import (
    backbones,
    datasets,
    decoders,
    fusion,
    head,
    loops,
    losses,
    metric,
    plain_head,
    preprocessor,
    samplers,
    segmentor,
    transforms,
)

__all__ = [
    "backbones",
    "datasets",
    "decoders",
    "fusion",
    "head",
    "loops",
    "losses",
    "metric",
    "plain_head",
    "preprocessor",
    "samplers",
    "segmentor",
    "transforms",
]
