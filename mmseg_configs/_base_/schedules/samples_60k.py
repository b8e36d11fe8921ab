"""60 000 samples in 30 epochs of 2 000: warm-up, then linear decay to zero."""

from mmengine.optim import LinearLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import AdamW

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=30, val_interval=10)
optim_wrapper = dict(
    type="OptimWrapper",  # the name that mim's --amp looks for
    optimizer=dict(type=AdamW, lr=1e-3, weight_decay=1e-2),
    clip_grad=dict(max_norm=5.0),
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        custom_keys={
            "backbone": dict(lr_mult=0.25),
            "backbone.stem.clicks": dict(lr_mult=1.0),
            "decode_head.gp": dict(lr_mult=3.0, decay_mult=0.0),
        },
    ),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.05, by_epoch=False, begin=0, end=200),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.001, by_epoch=False,
        begin=200, end=7500,
    ),
]  # fmt: skip
