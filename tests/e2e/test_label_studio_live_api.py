"""What the real Label Studio and our backend agree on, seen through its REST API."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest

from gpcis_backend.server.label_studio.learning.masks import to_mask
from label_studio_calls import keypoint
from label_studio_core import Core
from label_studio_site import Backend, Site, gpcis, serving

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 451, 300  # of the cat
CLICKS = [
    keypoint(
        x,
        y,
        is_positive,
        from_name="click",
        original_width=WIDTH,
        original_height=HEIGHT,
    )
    for x, y, is_positive in [(35, 40, True), (65, 25, True), (82, 60, False)]
]


def test_a_backend_that_was_started_anew_goes_on_where_it_was(
    site: Site, backend: Backend, core: Core, cat: bytes
) -> None:
    project = site.project(backend.url)
    task = project.add("cat.jpg", cat)

    before = project.ask(task, *CLICKS[:1])
    backend.restart()
    after = project.ask(task, *CLICKS)

    assert _counts(backend)["setups"] == 0
    for item, clicks in ((before, CLICKS[:1]), (after, CLICKS)):
        (region,) = item["result"]
        assert (to_mask(region, HEIGHT, WIDTH) == core.mask(cat, clicks)).all()
        assert item["model_version"].startswith("gpcis-")


def test_what_setup_says_is_enough_on_one_machine(
    site: Site, core: Core, cat: bytes, tmp_path: Path
) -> None:
    with serving(tmp_path / "log.txt", {}) as backend:
        project = site.project(backend.url)
        task = project.add("cat.jpg", cat)

        (region,) = project.ask(task, *CLICKS)["result"]

    assert (to_mask(region, HEIGHT, WIDTH) == core.mask(cat, CLICKS)).all()
    assert site.token not in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize(
    ("output", "lowest"),
    [("bitmask", 1.0), ("polygon", 0.97)],
    ids=["bitmask", "polygon"],
)
def test_other_kinds_of_masks_survive_being_stored(
    site: Site,
    backend: Backend,
    core: Core,
    cat: bytes,
    output: str,
    lowest: float,
) -> None:
    project = site.project(backend.url, "Object", "--output", output)
    task = project.add("cat.jpg", cat)

    answered = project.ask(task, *CLICKS)["result"]
    project.annotate(task, answered)

    (regions,) = project.annotations(task)
    masks = [to_mask(region, HEIGHT, WIDTH) for region in regions]
    mask, expected = np.any(masks, axis=0), core.mask(cat, CLICKS)
    assert {region["type"] for region in regions} == {f"{output}labels"}
    assert (mask & expected).sum() / (mask | expected).sum() >= lowest


def test_the_doctor_finds_nothing_to_do(
    site: Site, backend: Backend, cat: bytes
) -> None:
    project = site.project(backend.url)
    project.add("cat.jpg", cat)
    words = ("--label-studio", site.url, "--backend", backend.url)

    found = gpcis("doctor", *words, f"--project={project.number}", **site.settings)

    assert all(line.startswith("ok ") for line in found.splitlines()[:-1]), found


def _counts(backend: Backend) -> Mapping[str, Any]:
    with urlopen(f"{backend.url}/metrics") as answer:
        counts: dict[str, Any] = json.load(answer)["counts"]
    return {"setups": 0, **counts}
