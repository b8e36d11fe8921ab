"""Learning rates over a run of any length."""

from collections.abc import Sequence
from typing import Any

from mmengine.optim import MultiStepLR
from mmseg.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class DropLR(MultiStepLR):
    """Multiplies the learning rate by ``gamma`` after each share of the run.

    Use it with ``by_epoch=False``: iterations hit the shares of a short run too.

    Args:
        optimizer: mmengine's wrapper.
        end: Length of the run, which mmengine fills in.
        shares: Ascending, in (0, 1); the paper's are epochs 190 and 220 of 230.
        **kwargs: As ``MultiStepLR``.
    """

    def __init__(
        self,
        optimizer: Any,
        *,
        end: int,
        shares: Sequence[float] = (190 / 230, 220 / 230),
        **kwargs: Any,
    ) -> None:
        milestones = [max(1, round(share * end)) for share in shares]
        super().__init__(optimizer, milestones=milestones, end=end, **kwargs)
