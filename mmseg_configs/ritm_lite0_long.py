"""Fourth stage of ``ritm_lite0``: 64 000 samples at 256 px, some of them parts.

mim train mmseg mmseg_configs/ritm_lite0_long.py --cfg-options load_from=FILE.pth
"""

from mmengine.config import read_base

with read_base():
    from ._base_.schedules.samples_64k_256 import *
    from .ritm_lite0 import *

train_dataloader.update(fourth_stage_data)
train_cfg.update(fourth_stage_epochs)
optim_wrapper.update(optimizer=dict(lr=1e-3))
param_scheduler = fourth_stage_rates
