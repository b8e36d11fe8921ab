"""Second stage of ``gpcis_lite0``: 56 000 samples at 256 px.

mim train mmseg mmseg_configs/gpcis_lite0_256.py --cfg-options load_from=FILE.pth
"""

from mmengine.config import read_base

with read_base():
    from ._base_.schedules.samples_56k_256 import *
    from .gpcis_lite0 import *

train_dataloader.update(second_stage_data)
train_cfg.update(second_stage_epochs)
optim_wrapper.update(optimizer=dict(lr=1.1e-3))
param_scheduler = second_stage_rates
