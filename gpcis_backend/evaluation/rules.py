"""The rules of one pass over a data set, stated with every number."""

import zlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from gpcis_backend.clicks.simulator import (
    ChooseClick,
    decile_click,
    next_click,
    random_inner_click,
)
from gpcis_backend.clicks.zoom import CropZoom, ZoomPolicy, policy
from gpcis_backend.errors import InvalidInput

CLICKS = ("centre", "random-inner", "deciles")

_DAVIS_SIDE = 600  # longest side of published zoom-flip numbers on DAVIS


@dataclass(frozen=True, slots=True)
class Rules:
    """How a predictor is examined.

    Args:
        predictor: Zoom protocol, ``crop`` or ``zoom-flip``.
        max_clicks: Clicks that every object gets, K.
        threshold: Of the mask; None takes that of the protocol.
        clicks: ``centre`` as in published tables, ``random-inner``, or ``deciles``:
            one tenth of the mass of the click map that stands in for a model of
            clickability.
        seed: Of the random clicks; each object draws from a stream of its own, which
            depends on its name only.
        noise_var: ε² of the Gaussian process; None takes that of the model.
        decile: 1, least likely, to 10; only for ``deciles``.
        size: Of the network input, in pixels; None takes that of the protocol.
        with_focus: Look once more at what a click changed; None takes the protocol's.
        late_size: Of the network input from the fifth click on; None takes ``size``, or
            what the model is made for where that is None too.
        as_made: Whether the model looks and predicts as it is made to; found by
            ``completed``.

    Raises:
        InvalidInput: Unknown protocol or clicks, or an impossible number.
    """

    predictor: str = "crop"
    max_clicks: int = 20
    threshold: float | None = None
    clicks: str = "centre"
    seed: int = 0
    noise_var: float | None = None
    decile: int = 10
    size: int | None = None
    with_focus: bool | None = None
    late_size: int | None = None
    as_made: bool | None = None

    def __post_init__(self) -> None:
        self.policy("")
        if self.clicks not in CLICKS:
            raise InvalidInput(
                f'The clicks "{self.clicks}" are unknown; choose centre, random-inner '
                "or deciles."
            )
        if self.max_clicks < 1 or self.seed < 0:
            raise InvalidInput(
                "An object gets 1 click or more and seeds are 0 or more, not "
                f"{self.max_clicks} clicks and seed {self.seed}."
            )
        if self.noise_var is not None and not 0 < self.noise_var < np.inf:
            raise InvalidInput(
                f"The noise variance must be a positive number, not {self.noise_var}."
            )

    def policy(self, dataset: str) -> ZoomPolicy:
        """The zoom policy for the data set of this name."""
        is_davis_zoom = (self.predictor, dataset) == ("zoom-flip", "davis")
        size = self.size or (_DAVIS_SIDE if is_davis_zoom else None)
        focus, late_size = self.with_focus, self.late_size
        return policy(self.predictor, size, self.threshold, focus, late_size)

    def completed(self, noise_var: float | None, own: CropZoom) -> Self:
        """The same, with what a model brings along where nothing was asked for.

        Args:
            noise_var: Of the model; None if it is no Gaussian process.
            own: The crop protocol as the model is made for it.
        """
        found = replace(self, noise_var=self.noise_var or noise_var, as_made=False)
        if self.predictor != own.name:
            return found
        focus = own.with_focus if self.with_focus is None else self.with_focus
        late_size = self.late_size or (None if self.size else own.late_size)
        size = self.size or own.size
        found = replace(found, size=size, with_focus=focus, late_size=late_size)
        as_made = found.policy("") == own and found.noise_var == noise_var
        return replace(found, as_made=as_made)

    def annotator(self, name: str) -> ChooseClick:
        """Who clicks the object of this name."""
        if self.clicks == "centre":
            return next_click
        rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        if self.clicks == "random-inner":
            return partial(random_inner_click, rng=rng)
        return partial(decile_click, rng=rng, decile=self.decile)
