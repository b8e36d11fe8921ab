"""The shipped model on few pictures of your own: CPU minutes, see ``gpcis finetune``.

gpcis finetune mmseg_configs/gpcis_lite0_finetune.py --data DIR --out FILE.safetensors
GPCIS_DATA=DIR mim train mmseg mmseg_configs/gpcis_lite0_finetune.py
"""

from mmengine.config import read_base

with read_base():
    from ._base_.schedules.finetune import *
    from .gpcis_lite0 import *

# more corrections than from scratch: with one object a picture, a network learns to
# know the object and to ignore later clicks
for step in train_dataloader.dataset.pipeline:
    if "DrawCorrections" in str(step.type):
        step.update(probabilities=(2, 2, 2, 2))
del step
load_from = "gpcis://gpcis_lite0"
train_dataloader.update(finetune_data)
val_dataloader.update(dataset=dict(sets=None, limit=40, min_area=80))
train_cfg.update(finetune_epochs)
optim_wrapper.update(optimizer=dict(lr=3e-4))
param_scheduler = finetune_rates
