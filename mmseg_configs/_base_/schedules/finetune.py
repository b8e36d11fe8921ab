"""960 samples at 256 px, in 10 epochs of 96: one of warm-up, then linear decay."""

from mmengine.optim import LinearLR

finetune_data = dict(
    batch_size=8,
    sampler=dict(epoch_samples=96),
    dataset=dict(num_samples=960, stages=((0, 256),), sets=None, seed=2),
)
finetune_epochs = dict(max_epochs=10, val_interval=10)
finetune_rates = [
    dict(type=LinearLR, start_factor=0.1, begin=0, end=1, convert_to_iter_based=True),
    dict(
        type=LinearLR, start_factor=1.0, end_factor=0.01, begin=1, end=10,
        convert_to_iter_based=True,
    ),
]  # fmt: skip
