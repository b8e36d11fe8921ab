"""Random start of every layer that has no pretrained weights."""

from math import sqrt

from mmengine.model import xavier_init
from torch import nn

_GAIN = sqrt(2)  # on Xavier's 1/fan_avg: a variance of 2/fan_avg


def start_fresh(module: nn.Module) -> None:
    """Draw all weights from N(0, 2/fan_avg), with biases 0; norms start as identity.

    Source: RITM, which GPCIS follows; fan_avg is the mean of fan-in and fan-out.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            xavier_init(layer, gain=_GAIN, bias=0, distribution="normal")
        elif isinstance(layer, nn.BatchNorm2d | nn.LayerNorm):
            layer.reset_parameters()
