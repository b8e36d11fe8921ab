"""Stacks uint8 pictures into a normalised batch."""

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmseg.registry import MODELS
from torch import Tensor

from gpcis_backend.mmseg_plugin.one_line import stop

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


@MODELS.register_module()
class ClickPreprocessor(BaseDataPreprocessor):
    """RGB bytes to (RGB/255 − mean)/std with ImageNet's mean and deviation."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(3, 1, 1), persistent=False)

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Equal-sized pictures, uint8 (3, H, W) each, as floats (B, 3, H, W).

        Raises:
            SystemExit: They differ in size.
        """
        data = self.cast_data(data)
        inputs = data["inputs"]
        sizes = {tuple(picture.shape[1:]) for picture in inputs}
        if len(sizes) > 1:
            raise stop(
                f"the pictures of one batch have {len(sizes)} sizes: "
                "train_dataloader.dataset.same_side and the starts of its stages must "
                "be multiples of the batch of all processes together"
            )
        batch = inputs if isinstance(inputs, Tensor) else torch.stack(tuple(inputs))
        return {**data, "inputs": self.normalise(batch)}

    def normalise(self, batch: Tensor) -> Tensor:
        """Values 0..255 to zero mean and unit deviation.  (B, 3, H, W)."""
        out: Tensor = (batch.float() / 255 - self.mean) / self.std
        return out
