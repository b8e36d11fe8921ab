"""Click models small enough for a test, and samples for them."""

from pathlib import Path
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from gpcis_backend.mmseg_plugin.build import build_model, model_settings
from gpcis_backend.mmseg_plugin.segmentor import ClickSegmentor

Row = tuple[float, float, float]


def lite0(root: Path, head: str, **changes: Any) -> ClickSegmentor:
    """The model of ``mmseg_configs/{head}_lite0.py``, its backbone pretrained."""
    settings = model_settings(root / "mmseg_configs" / f"{head}_lite0.py")
    torch.manual_seed(0)
    model = build_model(ConfigDict({**settings, **changes}))
    model.init_weights()
    return model


def sample(
    side: int, clicks: list[Row], *, index: int = 0, **metainfo: Any
) -> SegDataSample:
    """A square object with a void corner, in the form that ``PackClicks`` gives."""
    label = torch.zeros(1, side, side, dtype=torch.int64)
    label[:, side // 4 : side // 2, side // 4 : side // 2] = 1
    label[:, :4, :4] = 255
    packed = SegDataSample(gt_sem_seg=PixelData(data=label))
    size = (side, side)
    packed.set_metainfo(
        {
            "clicks": clicks,
            "index": index,
            "img_shape": size,
            "ori_shape": size,
            "pad_shape": size,
            **metainfo,
        }
    )
    return packed


def pictures(batch: int, side: int) -> Tensor:
    """Normalised random pictures.  (B, 3, side, side)."""
    return torch.randn(batch, 3, side, side, generator=torch.Generator().manual_seed(1))
