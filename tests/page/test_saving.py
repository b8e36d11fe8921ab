"""F1 to F4: work is saved by itself, and survives servers, tabs and other tabs."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error, Page, Route

from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.killable import KillableSite
from page.masks import shown_mask
from page.models import StagedToy
from page.pictures import BAR, DISC, GROUND, SQUARE, png_of, shapes
from page.stored import (
    add_image,
    open_stored,
    stored,
    stored_masks,
    wait_until_saved,
)
from page.visit import Visit

SAVE_S = 2.0
TENFOLD = 10
_IN_JOURNAL = """(count) => new Promise((done) => {
  const asked = indexedDB.open("gpcis");
  asked.onsuccess = () => {
    const entries = asked.result.transaction("journal").objectStore("journal").getAll();
    entries.onsuccess = () => {
      asked.result.close();
      const [entry] = entries.result;
      done(entry?.document.objects.filter(({ runs }) => runs).length === count);
    };
  };
})"""


@pytest.fixture
def killable(web_dir: Path, tmp_path: Path) -> Iterator[KillableSite]:
    site = KillableSite(StagedToy(), Settings(web_dir=web_dir), folder=tmp_path)
    yield site.start()
    site.stop()


def test_f1_a_change_is_saved_and_a_reload_brings_everything_back(
    visit: Visit,
) -> None:
    add_image(visit, png_of(shapes()))
    open_stored(visit)
    visit.click(*SQUARE)
    visit.press("Enter")
    visit.click(*DISC)
    wait_until_saved(visit)
    before, objects = visit.hash, visit.objects
    masks = [shown_mask(visit, name) for name in ("o1", "o2")]

    visit.page.reload()
    visit.wait_until_open("a.png")

    assert visit.hash == before
    assert [each["clicks"] for each in visit.objects] == [
        each["clicks"] for each in objects
    ]
    for number, mask in enumerate(masks, start=1):
        np.testing.assert_array_equal(shown_mask(visit, f"o{number}"), mask)
    assert visit.mask_state == "final"  # the second object is open as it was
    assert len(visit.sent) == 2  # its mask was not asked for again


def test_f1_saving_does_not_wait_for_the_user_to_rest(visit: Visit) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    visit.press("Enter")
    wait_until_saved(visit)
    saves = len(visit.asked("/annotation", "PUT"))

    start = time.monotonic()
    while len(visit.asked("/annotation", "PUT")) == saves:
        assert time.monotonic() - start < TENFOLD * SAVE_S
        visit.by_id("visible-o1").click()
        visit.page.wait_for_timeout(100)  # how fast the user is: never a second's rest

    visit.by_id("save-pill").click()
    wait_until_saved(visit)
    visible = visit.objects[0]["visible"]
    assert stored(visit)["objects"][0]["visible"] == visible


def test_f2_a_server_killed_in_a_save_loses_nothing(
    open_page: OpenPage, killable: KillableSite
) -> None:
    visit = open_page(site=killable)
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    wait_until_saved(visit)
    (path,) = (killable.folder / "data").rglob("*.gpcis.json")
    old = path.read_bytes()

    killable.stall()
    visit.click(*BAR)
    killable.wait_until_stalled()
    killable.kill()
    pill = visit.by_id("save-pill")
    visit.page.wait_for_selector('[data-testid="save-pill"][data-state="failed"]')

    assert "not saved" in pill.inner_text()
    assert path.read_bytes() == old
    assert len(json.loads(old)["objects"][0]["clicks"]) == 1

    killable.start()
    wait_until_saved(visit)
    assert stored(visit)["objects"][0]["clicks"] == visit.clicks
    assert len(visit.clicks) == 2
    visit.page.wait_for_selector('[data-testid="banner"]', state="detached")
    np.testing.assert_array_equal(stored_masks(visit)[0], shown_mask(visit, "o1"))


def test_f3_a_killed_tab_leaves_its_work_to_the_next_one(visit: Visit) -> None:
    add_image(visit, png_of(shapes()))
    open_stored(visit)
    visit.page.route("**/annotation", _refuse)
    visit.click(*SQUARE)
    visit.press("Enter")
    visit.click(*DISC)
    visit.until(_IN_JOURNAL, 2)
    before = visit.hash

    _kill(visit.page)
    again = Visit(visit.page.context.new_page(), visit.site).start()
    again.by_id("continue").click()
    again.wait_until_open("a.png")
    banner = again.by_id("banner")
    found = banner.get_attribute("data-kind"), again.objects
    banner.get_by_role("button", name="Restore").click()

    assert found == ("found", [])
    assert again.hash == before
    assert banner.count() == 0
    wait_until_saved(again)
    assert len(stored(again)["objects"]) == 2
    again.page.reload()
    again.wait_until_open("a.png")
    assert again.hash == before
    assert banner.count() == 0
    assert again.errors == []


def test_f3_a_tab_closed_too_early_loses_nothing(visit: Visit) -> None:
    add_image(visit, png_of(shapes()))
    open_stored(visit)
    visit.click(*SQUARE)
    visit.until(_IN_JOURNAL, 1)
    before, context = visit.hash, visit.page.context

    visit.page.close(run_before_unload=False)
    again = Visit(context.new_page(), visit.site).start()
    again.by_id("continue").click()
    again.wait_until_open("a.png")
    again.until(
        "() => __gpcis.state.work.objects.length === 1"
        " || document.querySelector('[data-kind=found]') !== null"
    )
    if again.objects == []:  # it had no time to save
        again.by_id("banner").get_by_role("button", name="Restore").click()

    assert again.hash == before


def test_f4_the_other_tabs_work_can_be_taken(open_page: OpenPage) -> None:
    ours, theirs = _conflict(open_page)

    ours.by_id("banner").get_by_role("button", name="Take theirs").click()
    ours.page.wait_for_selector('[data-testid="banner"]', state="detached")

    assert ours.hash == theirs.hash
    assert len(ours.objects[0]["clicks"]) == 2
    ours.click(*BAR)
    wait_until_saved(ours)
    assert len(stored(ours)["objects"][0]["clicks"]) == 3


def test_f4_our_own_work_can_be_kept(open_page: OpenPage) -> None:
    ours, theirs = _conflict(open_page)
    before = ours.hash

    ours.by_id("banner").get_by_role("button", name="Keep mine").click()
    ours.page.wait_for_selector('[data-testid="banner"]', state="detached")
    wait_until_saved(ours)

    assert ours.hash == before
    assert [each["state"] for each in stored(ours)["objects"]] == ["finished", "open"]
    theirs.page.reload()
    theirs.wait_until_open("a.png")
    assert theirs.hash == before


def _kill(page: Page) -> None:
    """End the tab's process; one that is closed would still try to save."""
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")


def _refuse(route: Route) -> None:
    """The server has no room."""
    problem = {"code": "disk_full", "status": 507, "title": "Full", "detail": ""}
    route.fulfill(status=507, json=problem, content_type="application/problem+json")


def _conflict(open_page: OpenPage) -> tuple[Visit, Visit]:
    """Two tabs with one image; the second has saved, so the first may not."""
    ours = open_page()
    add_image(ours, png_of(shapes()))
    open_stored(ours)
    ours.click(*SQUARE)
    wait_until_saved(ours)
    theirs = Visit(ours.page.context.new_page(), ours.site).start()
    theirs.by_id("continue").click()
    theirs.wait_until_open("a.png")
    theirs.click(*GROUND, button="right", wait=None)
    theirs.wait_for_clicks(2)
    wait_until_saved(theirs)

    ours.press("Enter")
    ours.click(*DISC)
    ours.page.wait_for_selector('[data-testid="banner"][data-kind="conflict"]')
    refused = ours.asked("/annotation", "PUT")[-1].response()
    assert refused is not None
    assert refused.status == 412
    assert "not saved" in ours.by_id("save-pill").inner_text()
    assert len(stored(ours)["objects"][0]["clicks"]) == 2
    return ours, theirs
