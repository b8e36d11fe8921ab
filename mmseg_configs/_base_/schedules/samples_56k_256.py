"""56 000 samples more at 256 px, in 28 epochs of 2 000: linear decay."""

from mmengine.optim import LinearLR

second_stage_data = dict(dataset=dict(num_samples=56000, stages=((0, 256),), seed=1))
second_stage_epochs = dict(max_epochs=28, val_interval=14)
second_stage_rates = [
    dict(type=LinearLR, start_factor=0.1, by_epoch=False, begin=0, end=50),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.2255, by_epoch=False,
        begin=50, end=3500,
    ),
]  # fmt: skip
