"""SBD as in the paper: 8,498 pictures to train on, its own and three more sets to test.

Where SBD is not below the data folder, instance folders stand in, with a warning.
"""

import os

from mmengine.dataset import DefaultSampler

from gpcis_backend.mmseg_plugin.datasets import (
    BenchmarkObjects,
    ClickDataset,
    HeldOutObjects,
    keep_list,
)
from gpcis_backend.mmseg_plugin.loops import ClickTestLoop, ClickValLoop
from gpcis_backend.mmseg_plugin.metric import ClickMetric
from gpcis_backend.mmseg_plugin.samplers import StreamSampler
from gpcis_backend.mmseg_plugin.targets import DropRagged, MaskTarget, SampleObject
from gpcis_backend.mmseg_plugin.transforms import (
    CropObject,
    JitterColours,
    PackClicks,
    SampleClicks,
)

num_workers = min(max((os.cpu_count() or 1) - 2, 0), 8)  # 0: in the training process
del os  # the runner copies its config, and modules cannot be copied
train_dataloader = dict(
    batch_size=32,
    num_workers=num_workers,
    persistent_workers=num_workers > 0,
    sampler=dict(type=StreamSampler, epoch_samples=8480),  # 265 whole batches of 8,498
    dataset=dict(
        type=ClickDataset,
        data_root=None,
        num_samples=230 * 8480,
        stages=((0, 256),),
        sets=("sbd",),
        with_stand_in=True,
        pipeline=(
            dict(type=DropRagged),
            dict(type=CropObject),
            dict(type=SampleObject),
            dict(type=MaskTarget, small_parts="background"),
            dict(type=JitterColours),
            dict(type=SampleClicks, gamma=0.8),
            dict(type=PackClicks),
        ),
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type=DefaultSampler, shuffle=False),
    collate_fn=dict(type=keep_list),
    dataset=dict(
        type=HeldOutObjects,
        data_root=None,
        sets=("sbd",),
        with_stand_in=True,
        limit=60,
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type=DefaultSampler, shuffle=False),
    collate_fn=dict(type=keep_list),
    dataset=dict(
        type=BenchmarkObjects,
        data_root=None,
        sets=("grabcut", "berkeley", "sbd", "davis"),
        skips_missing=True,
    ),
)
val_cfg = dict(type=ClickValLoop, predictor="crop", max_clicks=10)
test_cfg = dict(type=ClickTestLoop, predictor="crop", max_clicks=20)
val_evaluator = dict(type=ClickMetric, max_clicks=10)
test_evaluator = dict(type=ClickMetric, max_clicks=20)
