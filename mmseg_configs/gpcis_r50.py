"""GPCIS on DeepLabv3+ with ResNet-50, SBD: the paper's main model.

mim train mmseg mmseg_configs/gpcis_r50.py
"""

from mmengine.config import read_base

from gpcis_backend.mmseg_plugin.head import GPCHead

with read_base():
    from ._base_.datasets.sbd import *
    from ._base_.default_runtime import *
    from ._base_.models.r50 import *
    from ._base_.schedules.epochs_230 import *

model.update(
    decode_head=dict(type=GPCHead, decoder=decoder, channels=48, num_features=256)
)
