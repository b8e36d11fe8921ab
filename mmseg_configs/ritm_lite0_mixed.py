"""Fifth stage of ``ritm_lite0``: 40 000 samples, half the batches at 384 px.

mim train mmseg mmseg_configs/ritm_lite0_mixed.py --cfg-options load_from=FILE.pth
"""

from mmengine.config import read_base

with read_base():
    from ._base_.schedules.samples_40k_mixed import *
    from .ritm_lite0 import *

train_dataloader.update(fifth_stage_data)
train_cfg.update(fifth_stage_epochs)
optim_wrapper.update(optimizer=dict(lr=1e-3))
param_scheduler = fifth_stage_rates
