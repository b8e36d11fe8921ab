"""mmseg's HRNet and MiT with a place where clicks join; see ``fusion.attach``."""

from typing import Any, Literal

from mmseg.models.backbones import HRNet, MixVisionTransformer
from mmseg.models.utils import nchw_to_nlc, nlc_to_nchw
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

_SMALLEST = 32  # side in pixels from which the attention's reductions of MiT fit


@MODELS.register_module()
class ClickHRNet(HRNet):
    """HRNet whose click features join after the first convolution, norm and ReLU."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.clicks: nn.Module | None = None

    def forward(self, x: Tensor) -> list[Tensor]:
        """RGB and click channels (B, 6, H, W) to maps at strides 4, 8, 16, 32."""
        assert self.clicks is not None
        first = self.relu(self.norm1(self.conv1(x[:, :3]))) + self.clicks(x[:, 3:])
        second = self.relu(self.norm2(self.conv2(first)))
        maps = [self.layer1(second)]
        for number in (1, 2, 3):
            branches = [
                maps[index] if layer is None else layer(maps[-1])
                for index, layer in enumerate(getattr(self, f"transition{number}"))
            ]
            maps = getattr(self, f"stage{number + 1}")(branches)
        return maps


@MODELS.register_module()
class ClickMiT(MixVisionTransformer):
    """Mix vision transformer (SegFormer's) that clicks join at stride 4.

    Args:
        clicks_join: ``second_stage`` adds them to the first stage's output on its way
            to the second stage only, so the decoder's finest map carries none
            (FocalClick); ``first_stage`` to the embedded image, before any attention.
        **kwargs: As ``MixVisionTransformer``.
    """

    def __init__(
        self,
        *,
        clicks_join: Literal["first_stage", "second_stage"] = "second_stage",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.clicks_join = clicks_join
        self.clicks: nn.Module | None = None

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """RGB and click channels (B, 6, H, W) to maps at strides 4, 8, 16, 32."""
        assert self.clicks is not None
        height, width = x.shape[2:]
        x = F.pad(x, (0, max(0, _SMALLEST - width), 0, max(0, _SMALLEST - height)))
        clicks: Tensor = self.clicks(x[:, 3:])  # (B, C, H/4, W/4)
        x = x[:, :3]
        maps = []
        for stage, (embed, blocks, norm) in enumerate(self.layers):
            if stage == 1 and self.clicks_join == "second_stage":
                x = x + clicks
            tokens, size = embed(x)
            if stage == 0 and self.clicks_join == "first_stage":
                tokens = tokens + nchw_to_nlc(clicks)
            for block in blocks:
                tokens = block(tokens, size)
            x = nlc_to_nchw(norm(tokens), size)
            stride = 4 << stage
            maps.append(x[:, :, : -(-height // stride), : -(-width // stride)])
        return tuple(maps)
