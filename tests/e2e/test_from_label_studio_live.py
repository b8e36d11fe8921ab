"""What was annotated in the real Label Studio becomes a training set."""

import re
from pathlib import Path

import numpy as np
import pytest
import requests

from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.data.instance_folder import open_instance_folder
from gpcis_backend.data.pictures import Pictures
from gpcis_backend.server.label_studio.brush import to_brush
from label_studio_site import EMAIL, PASSWORD, Project, Site, gpcis

pytestmark = pytest.mark.slow

CAT, CUP = (300, 451), (400, 600)  # rows and columns, upright


@pytest.mark.parametrize("kind", ["legacy", "personal"])
def test_annotated_masks_come_back_as_instances(
    kind: str, site: Site, cat: bytes, turned_cup: bytes, tmp_path: Path
) -> None:
    project = _project(site)
    on_cat = [_disc(CAT, 100, 150, 60), _disc(CAT, 200, 300, 50)]
    on_cup = _disc(CUP, 200, 350, 120)
    tasks = [project.add("cat.jpg", cat), project.add("cup.jpg", turned_cup)]
    project.annotate(tasks[0], [_region(mask) for mask in on_cat])
    project.annotate(tasks[1], [_region(on_cup)])
    cancelled = {"result": [_region(~on_cup)], "was_cancelled": True}
    site.client.post(f"/api/tasks/{tasks[1]}/annotations", cancelled)
    token = site.token if kind == "legacy" else _personal_token(site)

    url = f"{site.url}/projects/{project.number}/data"
    said = gpcis(
        "data", "from-label-studio", url, "--token", token, "--out", f"{tmp_path}/d"
    )

    assert "pictures: 2, objects: 3" in said
    folder = open_instance_folder(tmp_path / "d/train", "label_studio")
    found = {mask.tobytes() for mask in _masks(folder)}
    assert found == {mask.tobytes() for mask in (*on_cat, on_cup)}


def _project(site: Site) -> Project:
    body = {"title": "Masks", "label_config": gpcis("ls-config", "Object")}
    return Project(site, int(site.client.post("/api/projects", body)["id"]), 0)


def _disc(size: tuple[int, int], row: int, col: int, radius: int) -> BoolMask:
    rows, cols = np.ogrid[: size[0], : size[1]]
    inside: BoolMask = (rows - row) ** 2 + (cols - col) ** 2 < radius**2
    return inside


def _region(mask: BoolMask) -> dict[str, object]:
    value = {"format": "rle", "rle": to_brush(mask), "brushlabels": ["Object"]}
    return {
        "from_name": "mask",
        "to_name": "image",
        "type": "brushlabels",
        "original_height": mask.shape[0],
        "original_width": mask.shape[1],
        "image_rotation": 0,
        "value": value,
    }


def _masks(folder: Pictures) -> list[BoolMask]:
    annotations = [folder[number] for number in range(len(folder))]
    return [
        found.ids == instance
        for found in annotations
        for instance in range(1, int(found.ids.max()) + 1)
    ]


def _personal_token(site: Site) -> str:
    """A new personal access token, made as its web page makes one."""
    page = f"{site.url}/user/login/"
    referer = {"Referer": page}
    with requests.Session() as browser:
        form = browser.get(page, timeout=60).text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found is not None
        fields = {"csrfmiddlewaretoken": found[1], "email": EMAIL, "password": PASSWORD}
        browser.post(page, fields, headers=referer, timeout=60)
        made = browser.post(
            f"{site.url}/api/token/",
            json={},
            headers={"X-CSRFToken": browser.cookies.get("csrftoken") or "", **referer},
            timeout=60,
        )
    assert made.status_code == 201, made.text
    return str(made.json()["token"])
