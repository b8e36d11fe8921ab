"""A quick first answer of a slow network: new clicks on features that are there.

A whole pass leaves features of what it looked at.  The GP takes one more click in on
those, without the network: exact at every click, though the features do not know the
last one yet.  After a closer look (``clicks.focus``) there is none: the mask is that of
two passes.  Whether that is worth showing is measured (``preview_check``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.click import Click, Image, Prob
from gpcis_backend.clicks.geometry import View
from gpcis_backend.mmseg_plugin.served_model import ServedModel

MOST_PASSES = 4  # kept of each picture


@dataclass(frozen=True, slots=True, eq=False)
class WholePass:
    """Where the network looked, what it said, and the mask that came of it.

    Args:
        clicks: That it knew.
        view: Where it looked.
        maps: Of ``ServedModel.maps``.
        prob: The answer, by which a later step is recognised.  (H, W)
    """

    clicks: tuple[Click, ...]
    view: View
    maps: Tensor
    prob: Prob


@dataclass(frozen=True, slots=True)
class Picture:
    """What a predictor keeps of an image: its pixels and the last passes over it.

    Args:
        image: RGB.  (H, W, 3)
        passes: The oldest first; replaced as a whole, so that readers see no half.
    """

    image: Image
    passes: list[tuple[WholePass, ...]] = field(default_factory=lambda: [()])

    def keep(self, whole: WholePass) -> None:
        """Remember a pass, and forget the oldest beyond a few."""
        self.passes[0] = (*self.passes[0], whole)[-MOST_PASSES:]

    def before(self, clicks: tuple[Click, ...], prev: Prob | None) -> WholePass | None:
        """The pass that gave ``prev``, if it looked at the places of the new clicks."""
        for whole in reversed(self.passes[0]):
            if whole.prob is prev and whole.clicks == clicks[: len(whole.clicks)]:
                new = clicks[len(whole.clicks) :]
                return whole if all(map(whole.view.crop.contains, new)) else None
        return None


class WatchedModel:
    """A served model whose maps are kept.

    Attributes:
        maps: What the network said last.
    """

    def __init__(self, model: ServedModel) -> None:
        self.model, self.data_preprocessor = model, model.data_preprocessor
        self.click_latent = model.click_latent
        self.maps: Tensor | None = None

    def parameters(self) -> Iterator[nn.Parameter]:
        """Those of the model."""
        return self.model.parameters()

    def click_logits(
        self, inputs: Tensor, prev: Tensor, clicks: ClickBatch, **options: Any
    ) -> Tensor:
        """As the model's.  (B, 1, H, W)."""
        # a copy: another runtime's maps live until its next call
        spots = clicks.on_pixels(*inputs.shape[2:])
        self.maps = self.model.maps(inputs, prev, spots).clone()
        return self.model.logits_of(self.maps, inputs, spots, **options)


class KnownMaps(WatchedModel):
    """A served model whose network has spoken: only the GP works.

    Args:
        model: The model.
        maps: What its network said about the same view.
    """

    def __init__(self, model: ServedModel, maps: Tensor) -> None:
        super().__init__(model)
        self.maps: Tensor = maps

    def click_logits(
        self, inputs: Tensor, prev: Tensor, clicks: ClickBatch, **options: Any
    ) -> Tensor:
        """The GP's answer to the clicks; ``prev`` plays no part.  (B, 1, H, W)."""
        spots = clicks.on_pixels(*inputs.shape[2:])
        return self.model.logits_of(self.maps, inputs, spots, **options)
