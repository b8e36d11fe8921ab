"""A quick first answer of a slow network: new clicks on features that are there.

A whole pass leaves features of what it looked at.  The GP takes one more click in on
those, without the network: exact at every click, though the features do not know the
last one yet.  Whether that is worth showing is measured (``preview_check``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from gpcis_backend.clicks.batch import ClickBatch
from gpcis_backend.clicks.click import Click, Image
from gpcis_backend.clicks.geometry import View
from gpcis_backend.mmseg_plugin.served_model import ServedModel

_MOST_PASSES = 4  # kept of each picture


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole pass: where it looked and what the network said."""

    view: View
    maps: Tensor


@dataclass(frozen=True, slots=True)
class Picture:
    """What a predictor keeps of an image: its pixels and the last passes over it.

    Args:
        image: RGB.  (H, W, 3)
        passes: By the clicks that they knew, the oldest first.
    """

    image: Image
    passes: dict[tuple[Click, ...], Seen] = field(default_factory=dict)

    def keep(self, clicks: tuple[Click, ...], seen: Seen) -> None:
        """Remember a pass, and forget the oldest beyond a few."""
        self.passes.pop(clicks, None)
        self.passes[clicks] = seen
        while len(self.passes) > _MOST_PASSES:
            self.passes.pop(next(iter(self.passes)))

    def before(self, clicks: tuple[Click, ...]) -> Seen | None:
        """The last pass that misses only clicks it looked at the place of."""
        for num in range(len(clicks) - 1, 0, -1):
            seen = self.passes.get(clicks[:num])
            if seen is not None:
                crop = seen.view.crop
                return seen if all(map(crop.contains, clicks[num:])) else None
        return None


class Keeping:
    """A served model that holds on to what its network said last."""

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
        self.maps = self.model.maps(inputs, prev, clicks)
        return self.model.logits_of(self.maps, inputs, clicks, **options)


class Again(Keeping):
    """A served model whose network has spoken: only the GP works.

    Args:
        model: The model.
        maps: What the network said about the same view.
    """

    def __init__(self, model: ServedModel, maps: Tensor) -> None:
        super().__init__(model)
        self.maps: Tensor = maps

    def click_logits(
        self, inputs: Tensor, prev: Tensor, clicks: ClickBatch, **options: Any
    ) -> Tensor:
        """The GP's answer to the clicks; ``prev`` plays no part.  (B, 1, H, W)."""
        return self.model.logits_of(self.maps, inputs, clicks, **options)
