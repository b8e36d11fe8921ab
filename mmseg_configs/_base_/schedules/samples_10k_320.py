"""10 000 samples more at 320 px, in 5 epochs of 2 000: linear decay to zero."""

from mmengine.optim import LinearLR

third_stage_data = dict(dataset=dict(num_samples=10000, stages=((0, 320),), seed=2))
third_stage_epochs = dict(max_epochs=5, val_interval=5)
third_stage_rates = [
    dict(type=LinearLR, start_factor=0.1, by_epoch=False, begin=0, end=20),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.001, by_epoch=False,
        begin=20, end=625,
    ),
]  # fmt: skip
