"""``gpcis_lite0`` on generated shapes: shows that everything runs, in two minutes.

gpcis data toy --out data
mim train mmseg mmseg_configs/gpcis_toy.py
"""

from mmengine.config import read_base

with read_base():
    from .gpcis_lite0 import *

train_dataloader.update(
    batch_size=4,
    sampler=dict(epoch_samples=200),
    dataset=dict(
        num_samples=400, stages=((0, 128),), sets=(dict(name="toy", weight=1),)
    ),
)
val_dataloader.update(dataset=dict(sets=("toy",), limit=10))
val_cfg.update(max_clicks=5)
val_evaluator.update(max_clicks=5)
test_cfg.update(max_clicks=5)
test_evaluator.update(max_clicks=5)
train_cfg.update(max_epochs=2, val_interval=1)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.05, by_epoch=False, begin=0, end=20)
]
