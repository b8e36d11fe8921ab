"""What goes wrong: said once, in words, with the clicks kept; and what never grows."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Route

from gpcis_backend.errors import Busy, ModelUnavailable, NumericalError, TimedOut
from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.models import StagedToy
from page.pictures import DISC, SQUARE, jpeg_of, shapes
from page.servers import Site
from page.visit import Visit

_MIB = 2**20
_CACHE_BYTES = 64 * _MIB
_ENCODING_BYTES = 640 * 480 * 3 * 4  # of the toy, for a picture of the last test
_BITMAPS = """
window.__bitmaps = 0;
const { createImageBitmap: create } = window;
window.createImageBitmap = async (...parts) => {
  const bitmap = await create.apply(window, parts);
  window.__bitmaps += 1;
  return bitmap;
};
const { close } = ImageBitmap.prototype;
ImageBitmap.prototype.close = function () {
  window.__bitmaps -= 1;
  close.call(this);
};
"""


@pytest.mark.parametrize(
    ("status", "code", "extra", "words"),
    [
        (400, "malformed", {}, "does not understand"),
        (409, "superseded", {}, None),
        (412, "conflict", {"etag": '"2"'}, "Another tab"),
        (413, "too_large", {"limit": 256_000}, "0.26 MB"),
        (415, "unsupported_type", {}, "not accepted"),
        (422, "invalid", {"fields": []}, "does not accept"),
        (422, "click_outside", {}, "outside the image"),
        (500, "internal", {"id": "x1"}, "server failed"),
        (500, "numerical", {}, "could not work these clicks out"),
        (503, "model_unavailable", {"path": "x"}, "no model"),
        (504, "timeout", {}, "too long"),
    ],
)
def test_g1_a_refusal_is_told_and_retry_works(
    visit: Visit, status: int, code: str, extra: dict[str, object], words: str | None
) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    _refuse_once(visit, _problem(status, code, extra))

    visit.click(*DISC, wait="error")

    assert visit.toasts == ([] if words is None else [code])
    if words is not None:
        toast = visit.by_id("toast")
        assert words in toast.inner_text()
        assert "Told by the test." in toast.inner_text()
        assert toast.get_by_role("alert").is_visible()
    _check_that_retry_works(visit)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RuntimeError("for the test"), "internal"),
        (TimedOut("for the test"), "timeout"),
        (NumericalError("for the test"), "numerical"),
    ],
)
def test_g1_a_model_that_fails_is_told_and_retry_works(
    open_page: OpenPage, failure: Exception, code: str
) -> None:
    model = StagedToy()
    visit = open_page(model)
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    model.failures.append(failure)

    visit.click(*DISC, wait="error")

    assert visit.toasts == [code]
    _check_that_retry_works(visit)


def test_g1_a_busy_server_is_asked_again_by_itself(open_page: OpenPage) -> None:
    model = StagedToy()
    visit = open_page(model)
    visit.open_picture(shapes())
    model.failures.append(Busy("for the test"))

    visit.click(*SQUARE, wait=None)
    visit.by_id("toast").wait_for()
    words = visit.by_id("toast").inner_text()
    visit.wait_for("final")

    assert "busy, retrying" in words
    assert len(visit.sent) == 2
    assert visit.sent[0] == visit.sent[1]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/vnd.gpcis.v1", b"GPC1\x05\x00\x00\x00{nope"),
        ("application/vnd.gpcis.v1", b""),
        ("text/html", b"<h1>A proxy's page</h1>"),
    ],
)
def test_g1_a_malformed_mask_is_told_and_retry_works(
    visit: Visit, kind: str, body: bytes
) -> None:
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    _refuse_once(
        visit, lambda route: route.fulfill(status=200, content_type=kind, body=body)
    )

    visit.click(*DISC, wait="error")

    assert visit.toasts == ["unreadable"]
    _check_that_retry_works(visit)


def test_g1_without_a_server_clicks_wait_and_are_answered_later(
    open_page: OpenPage, tmp_path: Path
) -> None:
    (tmp_path / "drawn.png").write_bytes(jpeg_of(shapes()))
    visit = open_page(settings=Settings(images_dir=tmp_path))
    visit.by_id("continue").click()
    visit.wait_until_open()
    visit.click(*SQUARE)

    visit.site.stop()
    visit.click(*DISC, wait=None)
    banner = visit.page.locator('[data-testid="banner"][data-kind="offline"]')
    banner.wait_for()
    words, clicks, toasts = banner.inner_text(), visit.clicks, visit.toasts
    visit.press("Control+z")
    undone = visit.mask_state
    visit.press("Control+y")
    visit.site.start()
    banner.get_by_role("button").click()
    visit.wait_for_clicks(2)

    assert "Connection lost. Your clicks are kept." in words
    assert len(clicks) == 2
    assert toasts == []
    assert undone == "final"
    banner.wait_for(state="detached")


def test_g2_the_tests_hear_of_what_nobody_catches(open_page: OpenPage) -> None:
    visit = open_page()
    visit.open_picture(shapes())
    silent = list(visit.errors)

    visit.page.evaluate("void Promise.reject(new Error('nobody cares'))")
    visit.settle()
    heard = list(visit.errors)
    visit.errors.clear()

    assert silent == []
    assert heard == ["nobody cares"]


def test_g3_a_missing_model_is_said_with_path_and_command(open_page: OpenPage) -> None:
    weights = Path("/nowhere/weights.safetensors")
    visit = open_page(
        ModelUnavailable(f"There is no file {weights}."),
        settings=Settings(checkpoint=weights),
    )

    panel = visit.by_id("model-missing")
    panel.wait_for()

    assert panel.get_by_text(str(weights), exact=True).is_visible()
    assert panel.get_by_text("gpcis serve --checkpoint FILE", exact=True).is_visible()


@pytest.mark.slow
def test_g4_after_200_images_nothing_has_grown(
    open_page: OpenPage, web_dir: Path, tmp_path: Path
) -> None:
    for num in range(200):
        picture = shapes(640, 480)
        picture[0, 0] = num % 256, num // 256, 0
        (tmp_path / f"{num:03}.jpg").write_bytes(jpeg_of(picture))
    model = StagedToy()
    settings = Settings(images_dir=tmp_path, web_dir=web_dir)
    site = Site(model, settings, cache_bytes=_CACHE_BYTES).start()
    visit = open_page(site=site, script=_BITMAPS)
    devtools = visit.page.context.new_cdp_session(visit.page)
    visit.by_id("continue").click()

    for num in range(200):
        visit.wait_until_open(f"{num:03}.jpg")
        if num % 10 == 0:
            visit.click(*SQUARE)
        if num == 20:
            early = _heap_bytes(devtools)
        visit.press("g" if num % 10 == 0 else "d")

    late = _heap_bytes(devtools)
    kept = visit.page.evaluate("fetch('api/v1/metrics').then((all) => all.json())")
    site.stop()
    assert model.num_encodings * _ENCODING_BYTES > 2 * _CACHE_BYTES
    assert late < 300 * _MIB
    assert late < early + 30 * _MIB
    assert visit.page.evaluate("window.__bitmaps") <= 2
    assert 0 < kept["cache"]["encodings"]["bytes"] <= _CACHE_BYTES // 2
    assert 0 < kept["cache"]["states"]["bytes"] <= _CACHE_BYTES // 2


def _check_that_retry_works(visit: Visit) -> None:
    """Two clicks are there, and are answered once somebody asks for it."""
    clicks = visit.clicks
    visit.by_id("retry").click()
    visit.wait_for_clicks(2)
    assert visit.clicks == clicks
    assert len(clicks) == 2
    assert visit.by_id("retry").count() == 0


def _refuse_once(visit: Visit, answer: Callable[[Route], None]) -> None:
    visit.page.route("**/segment", answer, times=1)


def _problem(
    status: int, code: str, extra: dict[str, object]
) -> Callable[[Route], None]:
    body = {
        "type": f"urn:gpcis:error:{code}",
        "title": "Refused",
        "status": status,
        "detail": "Told by the test.",
        "code": code,
        "instance": "/api/v1",
        **extra,
    }
    return lambda route: route.fulfill(
        status=status, content_type="application/problem+json", body=json.dumps(body)
    )


def _heap_bytes(devtools: CDPSession) -> int:
    """Of the page's objects, once the dead ones are gone."""
    devtools.send("HeapProfiler.collectGarbage")
    return int(devtools.send("Runtime.getHeapUsage")["usedSize"])
