"""72 000 samples more at 256 px, the last 15 000 at 320 px: linear decay to zero."""

from mmengine.optim import LinearLR

second_stage_data = dict(
    dataset=dict(num_samples=72000, stages=((0, 256), (57000, 320)), seed=1)
)
second_stage_epochs = dict(max_epochs=36, val_interval=12)
second_stage_rates = [
    dict(type=LinearLR, start_factor=0.1, by_epoch=False, begin=0, end=50),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.001, by_epoch=False,
        begin=50, end=4500,
    ),
]  # fmt: skip
