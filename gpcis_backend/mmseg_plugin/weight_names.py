"""Names of ImageNet weight files, turned into those of mmseg's backbones.

Names that a mapping does not know pass unchanged, so files that already use mmseg's
names fit as well.  Classifiers, which no segmentation needs, are left out.
"""

import re
from collections.abc import Callable

import torch

from gpcis_backend.mmseg_plugin.checkpoint import Weights


def from_resnet_v1s(weights: Weights) -> Weights:
    """Gluon's and timm's ResNet-v1s to ``ResNetV1c``.

    Its stem's last norm stands outside the stem there.
    """
    renamed = {
        re.sub(r"^bn1\.", "stem.7.", re.sub(r"^conv1\.(?=\d)", "stem.", name)): value
        for name, value in weights.items()
    }
    return _without(renamed, "fc.")


def from_hrnet(weights: Weights) -> Weights:
    """The HRNet authors' and timm's classifiers to ``HRNet``: the same names."""
    heads = ("incre_modules.", "downsamp_modules.", "final_layer.", "classifier.")
    return _without(weights, *heads)


_MIT_PATTERNS = (
    (r"^patch_embed(\d)\.proj\.", "layers.{}.0.projection."),
    (r"^patch_embed(\d)\.", "layers.{}.0."),
    (r"^norm(\d)\.", "layers.{}.2."),
    (r"^block(\d)\.", "layers.{}.1."),
)
_MIT_PARTS = (
    (".attn.proj.", ".attn.attn.out_proj."),
    (".attn.q.", ".attn.attn.in_proj_"),
    (".mlp.fc1.", ".ffn.layers.0."),
    (".mlp.dwconv.dwconv.", ".ffn.layers.1."),
    (".mlp.fc2.", ".ffn.layers.4."),
)


def from_mit(weights: Weights) -> Weights:
    """The SegFormer authors' MiT to ``MixVisionTransformer``.

    Query and key-value projections become one matrix, linear layers 1x1 convolutions.
    """
    renamed = {}
    for name, value in _without(weights, "head.").items():
        if ".attn.kv." in name:
            continue
        if ".attn.q." in name:
            value = torch.cat([value, weights[name.replace(".q.", ".kv.")]])
        if re.search(r"\.fc\d\.weight$", name):
            value = value[:, :, None, None]
        renamed[_mit_name(name)] = value
    return renamed


def _mit_name(name: str) -> str:
    for pattern, place in _MIT_PATTERNS:
        if match := re.match(pattern, name):
            name = place.format(int(match[1]) - 1) + name[match.end() :]
            break
    for theirs, ours in _MIT_PARTS:
        name = name.replace(theirs, ours)
    return name


def _without(weights: Weights, *prefixes: str) -> Weights:
    return {k: value for k, value in weights.items() if not k.startswith(prefixes)}


TO_MMSEG: dict[str, Callable[[Weights], Weights]] = {
    "resnet_v1s": from_resnet_v1s,
    "hrnet": from_hrnet,
    "mit": from_mit,
}
