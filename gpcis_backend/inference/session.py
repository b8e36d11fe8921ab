"""One image and the clicks on it, for Python users and the command line."""

from hashlib import sha256

import numpy as np

from gpcis_backend.clicks.click import BoolMask, Click, Image, Prob, check_clicks
from gpcis_backend.inference.answer import Answer
from gpcis_backend.inference.engine import Engine

_Clicks = tuple[Click, ...]


class Session:
    """The clicks made on one image, their mask, undo and redo.

    A click that is refused changes nothing.  Undo takes back any edit, ``clear``
    included, and costs no pass of the network.

    Args:
        engine: Makes the masks.
        image: Upright RGB.  (H, W, 3)
        init: Mask to start from, in [0, 1].  (H, W)
        threshold: A pixel belongs to the mask if its probability is above this.
    """

    def __init__(
        self,
        engine: Engine,
        image: Image,
        *,
        init: Prob | None = None,
        threshold: float = 0.5,
    ) -> None:
        self.threshold = threshold
        self.revision = 0
        self._engine, self._image, self._init = engine, image, init
        self._key = _content_key(image)
        self._clicks: _Clicks = ()
        self._past: list[_Clicks] = []
        self._future: list[_Clicks] = []

    @property
    def clicks(self) -> _Clicks:
        """In the order they were made."""
        return self._clicks

    @property
    def prob(self) -> Prob:
        """Foreground probability, clicks obeyed.  (H, W)."""
        return self.answer().prob

    @property
    def mask(self) -> BoolMask:
        """The object as the clicks describe it.  (H, W)."""
        return self.answer().mask

    def answer(self) -> Answer:
        """The mask with its probability and one mark per click."""
        return self._engine.segment(
            self._key,
            self._image,
            self._clicks,
            init=self._init,
            threshold=self.threshold,
        )

    def add(self, click: Click) -> None:
        """Make a click.

        Raises:
            InvalidClick: It lies outside the image.
            InvalidInput: There are too many clicks already.
        """
        clicks = (*self._clicks, click)
        check_clicks(clicks, *self._image.shape[:2])
        self._edit(clicks)

    def clear(self) -> None:
        """Take back all clicks; ``undo`` brings them back."""
        if self._clicks:
            self._edit(())

    def undo(self) -> bool:
        """Take back the last edit; False if there is none."""
        return self._move(self._past, self._future)

    def redo(self) -> bool:
        """Make the edit again that was taken back last; False if there is none."""
        return self._move(self._future, self._past)

    def _edit(self, clicks: _Clicks) -> None:
        self._past.append(self._clicks)
        self._future.clear()
        self._clicks = clicks
        self.revision += 1

    def _move(self, source: list[_Clicks], target: list[_Clicks]) -> bool:
        """Exchange the clicks with the newest of ``source``."""
        if not source:
            return False
        target.append(self._clicks)
        self._clicks = source.pop()
        self.revision += 1
        return True


def _content_key(image: Image) -> str:
    """Names the pixels, so that sessions on equal images share what is cached."""
    pixels = sha256(np.ascontiguousarray(image).tobytes())
    pixels.update(repr(image.shape).encode())
    return pixels.hexdigest()
