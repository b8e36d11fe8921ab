"""Clicks in the real Label Studio, in a browser, end in the masks of our own core."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from playwright.sync_api import Browser, sync_playwright

from chromium import CHROMIUM, FLAGS
from gpcis_backend.clicks.click import BoolMask
from gpcis_backend.inference.images import read_image
from gpcis_backend.server.label_studio.brush import from_brush
from label_studio_core import Core, Region, of_type
from label_studio_page import Editor
from label_studio_site import Backend, Project, Site, gpcis, require

pytestmark = pytest.mark.slow

Place = tuple[float, float, bool]  # percent from the left, from the top; is positive
OpenEditor = Callable[[Project, int], Editor]

ON_CAT: list[Place] = [(35, 40, True), (65, 25, True), (82, 60, False)]
ON_CUP: list[Place] = [(50, 20, True), (38, 68, True), (20, 60, False)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(Path(CHROMIUM), "apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_editor(browser: Browser, tmp_path: Path) -> Iterator[OpenEditor]:
    """Opens tasks; ``GPCIS_SCREENSHOTS`` names a folder that keeps the screenshots."""
    shots = Path(os.environ.get("GPCIS_SCREENSHOTS") or tmp_path)
    shots.mkdir(parents=True, exist_ok=True)
    pages = []

    def open_it(project: Project, task: int) -> Editor:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        pages.append(page)
        return Editor(page, project, task, shots)

    yield open_it
    for page in pages:
        page.context.close()


@pytest.mark.parametrize(
    ("photo", "places", "label"),
    [("cat", ON_CAT, "cat"), ("turned_cup", ON_CUP, "cup")],
    ids=["upright", "EXIF orientation 6"],
)
def test_three_clicks_are_stored_as_the_mask_that_the_core_computes(
    request: pytest.FixtureRequest,
    site: Site,
    backend: Backend,
    core: Core,
    open_editor: OpenEditor,
    photo: str,
    places: list[Place],
    label: str,
    tmp_path: Path,
) -> None:
    picture: bytes = request.getfixturevalue(photo)
    project = site.project(backend.url, "cat", "cup")
    task = project.add(f"{photo}.jpg", picture)
    editor = open_editor(project, task)
    assert project.predictions(task) == []
    editor.arm(label)
    masks = [editor.painted()]
    editor.shoot(f"{photo}-0")
    assert masks[0].sum() == 0

    for number, (x, y, is_positive) in enumerate(places, start=1):
        editor.click(x, y, is_positive=is_positive)
        context = editor.contexts[-1]
        masks.append(editor.wait_for_mask(core.mask(picture, context)))
        editor.shoot(f"{photo}-{number}")

        signs = [item["is_positive"] for item in context]
        assert signs == [sign for *_, sign in places[:number]]
        assert [item["value"]["keypointlabels"] for item in context] == [[label]] * (
            number
        )
        assert (masks[-1] ^ masks[-2]).sum() > 1000  # a dot is 40 pixels large
        assert editor.num_suggestions == 1

    editor.accept()
    assert editor.regions == ["brushregion"]
    mask = core.mask(picture, editor.contexts[-1])
    editor.submit()
    editor.wait_for_mask(mask)
    editor.shoot(f"{photo}-submitted")
    assert len(editor.contexts) == 3
    (regions,) = project.annotations(task)
    brush = of_type(regions, "brushlabels")
    assert brush["value"]["brushlabels"] == [label]
    assert 0 < brush["score"] <= 1
    assert _size(brush) == read_image(picture).shape[:2]
    assert (from_brush(brush["value"]["rle"], *_size(brush)) == mask).all()
    assert project.predictions(task) == []
    assert (_training_mask(project, tmp_path / "set") == mask).all()


def test_clicks_without_a_pause_end_in_the_mask_of_all(
    site: Site,
    backend: Backend,
    core: Core,
    open_editor: OpenEditor,
    turned_cup: bytes,
) -> None:
    project = site.project(backend.url)
    task = project.add("cup.jpg", turned_cup)
    editor = open_editor(project, task)
    editor.arm("Object")

    for x, y, is_positive in ON_CUP:
        editor.press(x, y, is_positive=is_positive)
    editor.wait_for_answers(len(ON_CUP))

    mask = core.mask(turned_cup, editor.contexts[-1])
    editor.wait_for_mask(mask)
    editor.shoot("without-a-pause")
    assert editor.num_suggestions == 1
    editor.accept()
    editor.submit()
    (regions,) = project.annotations(task)
    brush = of_type(regions, "brushlabels")
    assert (from_brush(brush["value"]["rle"], *_size(brush)) == mask).all()


def _training_mask(project: Project, out: Path) -> BoolMask:
    """The one object of the training set that a project's annotations make."""
    words = (project.site.url, f"--project={project.number}", f"--out={out}")
    gpcis("data", "from-label-studio", *words, **project.site.settings)
    (file,) = (out / "train" / "label_studio" / "inst").iterdir()
    with pillow.open(file) as ids:
        mask: BoolMask = np.asarray(ids) == 1
    return mask


def _size(region: Region) -> tuple[int, int]:
    return region["original_height"], region["original_width"]
