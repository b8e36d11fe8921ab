"""Second stage of ``gpcis_lite0``: 4 000 samples at 384 px, the size of evaluation.

mim train mmseg mmseg_configs/gpcis_lite0_384.py --cfg-options load_from=FILE.pth
"""

from mmengine.config import read_base

with read_base():
    from ._base_.schedules.samples_4k_384 import *
    from .gpcis_lite0 import *

train_dataloader.update(second_stage_data)
train_cfg.update(second_stage_epochs)
optim_wrapper.update(optimizer=dict(lr=3e-4))
param_scheduler = second_stage_rates
