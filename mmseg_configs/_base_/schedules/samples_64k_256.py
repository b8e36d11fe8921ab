"""64 000 samples more at 256 px, 32 epochs of 2 000: restart, linear decay to zero."""

from mmengine.optim import LinearLR

fourth_stage_data = dict(dataset=dict(num_samples=64000, stages=((0, 256),), seed=3))
fourth_stage_epochs = dict(max_epochs=32, val_interval=8)
fourth_stage_rates = [
    dict(type=LinearLR, start_factor=0.1, by_epoch=False, begin=0, end=50),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.001, by_epoch=False,
        begin=50, end=4000,
    ),
]  # fmt: skip
