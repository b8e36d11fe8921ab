"""GPCIS on SegFormer-B0, SBD.

mim train mmseg mmseg_configs/gpcis_segformer_b0.py
"""

from mmengine.config import read_base

from gpcis_backend.mmseg_plugin.head import GPCHead

with read_base():
    from ._base_.datasets.sbd import *
    from ._base_.default_runtime import *
    from ._base_.models.segformer_b0 import *
    from ._base_.schedules.epochs_230 import *

model.update(
    decode_head=dict(type=GPCHead, decoder=decoder, channels=96, num_features=128)
)
