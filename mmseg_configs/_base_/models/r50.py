"""DeepLabv3+ with ResNet-50 (Gluon v1s), output stride 8; the leaf adds the head.

ImageNet weights: timm's ``resnet50s.gluon_in1k``, the file that GPCIS started from.
"""

from mmseg.models.backbones import ResNetV1c

from gpcis_backend.mmseg_plugin.decoders import DeepLabV3Plus
from gpcis_backend.mmseg_plugin.fusion import ClickStem
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor
from gpcis_backend.mmseg_plugin.pretrained import BackboneWeights
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor

decoder = dict(type=DeepLabV3Plus, in_channels=(256, 2048))
model = dict(
    type=ClickSegmentor,
    data_preprocessor=dict(type=ClickPreprocessor),
    backbone=dict(
        type=ResNetV1c,
        depth=50,
        stem_channels=128,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        strides=(1, 2, 1, 1),
        dilations=(1, 1, 2, 4),
        contract_dilation=True,
        norm_cfg=dict(type="BN"),
        style="pytorch",
        init_cfg=dict(
            type=BackboneWeights,
            names="resnet_v1s",
            checkpoint=(
                "https://github.com/rwightman/pytorch-pretrained-gluonresnet/releases/"
                "download/v0.1/gluon_resnet50_v1s-1762acc0.pth"
            ),
        ),
    ),
    fusion=dict(type=ClickStem, out_channels=128),
    corrections=(0.25, 0.25, 0.25, 0.25),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
