"""The watch notices what it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import axe
from tests.browser.settling import until
from tests.browser.watching import Watch, layout_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.slow

OURS = "http://stack.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src *; img-src *"


@pytest.fixture
def watched(browser: Browser) -> Iterator[tuple[Page, Watch]]:
    """A page of which the test says the HTML and the script, and its watch."""
    context = browser.new_context()
    watch = Watch(context, {OURS})
    yield context.new_page(), watch
    context.close()


def shown(page: Page, html: str, script: str = "") -> None:
    def answer(route: Route) -> None:
        if route.request.url.endswith("/page"):
            headers = {"content-security-policy": POLICY, "content-type": "text/html"}
            body = f'<!doctype html><html lang="en"><title>T</title><main><h1>T</h1>{html}</main>'
            route.fulfill(body=f"{body}<script src=/app.js></script>", headers=headers)
        elif route.request.url.endswith("/app.js"):
            route.fulfill(body=script, content_type="text/javascript")
        else:
            route.fulfill(body="{}", headers={"access-control-allow-origin": "*"})

    page.route("**", answer)
    page.goto(f"{OURS}/page", wait_until="networkidle")


def test_page_without_faults_is_clean(watched: tuple[Page, Watch]) -> None:
    page, watch = watched
    shown(page, "<p>Fine</p>", "fetch('/data.json')")
    assert watch.faults == []
    assert axe.violations(page) == []
    assert layout_shift(page) == (0, [])


@pytest.mark.parametrize(
    ("html", "script", "fault"),
    [
        ('<p style="color: red">Red</p>', "", "CSP: style-src-attr"),
        ("<p onclick='alert(1)'>Click</p>", "document.querySelector('p').click()", "CSP: script"),
        ("", "eval('1')", "CSP: script-src"),
        ("", "throw new Error('broken')", "error: Error: broken"),
        ("", "console.error('bad')", "console error: bad"),
        ("", "fetch('http://elsewhere.test/')", "foreign request: GET http://elsewhere.test/"),
        ("<img src='http://cdn.test/a.png' alt=''>", "", "foreign request: GET http://cdn.test/"),
    ],
)
def test_fault_is_noticed(watched: tuple[Page, Watch], html: str, script: str, fault: str) -> None:
    page, watch = watched
    shown(page, html, script)
    assert any(each.startswith(fault) for each in watch.faults), watch.faults
    for each in watch.faults:
        watch.expect(each[:8].replace("(", r"\("))
    assert watch.faults == []


def test_axe_and_shifts_are_noticed(watched: tuple[Page, Watch]) -> None:
    page, _ = watched
    late = "setTimeout(() => main.before(Object.assign(document.createElement('p'), {id: 'late'})))"
    shown(
        page,
        "<img src=/a.png>" + "<p>Text</p>" * 9,
        f"""
        const main = document.querySelector("main");
        {late}; setTimeout(() => document.getElementById("late").style.height = "200px", 100);""",
    )
    assert any(each.startswith("image-alt") for each in axe.violations(page))
    until(page, "shifts.length")
    assert layout_shift(page)[0] > 0
