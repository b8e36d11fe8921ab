"""4 000 samples more at 384 px, in 4 epochs of 1 000: linear decay to zero."""

from mmengine.optim import LinearLR

second_stage_data = dict(
    sampler=dict(epoch_samples=1000),
    dataset=dict(num_samples=4000, stages=((0, 384),), seed=1),
)
second_stage_epochs = dict(max_epochs=4, val_interval=4)
second_stage_rates = [
    dict(type=LinearLR, start_factor=0.1, by_epoch=False, begin=0, end=20),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.001, by_epoch=False,
        begin=20, end=500,
    ),
]  # fmt: skip
