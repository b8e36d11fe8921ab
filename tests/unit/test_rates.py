"""Learning rates over a run of any length."""

import pytest
import torch
from mmengine.optim import OptimWrapper

from gpcis_backend.mmseg_plugin.rates import DropLR


@pytest.mark.parametrize(
    ("length", "drops"),
    [
        pytest.param(230 * 3, [190 * 3, 220 * 3], id="the paper's 230 epochs"),
        pytest.param(100, [83, 96], id="83 % and 96 %"),
        pytest.param(1, [], id="one iteration has no time to drop"),
    ],
)
def test_the_rate_drops_tenfold_at_its_shares_of_the_run(
    length: int, drops: list[int]
) -> None:
    wrapper = OptimWrapper(torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], 1.0))
    schedule = DropLR(wrapper, end=length, by_epoch=False)

    rates = []
    for _ in range(length):
        rates.append(wrapper.get_lr()["lr"][0])
        wrapper.step()
        schedule.step()

    changes = [i for i in range(1, length) if rates[i] != rates[i - 1]]
    assert changes == drops
    assert rates[-1] == pytest.approx(0.1 ** len(drops))
