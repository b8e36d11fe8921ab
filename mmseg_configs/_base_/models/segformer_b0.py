"""SegFormer-B0: MiT-B0 with the all-MLP decoder; the leaf adds the head.

Clicks join on the way to the second stage only, as in FocalClick.  RITM's Conv1S on the
embedded image instead:
``--cfg-options model.backbone.clicks_join=first_stage model.fusion.type=ClickStem
model.fusion.stride=4``

ImageNet weights: mmseg's copy of the authors' ``mit_b0.pth``, which fits as well.
"""

from gpcis_backend.mmseg_plugin.click_backbones import ClickMiT
from gpcis_backend.mmseg_plugin.decoders import AllMLP
from gpcis_backend.mmseg_plugin.fusion import ClickEmbedding
from gpcis_backend.mmseg_plugin.preprocessor import ClickPreprocessor
from gpcis_backend.mmseg_plugin.pretrained import BackboneWeights
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor

decoder = dict(type=AllMLP, in_channels=(32, 64, 160, 256), channels=256, dropout=0.1)
model = dict(
    type=ClickSegmentor,
    data_preprocessor=dict(type=ClickPreprocessor),
    backbone=dict(
        type=ClickMiT,
        embed_dims=32,
        num_layers=(2, 2, 2, 2),
        num_heads=(1, 2, 5, 8),
        drop_path_rate=0.1,
        clicks_join="second_stage",
        init_cfg=dict(
            type=BackboneWeights,
            names="mit",
            checkpoint=(
                "https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/segformer/"
                "mit_b0_20220624-7e0fe6dd.pth"
            ),
            mirrors=(
                "https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segformer/"
                "mit_b0_20220624-7e0fe6dd.pth",
            ),
        ),
    ),
    fusion=dict(type=ClickEmbedding, out_channels=32),
    corrections=(0.25, 0.25, 0.25, 0.25),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
