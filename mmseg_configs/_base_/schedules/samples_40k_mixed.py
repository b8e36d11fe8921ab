"""40 000 samples at 256 or 384 px, 20 epochs: restart, linear decay to zero."""

from mmengine.optim import LinearLR

fifth_stage_data = dict(
    dataset=dict(num_samples=40000, stages=((0, (256, 384)),), seed=4)
)
fifth_stage_epochs = dict(max_epochs=20, val_interval=10)
fifth_stage_rates = [
    dict(type=LinearLR, start_factor=0.1, by_epoch=False, begin=0, end=50),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.001, by_epoch=False,
        begin=50, end=2500,
    ),
]  # fmt: skip
