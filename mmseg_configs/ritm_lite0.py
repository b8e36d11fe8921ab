"""RITM's plain head on the network, data, schedule and seed of ``gpcis_lite0``.

mim train mmseg mmseg_configs/ritm_lite0.py
"""

from mmengine.config import read_base

from gpcis_backend.mmseg_plugin.plain_head import PlainHead

with read_base():
    from ._base_.datasets.instances import *
    from ._base_.default_runtime import *
    from ._base_.models.lite0 import *
    from ._base_.schedules.samples_36k import *

model.update(decode_head=dict(type=PlainHead, decoder=decoder, hidden=(48,)))
