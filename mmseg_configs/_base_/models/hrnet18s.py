"""HRNet-W18-small with OCR, as in RITM; the leaf adds the head.

"Small" is the second version of the HRNet authors (two bottlenecks in the first stage,
1/3/2 modules after it), the one that mmseg and RITM call W18-small.  ImageNet weights:
mmseg's ``open-mmlab://msra/hrnetv2_w18_small``; the authors' file
``hrnet_w18_small_model_v2.pth`` and timm's ``hrnet_w18_small_v2`` fit as well.
"""

from gpcis_backend.mmseg_plugin.click_backbones import ClickHRNet
from gpcis_backend.mmseg_plugin.decoders import OCR
from gpcis_backend.mmseg_plugin.fusion import ClickStem
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor
from gpcis_backend.mmseg_plugin.pretrained import BackboneWeights
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor

decoder = dict(
    type=OCR, in_channels=(18, 36, 72, 144), channels=96, key_channels=48, dropout=0.05
)
model = dict(
    type=ClickSegmentor,
    data_preprocessor=dict(type=ClickPreprocessor),
    backbone=dict(
        type=ClickHRNet,
        norm_cfg=dict(type="BN"),
        extra=dict(
            stage1=dict(
                num_modules=1,
                num_branches=1,
                block="BOTTLENECK",
                num_blocks=(2,),
                num_channels=(64,),
            ),
            stage2=dict(
                num_modules=1,
                num_branches=2,
                block="BASIC",
                num_blocks=(2, 2),
                num_channels=(18, 36),
            ),
            stage3=dict(
                num_modules=3,
                num_branches=3,
                block="BASIC",
                num_blocks=(2, 2, 2),
                num_channels=(18, 36, 72),
            ),
            stage4=dict(
                num_modules=2,
                num_branches=4,
                block="BASIC",
                num_blocks=(2, 2, 2, 2),
                num_channels=(18, 36, 72, 144),
            ),
        ),
        init_cfg=dict(
            type=BackboneWeights,
            names="hrnet",
            checkpoint=(
                "https://download.openmmlab.com/pretrain/third_party/"
                "hrnetv2_w18_small-b5a04e21.pth"
            ),
            mirrors=(
                "https://mmassets.onedl.ai/pretrain/third_party/"
                "hrnetv2_w18_small-b5a04e21.pth",
            ),
        ),
    ),
    fusion=dict(type=ClickStem, out_channels=64),
    corrections=(0.25, 0.25, 0.25, 0.25),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
