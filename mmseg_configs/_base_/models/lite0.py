"""EfficientNet-Lite0, clicks at stride 4, light pyramid; the leaves add the head."""

from gpcis_backend.mmseg_plugin.backbones import EfficientNetLite0
from gpcis_backend.mmseg_plugin.decoders import LightFPN
from gpcis_backend.mmseg_plugin.fusion import ClickStem
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor

decoder = dict(
    type=LightFPN, in_channels=(24, 40, 112, 320), in_index=(1, 2, 3, 4), channels=96
)
model = dict(
    type=ClickSegmentor,
    data_preprocessor=dict(type=ClickPreprocessor),
    backbone=dict(type=EfficientNetLite0, is_start_fixed=True),
    fusion=dict(type=ClickStem, out_channels=24, hidden_channels=24, stride=4),
    anywhere=0.25,
    train_cfg=dict(),
    test_cfg=dict(mode="whole", size=256, with_focus=True, late_size=384),
)
