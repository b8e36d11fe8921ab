"""Instance folders in train/, held-out objects of two of them, benchmarks in eval/."""

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
from gpcis_backend.mmseg_plugin.targets import MaskTarget, SampleObject
from gpcis_backend.mmseg_plugin.transforms import (
    CropObject,
    DrawCorrections,
    JitterColours,
    PackClicks,
    SampleClicks,
)

train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type=StreamSampler, epoch_samples=2000),
    dataset=dict(
        type=ClickDataset,
        data_root=None,
        num_samples=36000,
        stages=((0, 160),),
        sets=(
            dict(name="ecssd", weight=22),
            dict(name="duts", weight=14),
            dict(name="coco_mval", weight=18),
            dict(name="coco128", weight=7),
            dict(name="voc_vgg", weight=4),
            dict(name="pennfudan", weight=3),
            dict(name="human", weight=4),
            dict(name="caltech4", weight=5),
            dict(name="ccp", weight=9, merge="all"),
            dict(name="bsds", weight=14, merge="neighbours"),
        ),
        pipeline=(
            dict(type=SampleObject, least_fill=0.08),
            dict(type=DrawCorrections, probabilities=(4, 2, 1, 1)),
            dict(
                type=CropObject,
                target_crop=0.35,
                corrected_crop=0.8,
                expansion=(0.9, 2.2),
                part_crop=0.45,
                turn=0.3,
                horizontal_flip=0.5,
                vertical_flip=0.1,
            ),
            dict(type=MaskTarget, small_parts="void"),
            dict(type=JitterColours),
            dict(type=SampleClicks, gamma=0.65, single_click=0.8, anywhere=0.25),
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
        type=HeldOutObjects, data_root=None, sets=("duts", "coco_mval"), limit=60
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type=DefaultSampler, shuffle=False),
    collate_fn=dict(type=keep_list),
    dataset=dict(type=BenchmarkObjects, data_root=None, sets=("grabcut", "berkeley")),
)
val_cfg = dict(type=ClickValLoop, predictor="crop", max_clicks=10)
test_cfg = dict(type=ClickTestLoop, predictor="crop", max_clicks=20)
val_evaluator = dict(type=ClickMetric, max_clicks=10)
test_evaluator = dict(type=ClickMetric, max_clicks=20)
