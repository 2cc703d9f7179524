"""The page of one picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.pictures import blotches

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.person import Person
    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser


def opened(person: Person, image: str) -> Page:
    person.sign_in("vera").open(f"#/images/{image}")
    return person.page


@pytest.fixture
def approved(served: Stack) -> str:
    """An approved image."""
    image = served.put("uploads/one/coast.jpg", blotches(701))
    served.await_status(image, "approved")
    return image


def test_markup_and_urls_are_copied(
    people: Callable[..., Person], served: Stack, approved: str
) -> None:
    person = people(permissions=["clipboard-read", "clipboard-write"])
    page = opened(person, approved)
    copied = "navigator.clipboard.readText()"
    page.get_by_role("button", name="Copy the URL of thumbnail").click()
    expect(page.get_by_role("button", name="Copied the URL of thumbnail")).to_be_visible()
    url = page.evaluate(copied)
    assert page.request.get(url).headers["content-type"].startswith("image/")
    page.get_by_text("Markup for a web page").first.click()
    page.get_by_role("button", name="Copy the markup").first.click()
    expect(page.get_by_role("button", name="Copied the markup").first).to_be_visible()
    markup = page.evaluate(copied)
    assert markup.startswith('<img src="http')
    assert 'alt=""' in markup


def test_record_is_downloaded(person: Person, approved: str) -> None:
    page = opened(person, approved)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the record").click()
    record = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert record["image"]["image_id"] == approved
    assert record["events"][-1]["type"] in {"approved", "announced"}


def test_deletion_is_asked_about_first(person: Person, served: Stack, approved: str) -> None:
    page = opened(person, approved)
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete…")).to_be_focused()
    assert served.record(approved)["status"] == "approved"
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("deleted", exact=True)).to_be_visible()
    assert served.record(approved)["status"] == "deleted"


def test_action_that_fails_says_why_and_can_be_tried_again(person: Person, approved: str) -> None:
    page = opened(person, approved)
    person.watch.expect("409")
    why = "The image has changed since. Load it again."
    page.route("**/reprocess", lambda route: route.fulfill(status=409, json={"detail": why}))
    again = page.get_by_role("button", name="Process again")
    again.click()
    expect(page.get_by_role("main").get_by_role("alert")).to_have_text(why)
    page.unroute("**/reprocess")
    again.click()
    expect(page.get_by_role("main").get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("log")).to_contain_text("It is processed again.")


def test_refused_file_says_why(person: Person, served: Stack) -> None:
    image = served.put("uploads/one/broken.jpg", blotches(702)[:2000])
    served.await_status(image, "rejected")
    page = opened(person, image)
    expect(page.get_by_text("(damaged or truncated)")).to_be_visible()
    expect(page.get_by_text("Only approved pictures have renditions")).to_be_visible()


def test_approval_is_appealed(person: Person, served: Stack, approved: str) -> None:
    page = opened(person, approved)
    page.get_by_role("button", name="Reject…").click()
    page.keyboard.press("4")
    page.goto("about:blank")  # leaving sends what waits
    record = served.await_status(approved, "rejected")
    assert record["reason"] == "review_rejected"
