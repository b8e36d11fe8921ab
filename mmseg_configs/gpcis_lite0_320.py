"""Third stage of ``gpcis_lite0``: 10 000 samples at 320 px.

mim train mmseg mmseg_configs/gpcis_lite0_320.py --cfg-options load_from=FILE.pth
"""

from mmengine.config import read_base

with read_base():
    from ._base_.schedules.samples_10k_320 import *
    from .gpcis_lite0 import *

train_dataloader.update(third_stage_data)
train_cfg.update(third_stage_epochs)
optim_wrapper.update(optimizer=dict(lr=2.5e-4))
param_scheduler = third_stage_rates
