"""S: names are text, foreign pages stay out, no script but ours, no token anywhere."""

import http.client
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from gpcis_backend.server.settings import Settings
from page.conftest import OpenPage
from page.killable import KillableSite
from page.models import StagedToy
from page.pictures import SQUARE, shapes
from page.servers import Site
from page.stored import exported, wait_until_saved
from page.visit import Visit
from rest_client import OURS

EVIL_NAME = "<img src=x onerror=window.__hacked=1>.png"
EVIL_LABEL = '"><script>window.__hacked=2</script>'
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
# What a page learns of the answer to its post.
_POST = """([url, options]) => fetch(url, { method: "POST", ...options })
  .then(({ status }) => `status ${status}`, () => "nothing")"""
SECRET = "s3cret-of-this-test"


def test_s1_names_of_files_and_classes_are_text(open_page: OpenPage) -> None:
    visit = open_page(settings=Settings(class_names=(EVIL_LABEL, "dog")))

    visit.open_picture(shapes(), EVIL_NAME)
    visit.click(*SQUARE)
    visit.press("Enter")
    visit.wait_for("none")
    visit.by_id("export").click()
    dialog = visit.page.locator("dialog[open]")
    dialog.wait_for()
    visit.press("Escape")
    dialog.wait_for(state="hidden")

    assert visit.by_id("image-name").inner_text() == EVIL_NAME
    assert EVIL_LABEL in visit.by_id("object-o1").inner_text()
    assert visit.page.locator('img[src="x"], script:not([src])').count() == 0
    assert visit.page.evaluate("window.__hacked") is None
    assert visit.violations == []
    visit.by_id("classes-edit").click()
    fields = visit.page.locator("dialog input").evaluate_all(
        "(all) => all.map(({ value }) => value)"
    )
    assert EVIL_LABEL in fields


def test_s2_another_origins_post_is_refused(open_page: OpenPage) -> None:
    answered: list[tuple[str, ...]] = []
    ours = open_page(wrapping=partial(_noting, answered))
    theirs = open_page(wrapping=_foreign)
    target = f"{ours.site.url}api/v1/images?name=a.png"

    plain = theirs.page.evaluate(_POST, [target, {"mode": "no-cors", "body": "x"}])
    asked = theirs.page.evaluate(_POST, [target, {"headers": OURS, "body": "x"}])

    assert ("POST", "same-site", "403") in answered
    assert [it for it in answered if it[0] == "POST" and it[2] != "403"] == []
    assert (plain, asked) == ("nothing", "nothing")
    listed = ours.page.request.get(f"{ours.site.url}api/v1/images").json()
    assert listed["items"] == []


def test_s2_a_foreign_host_is_refused(visit: Visit) -> None:
    place = urlsplit(visit.site.url)
    assert place.hostname is not None
    connection = http.client.HTTPConnection(place.hostname, place.port)

    for path in ("/", "/api/v1/health"):
        connection.request("GET", path, headers={"Host": "evil.example"})
        answer = connection.getresponse()
        body = answer.read()

        assert answer.status == 400
        assert json.loads(body)["code"] == "bad_host"
    connection.close()


def test_s3_the_policy_is_exact_and_stops_injected_scripts(visit: Visit) -> None:
    answer = visit.page.request.get(visit.site.url)
    assert answer.headers["content-security-policy"] == CSP
    assert visit.violations == []

    visit.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.__hacked = 1";
          document.body.append(script);
          const image = document.createElement("div");
          image.innerHTML = "<img src=icon.svg onload='window.__hacked = 2'>";
          document.body.append(image);
          return image.firstChild.decode();
        }"""
    )

    visit.until("() => window.__violations.length >= 2")
    assert visit.page.evaluate("window.__hacked") is None
    assert all(it.startswith("script-src") for it in visit.violations)


def test_s4_the_token_is_in_no_address_and_no_log(
    open_page: OpenPage, web_dir: Path, tmp_path: Path
) -> None:
    settings = Settings(web_dir=web_dir, token=SECRET)
    site: Site = KillableSite(StagedToy(), settings, folder=tmp_path).start()
    assert isinstance(site, KillableSite)
    try:
        visit = open_page(site=site, query=f"?debug=1#token={SECRET}")
        visit.open_picture(shapes())
        visit.click(*SQUARE)
        wait_until_saved(visit)
        files = exported(visit, "coco")
        visit.page.reload()
        visit.wait_until_open()
        refused = visit.page.request.get(f"{site.url}api/v1/images")
    finally:
        site.stop()

    assert files
    assert refused.status == 401
    calls = [it for it in visit.requests if "/api/v1/" in it.url]
    assert {it.headers.get("authorization") for it in calls} == {f"Bearer {SECRET}"}
    assert visit.page.url == f"{site.url}?debug=1"
    addresses = [it.url.partition("#")[0] for it in visit.requests]
    referrers = [it.headers.get("referer", "") for it in visit.requests]
    assert not [it for it in (*addresses, *referrers) if SECRET in it]
    assert SECRET not in site.log
    kept = visit.page.evaluate("JSON.stringify([{ ...localStorage }, document.cookie])")
    assert SECRET not in kept


def test_s4_a_page_without_the_token_says_where_it_is(open_page: OpenPage) -> None:
    visit = open_page(settings=Settings(token=SECRET))
    visit.by_id("toast").wait_for()

    assert visit.toasts == ["unauthorized"]
    assert "its token" in visit.by_id("toast").inner_text()
    visit.page.goto(f"{visit.site.url}?debug=1#token={SECRET}")
    visit.open_picture(shapes())
    visit.click(*SQUARE)
    assert len(visit.objects) == 1
    assert SECRET not in visit.page.url


def _noting(answered: list[tuple[str, ...]], app: Flask) -> WSGIApplication:
    """The application, whose answers are noted: method, where from, status."""

    def noted(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        def begin(status: str, *rest: Any) -> Callable[[bytes], object]:
            site = environ.get("HTTP_SEC_FETCH_SITE", "")
            answered.append((environ["REQUEST_METHOD"], site, status[:3]))
            return start(status, *rest)

        return app(environ, begin)

    return noted


def _foreign(_: Flask) -> WSGIApplication:
    """A site of somebody else on this machine."""

    def page(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<link rel=icon href=data:,><p data-testid=stage>Click here"]

    return page
