"""The masks that answers through Label Studio are compared with."""

from collections.abc import Mapping, Sequence
from typing import Any

from gpcis_backend.clicks.click import BoolMask, Click
from gpcis_backend.inference.engine import Engine
from gpcis_backend.inference.images import read_image
from gpcis_backend.inference.load import load_predictor

Region = Mapping[str, Any]


class Core:
    """The masks that this program computes without any server."""

    def __init__(self) -> None:
        self._engine = Engine(load_predictor())

    def mask(self, photo: bytes, items: Sequence[Region]) -> BoolMask:
        """The mask after the clicks that Label Studio sent; it obeys each of them."""
        image = read_image(photo)
        height, width, _ = image.shape
        clicks = [
            Click(
                int(item["value"]["y"] / 100 * height),
                int(item["value"]["x"] / 100 * width),
                is_positive=item["is_positive"],
            )
            for item in items
        ]
        mask = self._engine.segment(str(hash(photo)), image, clicks).mask
        assert all(mask[click.row, click.col] == click.is_positive for click in clicks)
        return mask


def of_type(regions: Sequence[Region], kind: str) -> Region:
    """The one region of a kind.

    Label Studio stores an accepted mask twice under one id: the second time with the
    label of the tool that asked for it.
    """
    (found,) = [region for region in regions if region["type"] == kind]
    return found
