"""The paper's schedule: Adam for 230 epochs, learning rate x0.1 after 190 and 220."""

from mmengine.optim import MultiStepLR, OptimWrapper
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import Adam

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=230, val_interval=10)
optim_wrapper = dict(
    type=OptimWrapper,
    optimizer=dict(type=Adam, lr=5e-3, betas=(0.9, 0.999), eps=1e-8),
    paramwise_cfg=dict(
        custom_keys={
            "backbone": dict(lr_mult=0.1),
            "backbone.stem.clicks": dict(lr_mult=1.0),
            "backbone.clicks": dict(lr_mult=1.0),
        },
    ),
)
param_scheduler = [dict(type=MultiStepLR, milestones=[190, 220], gamma=0.1)]
