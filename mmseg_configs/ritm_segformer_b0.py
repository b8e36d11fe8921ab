"""RITM's plain head on the network, data and schedule of ``gpcis_segformer_b0``.

mim train mmseg mmseg_configs/ritm_segformer_b0.py
"""

from mmengine.config import read_base

from gpcis_backend.mmseg_plugin.plain_head import PlainHead

with read_base():
    from ._base_.datasets.sbd import *
    from ._base_.default_runtime import *
    from ._base_.models.segformer_b0 import *
    from ._base_.schedules.epochs_230 import *

model.update(decode_head=dict(type=PlainHead, decoder=decoder, hidden=()))
