"""``gpcis bench ui`` measures what it says."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gpcis_backend.errors import InvalidInput
from gpcis_backend.inference.engine import Engine
from gpcis_backend.server.page_benchmark import page_costs
from gpcis_backend.server.settings import Settings
from page.models import StagedToy


def test_parts_of_a_click_add_up_to_it(web_dir: Path) -> None:
    engine = Engine(StagedToy(has_preview=True, pace=lambda *_: 0.05))
    settings = Settings(web_dir=web_dir)

    with ThreadPoolExecutor(1) as other_thread:  # one has a browser open already
        costs = other_thread.submit(page_costs, engine, 7, settings).result()

    assert len(costs.clicks) == len(costs.undos) == 7
    assert min(costs.undos) > 0
    for cost in costs.clicks:
        parts = cost.network, cost.model, cost.decode, cost.paint
        assert min(parts) > 0
        assert cost.model >= 50
        assert cost.dot < cost.total
        assert sum(parts) <= cost.total


def test_without_a_page_the_way_to_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"frontend/build\.py"):
        page_costs(Engine(StagedToy()), 1, Settings(web_dir=tmp_path))
