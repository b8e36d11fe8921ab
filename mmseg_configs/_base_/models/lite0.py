"""EfficientNet-Lite0 with click stem and light pyramid; the leaves add the head."""

from gpcis_backend.mmseg_plugin.backbones import EfficientNetLite0
from gpcis_backend.mmseg_plugin.decoders import LightFPN
from gpcis_backend.mmseg_plugin.fusion import ClickStem
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor

decoder = dict(
    type=LightFPN, in_channels=(24, 40, 112, 320), in_index=(1, 2, 3, 4), channels=64
)
model = dict(
    type=ClickSegmentor,
    data_preprocessor=dict(type=ClickPreprocessor),
    backbone=dict(type=EfficientNetLite0),
    fusion=dict(type=ClickStem, out_channels=32),
    corrections=(0.6, 0.15, 0.15, 0.1),
    autocast="bfloat16",
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
