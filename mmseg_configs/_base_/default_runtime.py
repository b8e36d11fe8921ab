"""What every run shares: hooks, curves, seed, processes."""

from mmengine.hooks import (
    CheckpointHook,
    DistSamplerSeedHook,
    IterTimerHook,
    LoggerHook,
    ParamSchedulerHook,
    RuntimeInfoHook,
    SyncBuffersHook,
)
from mmengine.visualization import LocalVisBackend, TensorboardVisBackend, Visualizer

from gpcis_backend.mmseg_plugin.draws import StepHook
from gpcis_backend.mmseg_plugin.progress import ProgressBarHook

default_scope = "mmseg"
runner_type = "gpcis_backend.mmseg_plugin.runner.ClickRunner"
default_hooks = dict(
    runtime_info=dict(type=RuntimeInfoHook),
    timer=dict(type=IterTimerHook),
    sampler_seed=dict(type=DistSamplerSeedHook),
    steps=dict(type=StepHook),
    sync_buffers=dict(type=SyncBuffersHook),
    logger=dict(type=LoggerHook, interval=50),
    param_scheduler=dict(type=ParamSchedulerHook),
    checkpoint=dict(
        type=CheckpointHook,
        interval=1,
        max_keep_ckpts=2,
        save_best="held-out/noc@90",
        rule="less",
    ),
)
custom_hooks = [dict(type=ProgressBarHook)]
visualizer = dict(
    type=Visualizer,
    vis_backends=[dict(type=LocalVisBackend), dict(type=TensorboardVisBackend)],
)
env_cfg = dict(cudnn_benchmark=False, mp_cfg=dict(mp_start_method="fork"))
randomness = dict(seed=0)
log_processor = dict(window_size=50)
log_level = "INFO"
load_from = None
resume = False
