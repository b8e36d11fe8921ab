"""What the server keeps of a project: put there, and read back, behind the page."""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np
from playwright.sync_api import FilePayload

from annotations import a_document, an_object
from gpcis_backend.clicks.click import BoolMask
from page.masks import stored_mask
from page.visit import Visit
from rest_client import OURS


def add_image(visit: Visit, data: bytes, name: str = "a.png") -> dict[str, Any]:
    """An image of the project, as the API lists it."""
    answer = visit.page.request.post(
        f"{visit.site.url}api/v1/images",
        params={"name": name},
        data=data,
        headers={**OURS, "Content-Type": "application/octet-stream"},
    )
    assert answer.status == 201, answer.text()
    item: dict[str, Any] = answer.json()
    return item


def add_masks(visit: Visit, item: dict[str, Any], masks: Iterable[BoolMask]) -> None:
    """The image's first document: finished objects with a click each.

    An empty mask is one that was brought along: no click gives it.
    """
    objects = []
    for number, mask in enumerate(masks, start=1):
        clicks = [
            {"id": f"c{number}", **place, "sign": 1, "muted": False}
            for place in _inside(mask)
        ]
        init = None if clicks else {"bbox": [0, 0, 0, 0], "runs": ""}
        objects.append(an_object(mask, id=f"o{number}", clicks=clicks, init=init))
    answer = visit.page.request.put(
        _path(visit, item),
        data=json.dumps(a_document(item, *objects)),
        headers={**OURS, "Content-Type": "application/json", "If-None-Match": "*"},
    )
    assert answer.ok, answer.text()


def open_stored(visit: Visit, name: str = "a.png") -> None:
    """Load the page anew and go on with the project's image."""
    visit.page.goto(visit.site.url + visit.query)
    visit.by_id("continue").click()
    visit.wait_until_open(name)


def stored(visit: Visit) -> dict[str, Any]:
    """The document of the image on the stage, as the server has it."""
    answer = visit.page.request.get(_path(visit, visit.read("state.image")))
    assert answer.ok, answer.text()
    document: dict[str, Any] = answer.json()
    return document


def stored_masks(visit: Visit) -> list[BoolMask]:
    """Those of its objects."""
    document = stored(visit)
    size = document["image"]["height"], document["image"]["width"]
    return [stored_mask(each, *size) for each in document["objects"]]


def wait_until_saved(visit: Visit) -> None:
    """Until the server has all there is."""
    visit.page.wait_for_selector('[data-testid="save-pill"][data-state="saved"]')


def exported(visit: Visit, name: str, *, polygons: bool = False) -> dict[str, bytes]:
    """The files of an export made by the page's dialog."""
    visit.by_id("export").click()
    visit.by_id(f"format-{name}").check()
    if polygons:
        visit.by_id("polygons").check()
    with visit.page.expect_download() as download:
        visit.by_id("export-start").click()
    visit.page.wait_for_selector("dialog", state="detached")
    packed = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    return {member: packed.read(member) for member in packed.namelist()}


def imported(visit: Visit, kind: str, name: str, data: bytes) -> None:
    """Bring masks along by the page's dialog."""
    visit.by_id("import").click()
    file: FilePayload = {"name": name, "mimeType": "text/plain", "buffer": data}
    visit.by_id("import-file").set_input_files(file)
    visit.by_id(f"import-{kind}").check()
    visit.by_id("import-start").click()
    visit.page.wait_for_selector("dialog", state="detached")


def _path(visit: Visit, item: dict[str, Any]) -> str:
    return f"{visit.site.url}api/v1/images/{item['id']}/annotation"


def _inside(mask: BoolMask) -> list[dict[str, float]]:
    """A pixel of the mask, if there is one."""
    places = np.argwhere(mask)[:1]
    return [{"x": float(col) + 0.5, "y": float(row) + 0.5} for row, col in places]
