"""GPCIS on EfficientNet-Lite0: compact, its weights are shipped.

mim train mmseg mmseg_configs/gpcis_lite0.py
mim test mmseg mmseg_configs/gpcis_lite0.py --checkpoint FILE
"""

from mmengine.config import read_base

from gpcis_backend.mmseg_plugin.head import GPCHead

with read_base():
    from ._base_.datasets.instances import *
    from ._base_.default_runtime import *
    from ._base_.models.lite0 import *
    from ._base_.schedules.samples_36k import *

model.update(
    decode_head=dict(
        type=GPCHead,
        decoder=decoder,
        channels=48,
        num_features=128,
        gp=dict(on_grid=True, with_places=True, chunk_pixels=1048576),
        prior_weight=0.3,
    )
)
