"""GPCIS on HRNet-W18-small with OCR, SBD.

mim train mmseg mmseg_configs/gpcis_hrnet18s.py
"""

from mmengine.config import read_base

from gpcis_backend.mmseg_plugin.head import GPCHead

with read_base():
    from ._base_.datasets.sbd import *
    from ._base_.default_runtime import *
    from ._base_.models.hrnet18s import *
    from ._base_.schedules.epochs_230 import *

model.update(
    decode_head=dict(type=GPCHead, decoder=decoder, channels=48, num_features=256)
)
optim_wrapper.update(optimizer=dict(lr=5e-4))
