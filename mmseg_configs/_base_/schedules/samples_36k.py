"""36 000 samples in 18 epochs of 2 000, batches of 16: warm-up, then a slow decline.

Two processes: ``--launcher pytorch --gpus 2 --cfg-options
train_dataloader.batch_size=8``.
"""

from mmengine.optim import LinearLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import AdamW

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=18, val_interval=9)
optim_wrapper = dict(
    type="OptimWrapper",  # the name that mim's --amp looks for
    optimizer=dict(type=AdamW, lr=1.4e-3, weight_decay=1e-2, fused=True),
    clip_grad=dict(max_norm=5.0),
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        custom_keys={
            "backbone": dict(lr_mult=0.25),
            "backbone.clicks": dict(lr_mult=1.0),
            "decode_head.gp": dict(lr_mult=3.0, decay_mult=0.0),
        },
    ),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.05, by_epoch=False, begin=0, end=200),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.7768, by_epoch=False,
        begin=200, end=2250,
    ),
]  # fmt: skip
